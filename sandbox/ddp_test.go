package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
)

const otherStream = "agents' streams come later; the sandbox answers 404"

// TestDDP replays recorded connections frame by frame: handshakes, malformed frames, subscriptions with every kind of token.
// The recorded SockJS connections are left out: the sandbox serves plain websockets only.
func TestDDP(t *testing.T) {
	beats := func(o sandbox.Options, beat time.Duration) sandbox.Options {
		o.Heartbeat = beat
		return o
	}
	scenarios := []scenario{
		{name: "3.4.0/ddp-connect", opts: workspace34(), frames: 34,
			conns: []string{"ok", "bad-version", "version-old", "version-negotiate", "no-support", "session-resume", "no-connect"}},
		{name: "3.4.0/ddp-connect", opts: beats(workspace34(), 50*time.Millisecond), frames: 3, conns: []string{"heartbeat-no-pong"}},
		{name: "6.5.3/ddp-session", opts: workspace65(), frames: 16, conns: []string{"c1", "badversion", "noconnect"},
			skip: frames("agents' methods come later", `"collection": "users"`, `"3"`, `"4"`, `"5"`, `"6"`, `"7"`, `"8"`, `"9"`)},
		{name: "6.5.3/ddp-idle-heartbeat", opts: beats(workspace65(), 50*time.Millisecond), frames: 2, conns: []string{"idle"}},
		{name: "3.4.0/ddp-subs", opts: workspace34(), rest: 4, frames: 32, conns: []string{"visitor"},
			skip: frames(otherStream, `"s26"`, `"s27"`, `"s28"`, `"s29"`)},
		{name: "6.5.3/ddp-visitor-subs", opts: workspace65(), rest: 8, frames: 50,
			conns:  []string{"visitor", "single", "closedroom", "wrong-only"},
			before: openRoom("tok-ca7ce27d466074e0", "tBh2KBTbFKYP5bXjM"),
			at: map[string]func(*replay){"subscribing to a closed room": func(r *replay) {
				must(r, r.srv.Agent("agent1").CloseRoom(r.ids["tBh2KBTbFKYP5bXjM"], "done"))
			}},
			skip: frames(otherStream, `"visitor-sub-25"`, `"visitor-sub-26"`, `"visitor-sub-27"`)},
	}
	for _, sc := range scenarios {
		t.Run(strings.ReplaceAll(sc.name, "/", " "), sc.run)
	}
}

// frames names the frames to leave out by a part of them.
func frames(reason string, parts ...string) map[string]string {
	skip := map[string]string{}
	for _, part := range parts {
		skip[part] = reason
	}
	return skip
}
