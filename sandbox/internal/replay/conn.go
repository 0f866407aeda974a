package replay

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

const dialPatience = 3 * time.Second

// conn is a websocket that keeps all that it receives.
type conn struct {
	ws     *websocket.Conn
	news   chan<- struct{} // told when something came
	pongs  bool            // whether it answers the server's pings
	done   chan struct{}   // closed when the reader has ended
	cancel context.CancelFunc

	mu       sync.Mutex
	received []string
	pings    int
	barriers int   // how many came back
	err      error // why reading ended
	leaving  bool  // the client closes by itself
}

// dial opens a connection. News get a token whenever a frame came or the connection ended; it is never blocked upon.
func dial(ctx context.Context, url, path string, pongs bool, news chan<- struct{}) (*conn, error) {
	if path == "" {
		path = "/websocket"
	}
	dialCtx, cancelDial := context.WithTimeout(ctx, dialPatience)
	defer cancelDial()
	ws, resp, err := websocket.Dial(dialCtx, strings.Replace(url, "http", "ws", 1)+path, nil) //nolint:bodyclose // Dial closes it
	if err != nil {
		if resp != nil {
			return nil, fmt.Errorf("open websocket: status %d", resp.StatusCode)
		}
		return nil, fmt.Errorf("open websocket: %w", err)
	}
	ws.SetReadLimit(4 << 20)
	ctx, cancel := context.WithCancel(ctx)
	c := &conn{ws: ws, news: news, pongs: pongs, done: make(chan struct{}), cancel: cancel}
	go c.read(ctx)
	return c, nil
}

func (c *conn) read(ctx context.Context) {
	defer close(c.done)
	for {
		_, data, err := c.ws.Read(ctx)
		c.take(string(data), err)
		if err == nil && c.pongs && isPing(string(data)) {
			_ = c.send(ctx, `{"msg":"pong"}`) // a connection that is gone shows when it is read
		}
		select {
		case c.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (c *conn) take(text string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil:
		c.err = err
	case strings.Contains(text, barrierID):
		c.barriers++
	case isPing(text):
		c.pings++
	default:
		c.received = append(c.received, text)
	}
}

// barrierID marks the replay's own pings. Their answers go through the same queue as all that the server sent before.
const barrierID = "replay-barrier"

func (c *conn) barrier(ctx context.Context) error {
	return c.send(ctx, `{"msg":"ping","id":"`+barrierID+`"}`)
}

func (c *conn) barriersPassed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.barriers
}

func (c *conn) send(ctx context.Context, text string) error {
	ctx, cancel := context.WithTimeout(ctx, dialPatience)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, []byte(text))
}

// since are the frames that came after the first n.
func (c *conn) since(n int) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.received[n:]
}

func (c *conn) pinged() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pings
}

// ended says whether the connection is over, by the server's doing, and with which code; -1 when there was none.
func (c *conn) ended() (code int, over bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil || c.leaving {
		return 0, false
	}
	var closed websocket.CloseError
	if errors.As(c.err, &closed) {
		return int(closed.Code), true
	}
	return -1, true
}

// over says that the connection is no more, whoever ended it.
func (c *conn) over() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err != nil
}

// close leaves, and waits until nothing more can come.
func (c *conn) close() {
	c.mu.Lock()
	c.leaving = c.err == nil
	leaving := c.leaving
	c.mu.Unlock()
	if leaving {
		_ = c.ws.Close(websocket.StatusNormalClosure, "")
	}
	c.cancel()
	_ = c.ws.CloseNow()
	<-c.done
}
