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
	err    error
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

// finish proves that nothing else came: a ping goes through the same queue as everything before it.
func (c *client) finish() {
	c.t.Helper()
	c.send(`{"msg":"ping","id":"the end"}`)
	for {
		frame := c.next("control")
		if strings.Contains(string(frame), `"the end"`) {
			break
		}
		c.t.Errorf("not expected: %s", frame)
	}
	for _, queue := range c.queues {
		for _, frame := range queue {
			c.t.Errorf("not expected: %s", frame)
		}
	}
}
