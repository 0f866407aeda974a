package sandbox_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/rocketline/rocketline/sandbox"
)

const connect = `{"msg":"connect","version":"1","support":["1"]}`

// TestMicro is what the DDP server of microservices does otherwise (realtime 1 to 5 and 12). An answer that begins with "close" is the
// code with which the socket ends.
func TestMicro(t *testing.T) {
	const echo = `{"msg":"ping","id":"x"}`
	const echoed = `{"msg":"pong","id":"x"}`
	cases := []struct {
		name string
		path string // /websocket by default
		say  []string
		hear []string
	}{
		{name: "the server's id comes first", hear: []string{`{"server_id":"0"}`}},
		{name: "a version is not looked at", say: []string{`{"msg":"connect","version":"9","support":[]}`}, hear: []string{`{"server_id":"0"}`, "connected"}},
		{name: "a second connect is ignored", say: []string{connect, connect, echo}, hear: []string{`{"server_id":"0"}`, "connected", echoed}},
		{name: "another first message closes", say: []string{`{"msg":"sub","id":"s","name":"x","params":[]}`},
			hear: []string{`{"server_id":"0"}`, "close 1002 CLOSE_PROTOCOL_ERROR"}},
		{name: "a pong before connect closes", say: []string{`{"msg":"pong"}`}, hear: []string{`{"server_id":"0"}`, "close 1002 CLOSE_PROTOCOL_ERROR"}},
		{name: "what is not JSON closes", say: []string{connect, `{"msg"`}, hear: []string{`{"server_id":"0"}`, "connected", "close 1007 UNSUPPORTED_DATA"}},
		{name: "a first frame that is no object closes", say: []string{`"text"`}, hear: []string{`{"server_id":"0"}`, "close 1002 CLOSE_PROTOCOL_ERROR"}},
		{name: "unknown messages are ignored", say: []string{connect, `{"msg":"what"}`, `{"no":"msg"}`, `7`, echo},
			hear: []string{`{"server_id":"0"}`, "connected", echoed}},
		{name: "a sub without name closes without a reason", say: []string{connect, `{"msg":"sub","id":"s"}`},
			hear: []string{`{"server_id":"0"}`, "connected", "close 1002 "}},
		{name: "a method without id closes without a reason", say: []string{connect, `{"msg":"method","method":"login","params":[]}`},
			hear: []string{`{"server_id":"0"}`, "connected", "close 1002 "}},
		{name: "a sub without params fails", say: []string{connect, `{"msg":"sub","id":"s","name":"stream-notify-all"}`},
			hear: []string{`{"server_id":"0"}`, "connected",
				`{"msg":"nosub","id":"s","error":{"isClientSafe":true,"error":500,"reason":"Internal server error","message":"Internal server error [500]","errorType":"Meteor.Error"}}`}},
		{name: "ids may be numbers", say: []string{connect, `{"msg":"sub","id":7,"name":"stream-notify-all","params":["x",false]}`, `{"msg":"unsub","id":7}`},
			hear: []string{`{"server_id":"0"}`, "connected", `{"msg":"ready","subs":[7]}`, `{"msg":"nosub","id":7}`}},
		{name: "an unknown unsub is not answered", say: []string{connect, `{"msg":"unsub","id":"x"}`, echo}, hear: []string{`{"server_id":"0"}`, "connected", echoed}},
		{name: "the result comes before updated", say: []string{connect, `{"msg":"method","id":"m","method":"stream-notify-all","params":["x"]}`},
			hear: []string{`{"server_id":"0"}`, "connected", `{"msg":"result","id":"m"}`, `{"msg":"updated","methods":["m"]}`}},
		{name: "only the first message of a list counts, on a raw connection too",
			say:  []string{`["{\"msg\":\"connect\",\"version\":\"1\",\"support\":[\"1\"]}","{\"msg\":\"ping\"}"]`, echo},
			hear: []string{`{"server_id":"0"}`, "connected", echoed}},
		{name: "every other path is SockJS", path: "/websocket?x=1", say: []string{`["{\"msg\":\"connect\",\"version\":\"1\",\"support\":[\"1\"]}"]`},
			hear: []string{"o", `a["{\"server_id\":\"0\"}"]`, "connected"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, sandbox.Options{DDP: sandbox.Micro}, false)
			path := c.path
			if path == "" {
				path = "/websocket"
			}
			w := s.dial(path)
			w.say(c.say...)
			for _, want := range c.hear {
				if code, isClose := strings.CutPrefix(want, "close "); isClose {
					status, reason := w.ended()
					if got := fmt.Sprint(int(status), " ", reason); got != code {
						t.Errorf("closed with %s, want %s", got, code)
					}
					return
				}
				got, err := w.read()
				switch {
				case err != nil:
					t.Fatalf("%v instead of %s", err, want)
				case want == "connected":
					if !strings.Contains(got, "connected") {
						t.Fatalf("heard %s instead of connected", got)
					}
				default:
					w.same([]string{want}, []string{got})
				}
			}
		})
	}
}

// TestMicroSessions is what a table of frames cannot show.
func TestMicroSessions(t *testing.T) {
	s := newStage(t, sandbox.Options{DDP: sandbox.Micro, RateLimits: true}, true)
	t.Run("sessions have UUIDs of version 1", func(t *testing.T) {
		w := s.dial("/websocket")
		w.say(connect)
		shape := regexp.MustCompile(`"session":"[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"`)
		if frame := w.until("connected"); !shape.MatchString(frame) {
			t.Error(frame)
		}
	})
	t.Run("a binary frame closes", func(t *testing.T) {
		w := s.session("")
		w.write(websocket.MessageBinary, connect)
		if code, reason := w.ended(); code != 1007 || reason != "UNSUPPORTED_DATA" {
			t.Error(code, reason)
		}
	})
	t.Run("a login neither tells the user nor asks for subs anew", func(t *testing.T) {
		w := s.session("")
		w.say(`{"msg":"sub","id":"s","name":"stream-room-messages","params":["$room",`+visitorArgs+`]}`,
			`{"msg":"method","id":"login","method":"login","params":[{"resume":"ann-token"}]}`)
		var kinds []string
		for len(kinds) < 3 {
			frame, err := w.read()
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, regexp.MustCompile(`"msg":"(\w+)"`).FindStringSubmatch(frame)[1])
		}
		if got := strings.Join(kinds, " "); got != "ready result updated" {
			t.Error(got)
		}
	})
	t.Run("a logout closes the socket after its result", func(t *testing.T) {
		w := s.session("ben")
		w.say(`{"msg":"method","id":"out","method":"logout","params":[]}`)
		if answer := w.until("result"); answer != `{"id":"out","msg":"result"}` {
			t.Error(answer)
		}
		if code, _ := w.ended(); code != 1002 {
			t.Error(code)
		}
	})
	t.Run("there is no rate limiter", func(t *testing.T) {
		w := s.session("")
		var frames, want []string
		for i := range 60 {
			frames = append(frames, fmt.Sprintf(`{"msg":"sub","id":"s%d","name":"stream-notify-all","params":["x",false]}`, i))
			want = append(want, fmt.Sprintf(`{"msg":"ready","subs":["s%d"]}`, i))
		}
		w.say(frames...)
		w.hear(want...)
	})
}

// TestMicroHeartbeat is scaled: a heartbeat stands for 15 s, a session's silence for two of them.
func TestMicroHeartbeat(t *testing.T) {
	s := newStage(t, sandbox.Options{DDP: sandbox.Micro, Heartbeat: 150 * time.Millisecond}, false)
	t.Run("a ping may come before anything was said", func(t *testing.T) {
		w := s.dial("/websocket")
		w.until("ping")
	})
	t.Run("silence after a ping ends in 4000", func(t *testing.T) {
		w := s.dial("/websocket")
		w.until("ping")
		if code, reason := w.ended(); code != 4000 || reason != "TIMEOUT" {
			t.Error(code, reason)
		}
	})
	t.Run("any frame is life", func(t *testing.T) {
		w := s.session("")
		for range 2 {
			w.say(`{"msg":"pong"}`)
			w.until("ping")
		}
	})
}
