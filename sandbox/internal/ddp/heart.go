package ddp

import (
	"time"

	"github.com/coder/websocket"
	"github.com/rocketline/rocketline/sandbox/fault"
)

// pulse is what the heartbeat of a connection remembers between its beats.
type pulse struct {
	pinged bool
	beats  int
}

// The close codes of the separate server (realtime 4).
const (
	closeProtocol    = websocket.StatusProtocolError
	closeUnsupported = websocket.StatusInvalidFramePayloadData
	closeTimeout     = websocket.StatusCode(4000)
)

// beatMeteor pings a connection that has been silent for a whole beat, and gives up one beat later, unless anything arrived: every
// message counts as life, not only pong (measured: ping after 15 s, closed after 30 s). It answers when to look again.
func (c *Session) beatMeteor(p *pulse) time.Duration {
	opened, beating, silent := c.silence()
	p.beats++
	if c.sockjs && p.beats%3 == 0 {
		c.queue([]byte(sockBeat), fault.Frame{}) // every 45 s
	}
	switch {
	case !opened && p.beats >= 3:
		c.hangUp() // never sent connect: dropped after 45 s
	case !beating:
	case silent && p.pinged:
		c.hangUp()
	case silent:
		p.pinged = true
		c.send(doc{"msg": "ping"})
	default:
		p.pinged = false
	}
	return c.srv.Heartbeat
}

// beatStreamer pings two heartbeats, which is 30 s, after the last frame, and right after an opening that nothing follows. It gives up
// as much later (realtime 2 and 3). It answers when to look again.
func (c *Session) beatStreamer(p *pulse) time.Duration {
	span := 2 * c.srv.Heartbeat
	_, _, silent := c.silence()
	switch {
	case !silent:
		p.pinged = false
		return max(span-c.quiet(), time.Millisecond)
	case p.pinged:
		c.closeWith(closeTimeout, "TIMEOUT")
	default:
		p.pinged = true
		c.send(doc{"msg": "ping"})
	}
	return span
}

// silence says whether the session is open, whether its heartbeat runs, and whether nothing arrived since it was last asked.
func (c *Session) silence() (opened, beating, silent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	silent = !c.heard
	c.heard = false
	return c.opened, c.beating, silent
}

// quiet is how long nothing has arrived.
func (c *Session) quiet() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Since(c.heardAt)
}
