package sandbox_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rocketline/rocketline/sandbox"
)

func sha256Of(text string) [32]byte { return sha256.Sum256([]byte(text)) }

// loggedIn is a connection on which a user resumed with his first token.
func (r *box) loggedIn(who string) *client {
	r.t.Helper()
	c := dial(r.t, r.srv)
	c.send(`{"msg":"connect","version":"1","support":["1"]}`)
	c.until(`"connected"`)
	c.send(fmt.Sprintf(`{"msg":"method","id":"login","method":"login","params":[{"resume":"token of %s"}]}`, who))
	c.until(`"added"`)
	c.until(`"result"`)
	return c
}

// until reads control frames up to one with that text.
func (c *client) until(text string) string {
	c.t.Helper()
	for {
		if frame := string(c.next("control")); strings.Contains(frame, text) {
			return frame
		}
	}
}

// call runs a method and answers its result frame.
func (c *client) call(id, method, params string) string {
	c.t.Helper()
	c.send(fmt.Sprintf(`{"msg":"method","id":%q,"method":%q,"params":%s}`, id, method, params))
	return c.until(`"result"`)
}

func TestPresenceFollowsConnectionsAndWhatTheUserChose(t *testing.T) {
	r := start(t, sandbox.Options{Accounts: staff()})
	watcher := r.loggedIn("root")
	watcher.send(`{"msg":"sub","id":"s","name":"stream-notify-logged","params":["user-status",false]}`)
	watcher.until(`"ready"`)
	status := func() any {
		_, got, _ := r.as("root", "GET", "users.getPresence?userId=ann1", nil)
		return got["presence"]
	}
	sees := func(when string, number float64, text string) {
		t.Helper()
		got := args(t, watcher.next("stream-notify-logged/"))
		want := []any{[]any{"ann1", "ann", number, text, nil, []any{"user", "livechat-agent"}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
	}
	if got := status(); got != "offline" {
		t.Errorf("before: %v", got)
	}
	one := r.loggedIn("ann")
	sees("a login over DDP", 1, "")
	two := r.loggedIn("ann")
	one.call("1", "UserPresence:away", "[]")
	if got := status(); got != "online" {
		t.Errorf("away on one of two connections: %v", got)
	}
	two.call("2", "UserPresence:away", "[]")
	sees("away on both", 2, "")
	two.call("3", "UserPresence:online", "[]")
	sees("back on one", 1, "")
	one.call("3", "UserPresence:online", "[]")
	two.call("4", "setUserStatus", `["busy","in a meeting"]`)
	sees("busy", 3, "")
	sees("and why", 3, "in a meeting")
	_ = one.conn.CloseNow()
	_ = two.conn.CloseNow()
	sees("the last connection gone", 0, "in a meeting")
	three := r.loggedIn("ann")
	sees("busy as chosen, connected again", 3, "in a meeting")
	three.call("5", "logout", "[]")
	sees("a logout", 0, "in a meeting")
	if _, got, _ := r.as("root", "GET", "livechat/users/agent/ann1", nil); got["user"].(map[string]any)["statusLivechat"] != "not-available" {
		t.Errorf("an agent who logs out over DDP: %v", got)
	}
}

func TestAnAgentWhoSetsHisStatusOverRESTIsSeenSoWithoutAConnection(t *testing.T) {
	r := start(t, sandbox.Options{Accounts: staff()})
	for _, test := range []struct {
		body map[string]any
		err  any
		want string
	}{
		{map[string]any{"status": "online", "message": ""}, nil, "online"},
		{map[string]any{"status": "busy"}, nil, "busy"},
		{map[string]any{"message": "only words"}, nil, "busy"},
		{map[string]any{"status": "asleep"}, "Valid status types include online, away, offline, and busy. [error-invalid-status]", "busy"},
		{map[string]any{}, "Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation", "busy"},
		{map[string]any{"status": "away", "userId": "bob1"}, "unauthorized", "busy"},
	} {
		if _, got, _ := r.as("ann", "POST", "users.setStatus", test.body); got["error"] != test.err {
			t.Errorf("%v: %v", test.body, got)
		}
		if _, got, _ := r.as("ann", "GET", "users.getStatus", nil); got["status"] != test.want {
			t.Errorf("%v: then %v", test.body, got)
		}
	}
	if _, got, _ := r.as("root", "GET", "users.presence?ids=ann1,bob1", nil); len(got["users"].([]any)) != 1 || got["full"] != false {
		t.Errorf("who is not offline: %v", got)
	}
}

func TestALoginOnAConnectionAsksForItsSubsAnew(t *testing.T) {
	r := start(t, sandbox.Options{Accounts: staff()})
	c := dial(t, r.srv)
	c.send(`{"msg":"connect","version":"1","support":["1"]}`)
	c.send(`{"msg":"sub","id":"all","name":"stream-notify-all","params":["public-settings-changed",false]}`)
	c.until(`"ready"`)
	c.send(`{"msg":"method","id":"1","method":"login","params":[{"resume":"token of bob"}]}`)
	if got := c.until(`"added"`); !strings.Contains(got, `"bob@example.com"`) {
		t.Errorf("his own document: %s", got)
	}
	c.until(`"ready"`)
	c.send(`{"msg":"sub","id":"logged","name":"stream-notify-logged","params":["user-status",false]}`)
	c.until(`"ready"`)
	c.send(`{"msg":"method","id":"2","method":"logout","params":[]}`)
	c.until(`"removed"`)
	if got := c.until(`"nosub"`); !strings.Contains(got, `"logged"`) {
		t.Errorf("after the logout: %s", got)
	}
	if status, _, _ := r.as("bob", "GET", "me", nil); status != 401 {
		t.Errorf("the token over REST: %d", status)
	}
}

func TestOnlyFiveLoginsPassInTenSecondsOnAConnection(t *testing.T) {
	r := start(t, sandbox.Options{RateLimits: true})
	c := dial(t, r.srv)
	c.send(`{"msg":"connect","version":"1","support":["1"]}`)
	for i := range 7 {
		got := c.call(fmt.Sprint(i), "login", `[{"resume":"x"}]`)
		if refused := strings.Contains(got, "too-many-requests"); refused != (i >= 5) {
			t.Errorf("login %d: %s", i+1, got)
		}
	}
}
