package core

import (
	"slices"
	"strings"
	"time"
)

// After too many failures a name, or an address, cannot log in with a password for a while (rest-agent A.2).
const (
	maxFailuresOfUser = 10
	maxFailuresOfIP   = 50
	failureWindow     = 5 * time.Minute
)

var (
	errBlockedUser = &Fault{Code: "error-login-blocked-for-user", Reason: "Login has been temporarily blocked For User",
		Details: doc{"function": "Accounts.validateLoginAttempt"}}
	errBlockedIP = &Fault{Code: "error-login-blocked-for-ip", Reason: "Login has been temporarily blocked For IP",
		Details: doc{"function": "Accounts.validateLoginAttempt"}}
)

// failure is a login that was refused.
type failure struct {
	name, ip string
	when     time.Time
}

func (with Credentials) name() string {
	return strings.ToLower(with.UserID + with.Username + with.Email)
}

func (c *Core) failed(with Credentials) {
	c.failures = append(c.failures, failure{with.name(), with.IP, c.millis()})
}

// blocked refuses a login after too many failures, whatever the password.
func (c *Core) blocked(with Credentials) error {
	if !c.flag("Block_Multiple_Failed_Logins_Enabled") {
		return nil
	}
	oldest := c.millis().Add(-failureWindow)
	c.failures = slices.DeleteFunc(c.failures, func(f failure) bool { return f.when.Before(oldest) })
	ofUser, ofIP := 0, 0
	for _, f := range c.failures {
		if f.name == with.name() {
			ofUser++
		}
		if f.ip == with.IP && with.IP != "" {
			ofIP++
		}
	}
	switch {
	case ofUser >= maxFailuresOfUser:
		return errBlockedUser
	case ofIP >= maxFailuresOfIP:
		return errBlockedIP
	}
	return nil
}
