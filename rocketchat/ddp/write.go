package ddp

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// maxPongs bounds the answers that wait for a writer that is stuck; its deadline ends the connection soon.
const maxPongs = 64

// outbound holds frames until the writer takes them, so that nobody waits for a slow peer but the writer. Its length is bounded by
// its users: each waits for an answer, or ends something that had one.
type outbound struct {
	wake chan struct{} // holds one token while there may be frames

	mu     sync.Mutex
	urgent [][]byte // pongs, sent before anything else
	queue  [][]byte
}

func newOutbound() outbound { return outbound{wake: make(chan struct{}, 1)} }

func (o *outbound) push(text []byte) {
	o.mu.Lock()
	o.queue = append(o.queue, text)
	o.mu.Unlock()
	o.signal()
}

func (o *outbound) pushFirst(text []byte) {
	o.mu.Lock()
	if len(o.urgent) < maxPongs {
		o.urgent = append(o.urgent, text)
	}
	o.mu.Unlock()
	o.signal()
}

func (o *outbound) signal() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// pop returns the next frame, or nil.
func (o *outbound) pop() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	from := &o.urgent
	if len(*from) == 0 {
		from = &o.queue
	}
	if len(*from) == 0 {
		return nil
	}
	text := (*from)[0]
	*from = (*from)[1:]
	return text
}

// clock remembers when it was last marked.
type clock struct{ at atomic.Pointer[time.Time] }

func (c *clock) mark() {
	now := time.Now()
	c.at.Store(&now)
}

func (c *clock) last() time.Time { return *c.at.Load() }

// writeLoop is the only writer after connect. It also keeps the heartbeat: a ping after PingAfter of silence, death when PingTimeout
// later nothing has come. Only that finds a half-open connection. Any inbound frame is a sign of life, as it is for the servers.
func (c *Conn) writeLoop() {
	ping, _ := encode(shortFrame{Msg: "ping"})
	var asked time.Time // of the ping that nothing has followed yet
	alarm := time.NewTimer(c.o.PingAfter)
	defer alarm.Stop()
	for {
		select {
		case <-c.done:
			return
		case <-c.out.wake:
			for text := c.out.pop(); text != nil; text = c.out.pop() {
				if err := c.write(text); err != nil {
					c.fail(fmt.Errorf("ddp: write: %w", err))
					return
				}
			}
		case now := <-alarm.C:
			heard := c.heard.last()
			if !heard.Before(asked) {
				asked = time.Time{}
			}
			switch {
			case !asked.IsZero():
				c.fail(errSilent)
				return
			case now.Sub(heard) >= c.o.PingAfter:
				c.out.push(ping)
				asked = now
				alarm.Reset(c.o.PingTimeout)
			default:
				alarm.Reset(c.o.PingAfter - now.Sub(heard))
			}
		}
	}
}

func (c *Conn) write(text []byte) error {
	ctx, cancel := context.WithTimeout(c.ctx, c.o.WriteTimeout)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, text)
}

// dialError keeps the cause of a failed handshake and drops the URL that net/http and the WebSocket library put around it.
func dialError(ctx context.Context, resp *http.Response, err error) error {
	var wrapped *url.Error
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("ddp: dial: %w", ctx.Err())
	case errors.As(err, &wrapped):
		return fmt.Errorf("ddp: dial: %w", wrapped.Err)
	case resp != nil:
		return fmt.Errorf("ddp: dial: the server answered %d to the WebSocket handshake", resp.StatusCode)
	default:
		return errors.New("ddp: dial: no WebSocket handshake")
	}
}
