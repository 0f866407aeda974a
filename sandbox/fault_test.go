package sandbox_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"github.com/rocketline/rocketline/sandbox"
)

// faulty is a sandbox with a visitor's room and a control endpoint.
func faulty(t *testing.T) (b *box, rid string) {
	t.Helper()
	b = start(t, sandbox.Options{Control: "127.0.0.1:0", Seed: 1, Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	return b, b.chat("t-1")
}

// steer calls the control endpoint.
func (b *box) steer(method, path, body string) {
	b.t.Helper()
	req, _ := http.NewRequest(method, b.srv.ControlURL()+path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	if status, _, answer := b.send(req); status >= http.StatusMultipleChoices {
		b.t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
}

// say posts a visitor's message, and answers what came back as one line: a status with its error, or that nothing came.
func (b *box) say(rid, text string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	body := fmt.Sprintf(`{"token":"t-1","rid":%q,"msg":%q}`, rid, text)
	req, _ := http.NewRequestWithContext(ctx, http.MethodPost, b.srv.URL()+"/api/v1/livechat/message", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return "no answer"
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	switch {
	case err != nil:
		return fmt.Sprintf("%d, cut off", resp.StatusCode)
	case bytes.Contains(answer, []byte("room-closed")):
		return fmt.Sprintf("%d room-closed", resp.StatusCode)
	}
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	return fmt.Sprintf("%d %s", resp.StatusCode, kind)
}

func TestEachFaultOfARequestBefallsTheVisitorsMessage(t *testing.T) {
	const message = `"times":1,"match":{"method":"POST","path":"/api/v1/livechat/message"}`
	for _, c := range []struct {
		rule, want string
		stored     bool
	}{
		{`{"kind":"delay","delay":"5ms",` + message, "200 application/json", true},
		{`{"kind":"status","status":429,` + message, "429 application/json", false},
		{`{"kind":"status","status":500,` + message, "500 text/html", false},
		{`{"kind":"status","status":503,` + message, "503 text/html", false},
		{`{"kind":"html",` + message, "200 text/html", false},
		{`{"kind":"truncate",` + message, "200, cut off", true},
		{`{"kind":"lost",` + message, "no answer", true},
		{`{"kind":"reset",` + message, "no answer", false},
		{`{"kind":"hang",` + message, "no answer", false},
		{`{"kind":"close-race",` + message, "400 room-closed", false},
		{`{"kind":"refuse","times":1`, "no answer", false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			b, rid := faulty(t)
			b.steer(http.MethodPost, "/faults", c.rule+"}")
			if got := b.say(rid, "hello"); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if _, texts := b.times(rid, "t-1"); (len(texts) == 1) != c.stored {
				t.Errorf("the room has %q, stored should be %v", texts, c.stored)
			}
			if open := b.srv.Rooms()[0].Open; open == strings.Contains(c.rule, "close-race") {
				t.Errorf("the room is open: %v", open)
			}
		})
	}
}

func TestEachFaultOfAFrameBefallsTheVisitorsStream(t *testing.T) {
	const messages = `"times":1,"match":{"collection":"stream-room-messages"}`
	for _, c := range []struct {
		rule string
		want []string
	}{
		{`{"kind":"duplicate",` + messages, []string{"one", "one", "two"}},
		{`{"kind":"reorder",` + messages, []string{"two", "one"}},
		{`{"kind":"gap",` + messages, []string{"two"}},
		{`{"kind":"delay-frame","delay":"5ms",` + messages, []string{"one", "two"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			b, rid := faulty(t)
			follower := b.follow(rid, "t-1")
			b.steer(http.MethodPost, "/faults", c.rule+"}")
			b.say(rid, "one")
			b.say(rid, "two")
			var got []string
			for range c.want {
				got = append(got, args(t, follower.next("stream-room-messages/"))[0].(map[string]any)["msg"].(string))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			follower.finish()
		})
	}
}

func TestEachEndOfAConnection(t *testing.T) {
	for call, want := range map[string]websocket.StatusCode{"drop": -1, "close": websocket.StatusServiceRestart} {
		t.Run(call, func(t *testing.T) {
			b, rid := faulty(t)
			follower := b.follow(rid, "t-1")
			body := `{}`
			if call == "close" {
				body = `{"code":1012,"reason":"restart"}`
			}
			b.steer(http.MethodPost, "/connections/"+call, body)
			if status := websocket.CloseStatus(follower.ended()); status != want {
				t.Errorf("the connection ended with %d, want %d", status, want)
			}
		})
	}
}

func TestAHalfOpenConnectionStaysUpAndSaysNothing(t *testing.T) {
	b, rid := faulty(t)
	dark, bright := b.follow(rid, "t-1"), b.follow(rid, "t-1")
	b.steer(http.MethodPost, "/connections/half-open", `{"connection":1}`)
	b.say(rid, "hello")
	bright.next("stream-room-messages/") // what it got, the other one would have got before
	dark.send(`{"msg":"ping","id":"anybody?"}`)
	bright.send(`{"msg":"ping","id":"anybody?"}`)
	bright.next("control")
	select {
	case frame, open := <-dark.frames:
		t.Errorf("the dark connection is open %v and got %s", open, frame)
	default:
	}
}
