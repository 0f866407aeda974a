package replay_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/rocketline/rocketline/internal/replay"
)

// TestAConnectionIsLost loses a visitor's connection in each way, while a frame is on its way, and looks at what his client sees.
func TestAConnectionIsLost(t *testing.T) {
	rec := load(t, "6.5.3/ddp-auto-conversation-visitor-closes.json")
	for how, sees := range map[replay.Loss]func(t *testing.T, c *client){
		replay.LossAbnormal: func(t *testing.T, c *client) {
			if _, _, err := c.ws.Read(t.Context()); err == nil || websocket.CloseStatus(err) != -1 {
				t.Errorf("read: %v, want an error that is no close frame", err)
			}
		},
		replay.LossClean: func(t *testing.T, c *client) {
			c.read() // what was on its way
			if _, _, err := c.ws.Read(t.Context()); websocket.CloseStatus(err) != websocket.StatusNormalClosure {
				t.Errorf("read: %v, want a close frame with 1000", err)
			}
		},
		replay.LossHalfOpen: func(t *testing.T, c *client) {
			c.read() // what was on its way
			c.write(map[string]any{"msg": "ping"})
			if c.hears(time.Hour) {
				t.Error("a connection that is half-open answered")
			}
		},
	} {
		t.Run(how.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := start(t, rec)
				c.subscribe()
				c.server.Next() // the call
				c.server.Next() // what it brings
				if lost := c.server.Cut(how); lost != 1 {
					t.Errorf("%d connections were lost, want 1", lost)
				}
				sees(t, c)
				if step, _ := c.server.Next(); step.Sent != 0 {
					t.Errorf("after the cut a frame was sent to %d subscriptions", step.Sent)
				}
				if _, _, err := c.connect(); err == nil {
					t.Error("a connection was made before the mend")
				}
				if got := c.history(); len(got) == 0 {
					t.Error("history is empty")
				}
				c.server.Mend()
				c.dial()
				c.subscribe()
			})
		})
	}
}

// hears tells whether anything comes within a time; nothing may be read after it did not.
func (c *client) hears(within time.Duration) bool {
	c.t.Helper()
	heard := make(chan error, 1)
	go func() {
		_, _, err := c.ws.Read(c.t.Context())
		heard <- err
	}()
	select {
	case err := <-heard:
		return err == nil
	case <-time.After(within):
		_ = c.ws.CloseNow()
		<-heard
		return false
	}
}
