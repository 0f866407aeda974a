package sandbox_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/rocketline/rocketline/sandbox"
)

// patience is how long a test waits for something that must come.
const patience = 5 * time.Second

// client is a websocket that keeps what it receives, in one queue per stream.
type client struct {
	t      *testing.T
	conn   *websocket.Conn
	frames chan json.RawMessage // closed when the socket is
	queues map[string][]json.RawMessage
	closed bool
	// refused says that the server ends the connection by itself: the handshake failed.
	refused bool
	err     error
}

func dial(t *testing.T, srv *sandbox.Server) *client {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, strings.Replace(srv.URL(), "http", "ws", 1)+"/websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	c := &client{t: t, conn: conn, frames: make(chan json.RawMessage, 10_000), queues: map[string][]json.RawMessage{}}
	go func() {
		defer close(c.frames)
		for {
			_, data, err := conn.Read(context.Background())
			if err != nil {
				c.err = err
				return
			}
			c.frames <- data
		}
	}()
	t.Cleanup(func() { _ = conn.CloseNow() })
	return c
}

func (c *client) send(text string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.conn.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatalf("send %s: %v", text, err)
	}
}

// queueOf is the stream that a frame belongs to; what is not of a stream is control. Only within one is the order a promise.
func queueOf(frame json.RawMessage) string {
	var f struct {
		Msg        string
		Collection string
		Fields     struct{ EventName string }
	}
	_ = json.Unmarshal(frame, &f)
	if f.Msg != "changed" {
		return "control"
	}
	_, kind, _ := strings.Cut(f.Fields.EventName, "/")
	return f.Collection + "/" + kind
}

// next waits for the next frame of a queue.
func (c *client) next(queue string) json.RawMessage {
	c.t.Helper()
	deadline := time.After(patience)
	for len(c.queues[queue]) == 0 {
		select {
		case frame, ok := <-c.frames:
			if !ok {
				c.t.Fatalf("socket closed while waiting on %s: %v", queue, c.err)
			}
			q := queueOf(frame)
			c.queues[q] = append(c.queues[q], frame)
		case <-deadline:
			c.t.Fatalf("nothing came on %s; have %v", queue, c.queues)
		}
	}
	frame := c.queues[queue][0]
	c.refused = c.refused || strings.Contains(string(frame), `"msg":"failed"`)
	c.queues[queue] = c.queues[queue][1:]
	return frame
}

// ended waits until the server has closed the socket, and answers how.
func (c *client) ended() error {
	c.t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case frame, ok := <-c.frames:
			if !ok {
				return c.err
			}
			q := queueOf(frame)
			c.queues[q] = append(c.queues[q], frame)
		case <-deadline:
			c.t.Fatal("the server did not close the socket")
		}
	}
}

// finish proves that nothing came that was not recorded: a ping goes through the same queue as everything before it.
func (c *client) finish(r *replay) {
	c.t.Helper()
	if !c.closed {
		c.send(`{"msg":"ping","id":"the end"}`)
		for {
			if frame := c.next("control"); strings.Contains(string(frame), `"the end"`) {
				break
			} else if !r.skipped(string(frame)) {
				c.t.Errorf("not recorded: %s", frame)
			}
		}
	}
	for _, queue := range c.queues {
		for _, frame := range queue {
			if !r.skipped(string(frame)) {
				c.t.Errorf("not recorded: %s", frame)
			}
		}
	}
}

// ddp replays one event of a connection. Those of agents tell when an agent is online.
func (r *replay) ddp(e recorded) {
	r.t.Helper()
	if strings.HasPrefix(e.Conn, "agent") {
		switch e.Event {
		case "open":
			r.srv.Agent(e.Conn).SetStatus(sandbox.Online)
		case "close":
			if r.speaksLater(e) {
				return // the end of an earlier recording's connection
			}
			r.srv.Agent(e.Conn).SetStatus(sandbox.Offline)
		}
		return
	}
	replayed := false
	for _, prefix := range r.sc.conns {
		replayed = replayed || strings.HasPrefix(e.Conn, prefix)
	}
	text := e.FrameText
	if e.Frame != nil {
		text = string(e.Frame)
	}
	if !replayed || r.skipped(text) || r.sc.skipAt[e.T] != "" {
		return
	}
	c := r.clients[e.Conn]
	switch {
	case e.Event == "open":
		r.clients[e.Conn] = dial(r.t, r.srv)
	case e.Event == "close":
		r.close(c)
	case e.Dir == "out":
		c.send(r.ours(text))
	default:
		got := c.next(queueOf(json.RawMessage(text)))
		for r.skipped(string(got)) {
			got = c.next(queueOf(json.RawMessage(text)))
		}
		r.frames++
		for _, problem := range r.compare("", parse(r.t, []byte(text)), parse(r.t, got)) {
			r.t.Errorf("%d %s: %s", e.T, e.Conn, problem)
		}
	}
}

func (r *replay) speaksLater(e recorded) bool {
	for _, later := range r.rec.Events {
		if later.Conn == e.Conn && later.T > e.T && later.Dir != "" {
			return true
		}
	}
	return false
}

// close ends a connection as the recording did: by the server after a failed handshake, else by the client.
func (r *replay) close(c *client) {
	if c.refused {
		if status := websocket.CloseStatus(c.ended()); status != websocket.StatusNormalClosure {
			c.t.Errorf("closed with %v, want a normal closure", status)
		}
	} else {
		c.finish(r)
		_ = c.conn.CloseNow()
	}
	c.closed = true
}
