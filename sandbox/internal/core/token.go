package core

import (
	"slices"
	"time"
)

// login is a token with which a user may resume.
type login struct {
	token    string
	when     time.Time
	name     string // of a personal access token, which neither ages nor is evicted; empty for a login
	bypasses bool   // a personal access token that needs no second factor
}

const (
	// maxLogins is how many login tokens a user may have (MAX_RESUME_LOGIN_TOKENS, rest-agent A.1): a new one ends the oldest.
	maxLogins = 50
	// sweepInterval is how often tokens are looked at for their age. Until then REST accepts one that is too old.
	sweepInterval = 10 * time.Minute
)

// loginDays is how long a login token lives (rest-agent A.1: 90 days where the setting makes no sense).
func (c *Core) loginLife() time.Duration {
	days := c.number("Accounts_LoginExpiration")
	if days <= 0 {
		days = 90
	}
	return time.Duration(days) * 24 * time.Hour
}

// Authenticate is the user to whom the pair of id and token belongs, nil where there is none. It asks neither whether the user is
// active (measured in 6.5.3: me answers a deactivated user with a token made later) nor how old the token is.
func (c *Core) Authenticate(userID, token string) *User {
	c.sweep()
	u := c.userByID(userID)
	if u == nil || token == "" || !u.owns(token) {
		return nil
	}
	return u
}

func (u *User) owns(token string) bool {
	return slices.ContainsFunc(u.logins, func(l login) bool { return l.token == token })
}

// addLogin makes a new login token for u.
func (c *Core) addLogin(u *User) login {
	l := login{token: c.ids.token(), when: c.millis()}
	u.logins = append(u.logins, l)
	return l
}

// capLogins ends the oldest logins of u beyond the allowed number. Personal access tokens do not count.
func (c *Core) capLogins(u *User) {
	excess := -maxLogins
	for _, l := range u.logins {
		if l.name == "" {
			excess++
		}
	}
	c.endTokens(u, func(l login) bool {
		if l.name != "" || excess <= 0 {
			return false
		}
		excess--
		return true
	})
}

// endTokens removes the tokens that match; their sockets are closed by the server. The user's documents count as changed.
func (c *Core) endTokens(u *User, ends func(login) bool) {
	var dead []string
	u.logins = slices.DeleteFunc(slices.Clone(u.logins), func(l login) bool {
		if !ends(l) {
			return false
		}
		dead = append(dead, l.token)
		return true
	})
	if len(dead) == 0 {
		return
	}
	u.updated = c.millis()
	if c.hooks.TokensDied != nil {
		c.hooks.TokensDied(u.ID, dead)
	}
}

// sweep ends the tokens that were too old when the server last looked.
func (c *Core) sweep() {
	now := c.millis()
	if now.Sub(c.swept) < sweepInterval {
		return
	}
	c.swept = now
	oldest := now.Add(-c.loginLife())
	for _, u := range c.users {
		c.endTokens(u, func(l login) bool { return l.name == "" && l.when.Before(oldest) })
	}
}

// Logout ends one token of u.
func (c *Core) Logout(u *User, token string) {
	c.endTokens(u, func(l login) bool { return l.token == token })
}

// LogoutEverywhere ends all tokens of u, personal access tokens too (rest-agent A.7).
func (c *Core) LogoutEverywhere(u *User) {
	c.endTokens(u, func(login) bool { return true })
}

// LogoutOthers ends the logins of u but the one with this token. Personal access tokens stay.
func (c *Core) LogoutOthers(u *User, token string) {
	c.endTokens(u, func(l login) bool { return l.name == "" && l.token != token })
}

// Expires is when a token of u is too old, the zero time for one that does not age.
func (c *Core) Expires(u *User, token string) time.Time {
	for _, l := range u.logins {
		if l.token == token && l.name == "" {
			return l.when.Add(c.loginLife())
		}
	}
	return time.Time{}
}
