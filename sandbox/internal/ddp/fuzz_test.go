package ddp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rocketline/rocketline/sandbox/fault"
	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/limit"
	"github.com/rocketline/rocketline/sandbox/internal/specimen"
)

// deadSocket takes the place of the websocket: the fuzz test gives frames to the session and looks at what it queues.
type deadSocket struct {
	socket
	dropped bool
}

func (s *deadSocket) CloseNow() error {
	s.dropped = true
	return nil
}

// scene is how a fuzzed connection begins, packed into a byte for the corpus.
type scene struct {
	profile core.Profile
	micro   bool
	sockjs  bool
	greeted bool   // connect has succeeded
	token   string // of who is logged in
}

func (s scene) packed() byte {
	b := byte(0)
	for i, p := range core.Profiles {
		if p == s.profile {
			b = byte(i)
		}
	}
	for i, on := range []bool{s.micro, s.sockjs, s.greeted, s.token != "", s.token == specimen.AgentToken} {
		if on {
			b |= 4 << i
		}
	}
	return b
}

func sceneOf(b byte) scene {
	s := scene{profile: core.Profiles[b&3], micro: b&4 != 0, sockjs: b&8 != 0, greeted: b&16 != 0}
	if b&32 != 0 {
		s.greeted, s.token = true, specimen.AdminToken
		if b&64 != 0 {
			s.token = specimen.AgentToken
		}
	}
	return s
}

// client is the other side of a session without a socket.
type client struct {
	workspace *specimen.Workspace
	session   *Session
	socket    *deadSocket
}

func newClient(t *testing.T, s scene) *client {
	srv := New(Config{
		Limits: limit.New(specimen.Now), Heartbeat: time.Hour, Log: slog.New(slog.DiscardHandler), Faults: fault.New(1, specimen.Now), Streamer: s.micro,
		Called: func(string, string, string, time.Duration) {},
	})
	w, err := specimen.New(s.profile, srv.Publish, core.Hooks{TokensDied: srv.TokensDied, UserRemoved: srv.UserRemoved, Left: srv.Left})
	if err != nil {
		t.Fatal(err)
	}
	srv.Join(w.Core)
	c := &client{workspace: w, socket: &deadSocket{}}
	c.session = &Session{srv: srv, conn: c.socket, sockjs: s.sockjs, subs: map[any]*subscription{}, wake: make(chan struct{}, 1)}
	c.session.faults = srv.Faults.Open(httptest.NewRequest(http.MethodGet, "/websocket", nil), c.session)
	srv.hub.join(c.session)
	if s.greeted {
		c.session.receive([]byte(`{"msg":"connect","version":"1","support":["1"]}`))
	}
	if s.token != "" {
		c.session.receive([]byte(`{"msg":"method","id":"login","method":"login","params":[{"resume":"` + s.token + `"}]}`))
	}
	return c
}

// answers are the frames that the session has queued since the last call.
func (c *client) answers() [][]byte {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	var frames [][]byte
	for _, next := range c.session.out {
		frames = append(frames, next.frame)
	}
	c.session.out = nil
	return frames
}

// kinds are the messages that a DDP server sends.
var kinds = map[string]bool{
	"connected": true, "failed": true, "error": true, "ping": true, "pong": true, "ready": true, "nosub": true, "added": true, "changed": true,
	"removed": true, "updated": true, "result": true,
}

// checkFrame says what is wrong with a frame that a server sent.
func checkFrame(c *Session, frame []byte) error {
	if c.sockjs {
		var list []string
		if err := json.Unmarshal(bytes.TrimPrefix(c.wrap(frame), []byte("a")), &list); err != nil || len(list) != 1 || list[0] != string(frame) {
			return fmt.Errorf("SockJS gives %q: %w", list, err)
		}
	}
	var message struct {
		Msg string `json:"msg"`
	}
	if err := json.Unmarshal(frame, &message); err != nil {
		return err
	}
	switch {
	case !utf8.Valid(frame):
		return fmt.Errorf("no UTF-8")
	case !kinds[message.Msg]:
		return fmt.Errorf("unknown msg %q", message.Msg)
	}
	return nil
}

// Whatever a client sends, the session answers messages of the protocol, gives the workspace back, and can be left.
func FuzzSession(f *testing.F) {
	seedSessions(f)
	f.Fuzz(func(t *testing.T, first byte, twist uint16, frames []byte) {
		watchdog := time.AfterFunc(time.Minute, func() { panic("the session hangs") })
		defer watchdog.Stop()
		c := newClient(t, sceneOf(first))
		check := func(after string) {
			for _, frame := range c.answers() {
				if err := checkFrame(c.session, frame); err != nil {
					t.Fatalf("after %q: %q: %v", after, frame, err)
				}
			}
			if !c.workspace.Core.TryLock() {
				t.Fatalf("after %q: the workspace is locked", after)
			}
			c.workspace.Core.Unlock()
		}
		for line := range strings.SplitSeq(c.workspace.Name(specimen.Twist(string(frames), twist)), "\n") {
			c.session.receive([]byte(line))
			check(line)
			if c.session.closing || c.socket.dropped {
				break
			}
		}
		c.session.leave()
		c.session.srv.hub.part(c.session, c.session.listening())
		check("the end")
		if left := len(c.session.srv.hub.ears); left > 0 {
			t.Fatalf("%d topics are followed by nobody", left)
		}
	})
}

// seedSessions adds recorded connections, as strangers and as users, and what else is known to be difficult.
func seedSessions(f *testing.F) {
	_, recorded, err := specimen.Traffic("../../testdata")
	if err != nil {
		f.Fatal(err)
	}
	for i, r := range recorded {
		s := scene{profile: r.Profile, sockjs: r.SockJS, greeted: true, token: []string{"", specimen.AdminToken, specimen.AgentToken}[i%3]}
		f.Add(s.packed(), uint16(i), []byte(strings.Join(r.Lines, "\n")))
		s.profile, s.micro = core.V7_0, i%2 == 0
		f.Add(s.packed(), uint16(i), []byte(strings.Join(r.Lines, "\n")))
	}
	for _, line := range []string{
		``, `null`, `[]`, `{`, `{"msg":"connect","version":"1","support":["pre1","1"]}`, `{"msg":"connect","version":1,"support":[["1"]]}`,
		`{"msg":"ping","id":{"a":[1]}}`, `{"msg":"unsub","id":["a"]}`, `{"msg":"unsub","id":{"a":1}}`, `{"msg":"sub","id":1,"name":"stream-notify-all"}`,
		`{"msg":"method","id":"1","method":"livechat:loadHistory","params":[{"token":"$token","rid":"$room","limit":-9223372036854775808}]}`,
		`{"msg":"method","id":"1","method":"loadHistory","params":["$room",{"$date":9223372036854775807},-1,{"$date":0}]}`,
		`{"msg":"method","id":"1","method":"sendMessage","params":[{"rid":"$room","msg":"x","ts":{"$date":1},"attachments":[{"ts":1}],"t":[1]}]}`,
	} {
		f.Add(scene{profile: core.V6_5}.packed(), uint16(0), []byte(line))
		f.Add(scene{profile: core.V3_4, token: specimen.AdminToken}.packed(), uint16(0), []byte(line))
		wrapped, err := json.Marshal([]string{line, line})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(scene{profile: core.V6_5, sockjs: true, greeted: true}.packed(), uint16(0), wrapped)
		f.Add(scene{profile: core.V7_0, micro: true, sockjs: true, greeted: true}.packed(), uint16(0), wrapped)
	}
}
