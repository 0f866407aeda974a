package ddp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
)

// sent is a frame of the client.
type sent struct {
	Msg    string `json:"msg"`
	ID     string `json:"id"`
	Name   string `json:"name"`
	Method string `json:"method"`
	Params []any  `json:"params"`
}

func parseSent(text []byte) (f sent) {
	_ = json.Unmarshal(text, &f)
	return f
}

func TestEveryRecordedInboundFrameIsParsed(t *testing.T) {
	for _, file := range recordings(t) {
		frames, kinds := 0, map[string]int{}
		for _, e := range readRecording(t, file) {
			if e.Dir != "in" || strings.HasPrefix(e.Conn, "sockjs") {
				continue
			}
			f, err := parseFrame(e.wire())
			if err != nil {
				t.Errorf("%s: %s: %v", file, e.wire(), err)
			}
			if f.Msg != e.message().Msg {
				t.Errorf("%s: %s: msg %q", file, e.wire(), f.Msg)
			}
			kinds[f.Msg]++
			frames++
		}
		t.Logf("%s: %d frames %v", file, frames, kinds)
	}
}

// TestRecordedConversationsReplayed plays the server's side of every recorded connection to a Conn that makes the client's calls, and
// compares what comes out of Subscribe and Call with what the server said.
func TestRecordedConversationsReplayed(t *testing.T) {
	for _, file := range recordings(t) {
		names, conns := byConn(readRecording(t, file))
		for _, name := range names {
			t.Run(strings.TrimPrefix(file, "testdata/")+"/"+name, func(t *testing.T) {
				replay(t, conns[name])
			})
		}
	}
}

// step is one thing that the client did, and what the server sent until the client's next.
type step struct {
	out recorded
	in  [][]byte
	// repeated says that the Conn is made to do the same. What it cannot be made to send, garbage mostly, is only answered.
	repeated bool
}

// steps splits one connection's events at the client's frames. A sub whose id is in use is not repeated: servers ignore it.
func stepsOf(events []recorded) (steps []step) {
	inUse := map[string]bool{}
	for _, e := range events {
		switch {
		case e.Dir == "out":
			m := e.message()
			s := step{out: e, repeated: m.Msg == "connect" && len(steps) == 0 || key(m) != "" && !inUse[key(m)]}
			inUse[key(m)] = key(m) != ""
			steps = append(steps, s)
		case e.Dir == "in" && len(steps) > 0:
			steps[len(steps)-1].in = append(steps[len(steps)-1].in, e.wire())
		}
	}
	return steps
}

// key names a call or a subscription within a recording, where the two may share an id; empty for anything malformed.
func key(m message) string {
	id, _ := m.ID.(string)
	switch {
	case id == "":
		return ""
	case m.Msg == "sub" && m.Name != "", m.Msg == "nosub", m.Msg == "ready":
		return "sub " + id
	case m.Msg == "method" && m.Method != "", m.Msg == "result":
		return "method " + id
	default:
		return ""
	}
}

func replay(t *testing.T, events []recorded) {
	steps := stepsOf(events)
	if len(steps) == 0 || steps[0].out.message().Msg != "connect" {
		t.Skip("the recording does not begin with connect")
	}
	p := &player{t: t, steps: steps, took: make(chan struct{}), ids: map[string]string{}}
	server := httptest.NewServer(p)
	defer server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	changed := 0
	c, err := Dial(ctx, "ws"+strings.TrimPrefix(server.URL, "http"), Options{OnChanged: func(Changed) { changed++ }})
	if strings.Contains(p.inbound(), `"msg": "failed"`) {
		if !errors.Is(err, errVersion) {
			t.Fatalf("dial: %v, want %v", err, errVersion)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	exchanges := p.drive(ctx, c)
	if _, err := c.Call(ctx, "end of recording"); err == nil {
		t.Error("the last call was not refused")
	}
	if want := strings.Count(p.inbound(), `"msg": "changed"`); changed != want {
		t.Errorf("%d changed frames were handed on, want %d", changed, want)
	}
	t.Logf("%d inbound frames, %d of them changed, %d exchanges", p.count(), changed, exchanges)
}

// player is the recorded server.
type player struct {
	t     *testing.T
	steps []step
	took  chan struct{}     // one token per repeated step that arrived
	ids   map[string]string // recorded key to the client's id
}

func (p *player) inbound() string {
	var all strings.Builder
	for _, s := range p.steps {
		for _, text := range s.in {
			all.Write(text)
		}
	}
	return all.String()
}

func (p *player) count() (n int) {
	for _, s := range p.steps {
		n += len(s.in)
	}
	return n
}

// ServeHTTP implements http.Handler.
func (p *player) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.CloseNow() }()
	for _, s := range p.steps {
		if s.repeated {
			f, err := nextFrame(r.Context(), ws)
			if err != nil {
				return
			}
			want := s.out.message()
			if f.Msg != want.Msg || f.Name != want.Name || f.Method != want.Method || !cmp.Equal(f.Params, orEmptyLike(want, f.Params)) {
				p.t.Errorf("the client sent %+v, recorded %+v", f, want)
			}
			if want.Msg != "connect" {
				p.ids[key(want)] = f.ID
				p.took <- struct{}{}
			}
		}
		for _, text := range s.in {
			if ws.Write(r.Context(), websocket.MessageText, p.translate(text)) != nil {
				return
			}
		}
	}
	last, err := nextFrame(r.Context(), ws)
	if err != nil {
		return
	}
	refusal := `{"msg":"result","id":"` + last.ID + `","error":{"error":404}}`
	_ = ws.Write(r.Context(), websocket.MessageText, []byte(refusal))
	_, _ = nextFrame(r.Context(), ws)
}

func orEmptyLike(m message, got []any) []any {
	if m.Msg == "connect" {
		return got
	}
	return orEmpty(m.Params)
}

// nextFrame skips what a client sends by itself.
func nextFrame(ctx context.Context, ws *websocket.Conn) (sent, error) {
	for {
		_, text, err := ws.Read(ctx)
		if err != nil {
			return sent{}, err
		}
		if f := parseSent(text); f.Msg != "pong" && f.Msg != "ping" && f.Msg != "unsub" {
			return f, nil
		}
	}
}

// translate puts the client's ids in place of the recorded ones.
func (p *player) translate(text []byte) []byte {
	var f map[string]any
	if json.Unmarshal(text, &f) != nil {
		return text
	}
	m := recorded{Frame: text}.message()
	switch m.Msg {
	case "nosub", "result":
		if id := p.ids[key(m)]; id != "" {
			f["id"] = id
		}
	case "ready":
		for i, id := range m.Subs {
			m.Subs[i] = p.ids["sub "+id]
		}
		f["subs"] = m.Subs
	default:
		return text
	}
	out, _ := json.Marshal(f)
	return out
}
