package sandbox_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/rocketline/rocketline/sandbox"
)

// stage is a sandbox with a room of a visitor and accounts that log in by tokens named after them.
type stage struct {
	t    *testing.T
	srv  *sandbox.Server
	rid  string
	name *strings.Replacer // writes $room, $ann for ann's id, and so on
}

// people are the accounts of a stage.
var people = map[string][]string{
	"ann":  {"user", "livechat-agent"},
	"ben":  {"user", "livechat-agent"},
	"mona": {"user", "livechat-manager"},
	"pat":  {"user"},
}

// newStage opens a room for the visitor with the token "guest", which waits in the queue. Ann is online and takes it when serving is
// set.
func newStage(t *testing.T, opts sandbox.Options, serving bool) *stage {
	t.Helper()
	opts.Routing = sandbox.ManualSelection
	for username, roles := range people {
		opts.Accounts = append(opts.Accounts, sandbox.Account{
			ID: username + "-id", Username: username, Name: "Real " + username, Roles: roles, Tokens: []string{username + "-token"},
		})
	}
	opts.Agents = append(opts.Agents, sandbox.AgentSpec{Username: "host"})
	srv, err := sandbox.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	s := &stage{t: t, srv: srv}
	s.rest("", "POST", "livechat/visitor", `{"visitor":{"token":"guest","name":"Gus"}}`)
	room := s.rest("", "GET", "livechat/room?token=guest", "")["room"].(map[string]any)
	s.rid = room["_id"].(string)
	pairs := []string{"$room", s.rid}
	for username := range people {
		pairs = append(pairs, "$"+username, username+"-id")
	}
	s.name = strings.NewReplacer(pairs...)
	if serving {
		srv.Agent("ann").SetStatus(sandbox.Online)
		if err := srv.Agent("ann").Take(s.rid); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// rest calls the REST API, as a user or, with an empty username, as nobody.
func (s *stage) rest(as, verb, path, body string) map[string]any {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), verb, s.srv.URL()+"/api/v1/"+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if as != "" {
		req.Header.Set("X-User-Id", as+"-id")
		req.Header.Set("X-Auth-Token", as+"-token")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var out map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&out); err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("%s %s: %d %v %v", verb, path, resp.StatusCode, out, err)
	}
	return out
}

// wire is a websocket that takes one frame after the other.
type wire struct {
	t    *testing.T
	s    *stage
	conn *websocket.Conn
}

// dial opens a websocket at a path.
func (s *stage) dial(path string) *wire {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, strings.Replace(s.srv.URL(), "http", "ws", 1)+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	s.t.Cleanup(func() { _ = conn.CloseNow() })
	return &wire{t: s.t, s: s, conn: conn}
}

// session opens a DDP session, and logs a user in unless the username is empty.
func (s *stage) session(username string) *wire {
	s.t.Helper()
	w := s.dial("/websocket")
	w.say(`{"msg":"connect","version":"1","support":["1"]}`)
	w.until("connected")
	if username != "" {
		w.login(username)
	}
	return w
}

func (w *wire) login(username string) {
	w.t.Helper()
	w.say(fmt.Sprintf(`{"msg":"method","id":"login","method":"login","params":[{"resume":"%s-token"}]}`, username))
	if answer := w.until("result"); !strings.Contains(answer, `"token"`) {
		w.t.Fatalf("login of %s: %s", username, answer)
	}
}

func (w *wire) say(frames ...string) {
	w.t.Helper()
	for _, frame := range frames {
		w.write(websocket.MessageText, w.s.name.Replace(frame))
	}
}

func (w *wire) write(kind websocket.MessageType, frame string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	if err := w.conn.Write(ctx, kind, []byte(frame)); err != nil {
		w.t.Fatalf("say %s: %v", frame, err)
	}
}

func (w *wire) read() (string, error) {
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	_, data, err := w.conn.Read(ctx)
	return string(data), err
}

// until is the next frame of a kind; what comes before is passed over.
func (w *wire) until(msg string) string {
	w.t.Helper()
	for {
		frame, err := w.read()
		if err != nil {
			w.t.Fatalf("while waiting for %s: %v", msg, err)
		}
		if strings.Contains(frame, `"msg":"`+msg+`"`) {
			return frame
		}
	}
}

// hear wants exactly these frames, and nothing else before the answer to a ping that follows.
func (w *wire) hear(want ...string) {
	w.t.Helper()
	w.say(`{"msg":"ping","id":"the end"}`)
	var got []string
	for {
		frame, err := w.read()
		if err != nil {
			w.t.Fatalf("heard %v, then %v", got, err)
		}
		if strings.Contains(frame, "the end") {
			break
		}
		got = append(got, frame)
	}
	w.same(want, got)
}

func (w *wire) same(want, got []string) {
	w.t.Helper()
	if len(want) != len(got) {
		w.t.Errorf("heard %q\nwant  %q", got, want)
		return
	}
	for i := range want {
		if a, b := compacted(w.s.name.Replace(want[i])), compacted(got[i]); a != b {
			w.t.Errorf("heard %s\nwant  %s", b, a)
		}
	}
}

// compacted is a frame with its keys in order, or the frame itself where it is not JSON.
func compacted(frame string) string {
	var v any
	dec := json.NewDecoder(bytes.NewReader([]byte(frame)))
	dec.UseNumber()
	if dec.Decode(&v) != nil {
		return frame
	}
	out, _ := json.Marshal(v)
	return string(out)
}

// ended waits for the server to close the socket and answers how.
func (w *wire) ended() (websocket.StatusCode, string) {
	w.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		if _, err := w.read(); err != nil {
			var closed websocket.CloseError
			if asClose(err, &closed) {
				return closed.Code, closed.Reason
			}
			return -1, err.Error()
		}
	}
	w.t.Fatal("the server did not close the socket")
	return 0, ""
}
