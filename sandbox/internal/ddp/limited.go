package ddp

import (
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/limit"
)

// whose is what a rule counts by.
type whose int

const (
	byConnection whose = iota
	byUser
	bySlowUser // a user without the permission send-many-messages
)

// ownRules are the methods that have a limit of their own (realtime 7). They are exempt from the two rules by method. Names in one
// group share their counters.
var ownRules = map[string]struct {
	group    string
	calls    int
	interval time.Duration
	by       whose
}{
	"login":                       {"login", 5, 10 * time.Second, byConnection},
	"createUser":                  {"login", 5, 10 * time.Second, byConnection},
	"resetPassword":               {"login", 5, 10 * time.Second, byConnection},
	"forgotPassword":              {"login", 5, 10 * time.Second, byConnection},
	"sendMessage":                 {"sendMessage", 5, time.Second, bySlowUser},
	"livechat:sendTranscript":     {"livechat:sendTranscript", 1, 5 * time.Second, byConnection},
	"livechat:sendOfflineMessage": {"livechat:sendOfflineMessage", 1, 5 * time.Second, byConnection},
	"setUserStatus":               {"setUserStatus", 1, time.Second, byUser},
	"followMessage":               {"followMessage", 5, 5 * time.Second, byUser},
	"unfollowMessage":             {"unfollowMessage", 5, 5 * time.Second, byUser},
	"createDirectMessage":         {"createDirectMessage", 10, time.Minute, byUser},
}

// ask is a rule and the key to count by.
type ask struct {
	rule limit.Rule
	key  string
}

// limited counts a message against every rule that matches it and answers the error of a refusal. Its timeToReset is the longest among
// those rules, also when another one refused (measured on 6.5.3). The rule by address, 120 000 a minute, is left out.
func (c *Session) limited(kind, name string) doc {
	c.srv.core.Lock()
	defer c.srv.core.Unlock()
	return c.count(kind, name)
}

// count is limited with the core's lock held.
func (c *Session) count(kind, name string) doc {
	if !c.srv.manner.limits {
		return nil
	}
	asks := c.rules(kind, name)
	refused, wait := false, time.Duration(0)
	for _, a := range asks {
		v := c.srv.Limits.Count(a.rule, a.key)
		refused = refused || !v.Allowed
		wait = max(wait, v.Wait)
	}
	if !refused {
		return nil
	}
	return core.RawFault("too-many-requests", limit.WaitText(wait, "again"), doc{"timeToReset": wait.Milliseconds()})
}

// rules are those that match a message now. The core's lock is held.
func (c *Session) rules(kind, name string) []ask {
	asks := c.settingRule(nil, "Connection", 1, c.id, "")
	user := c.userID()
	if user != "" {
		asks = c.settingRule(asks, "User", 1, user, "")
	}
	if own, has := ownRules[name]; has && kind == "method" && c.srv.core.OwnLimits() {
		key := c.id
		if own.by != byConnection {
			key = user
		}
		if key == "" || own.by == bySlowUser && c.srv.core.May(c.user, "send-many-messages") {
			return asks
		}
		return append(asks, ask{limit.Rule{Name: "ddp " + own.group, Calls: own.calls, Interval: own.interval}, key})
	}
	factor := 1
	if strings.HasPrefix(name, "stream-") { // four times the calls in four times the interval
		factor = 4
	}
	if user != "" {
		asks = c.settingRule(asks, "User_By_Method", factor, user, kind+" "+name)
	}
	return c.settingRule(asks, "Connection_By_Method", factor, c.id, kind+" "+name)
}

// settingRule adds a rule that the settings describe.
func (c *Session) settingRule(asks []ask, stem string, factor int, key, name string) []ask {
	stem = "DDP_Rate_Limit_" + stem
	if !c.srv.core.Flag(stem + "_Enabled") {
		return asks
	}
	rule := limit.Rule{
		Name: "ddp " + stem, Calls: factor * c.srv.core.Number(stem+"_Requests_Allowed"),
		Interval: time.Duration(factor*c.srv.core.Number(stem+"_Interval_Time")) * time.Millisecond,
	}
	if factor > 1 {
		rule.Name += " of streams"
	}
	return append(asks, ask{rule, key + " " + name})
}
