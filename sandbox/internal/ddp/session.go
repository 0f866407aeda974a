package ddp

import (
	"context"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// maxFrame is the largest frame that a client may send: the default of the websocket library in a real server.
const maxFrame = 64<<20 - 1

// Session is one DDP connection. Its reader handles one message at a time in the order of arrival, as a real server
// does; its writer owns the socket's sending side and the heartbeat.
type Session struct {
	srv  *Server
	conn *websocket.Conn
	subs map[string]*subscription // by the client's id; only the reader touches it
	// connected and id are set by the reader, once.
	connected bool
	id        string
	// user and token are those of the login, nil and empty for nobody. The core's lock guards them.
	user  *core.User
	token string

	mu      sync.Mutex
	out     [][]byte
	closing bool // the socket is closed, politely, when out is empty
	opened  bool // connect has succeeded
	beating bool // the heartbeat runs
	restart bool // and its first beat begins now
	heard   bool // something arrived since the last beat
	wake    chan struct{}
}

// serve plays a connection until it ends.
func (c *Session) serve(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.srv.hub.join(c)
	c.srv.spawn(func() { c.write(ctx); c.Drop() })
	if c.srv.core.Facts.ServerID {
		c.send(doc{"server_id": "0"})
	}
	c.read(ctx)
	c.Drop()
	c.srv.hub.part(c, c.subs)
	c.srv.core.Lock()
	defer c.srv.core.Unlock()
	if c.user != nil {
		c.srv.core.Disconnected(c.user, c.id)
	}
}

// Drop cuts the socket without a close frame.
func (c *Session) Drop() { _ = c.conn.CloseNow() }

func (c *Session) send(frame doc) { c.queue(wire.Encode(frame, wire.EJSONDate)) }

// queue never waits: what a client does not read is kept for it.
func (c *Session) queue(frame []byte) {
	c.mu.Lock()
	c.out = append(c.out, frame)
	c.mu.Unlock()
	c.stir()
}

// hangUp closes the socket politely once everything queued is sent.
func (c *Session) hangUp() {
	c.mu.Lock()
	c.closing = true
	c.mu.Unlock()
	c.stir()
}

func (c *Session) stir() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *Session) read(ctx context.Context) {
	for {
		_, data, err := c.conn.Read(ctx)
		if err != nil {
			return
		}
		c.mu.Lock()
		c.heard = true
		c.mu.Unlock()
		c.receive(data)
	}
}

// write sends what is queued, and pings a connection that has been silent for a whole beat. One beat later it gives up,
// unless anything arrived: every message counts as life, not only pong (measured: ping after 15 s, closed after 30 s).
func (c *Session) write(ctx context.Context) {
	beat := time.NewTicker(c.srv.Heartbeat)
	defer beat.Stop()
	pinged, idle := false, 0
	for {
		c.mu.Lock()
		out, closing, restart := c.out, c.closing, c.restart
		c.out, c.restart = nil, false
		c.mu.Unlock()
		for _, frame := range out {
			if err := c.writeFrame(ctx, frame); err != nil {
				return
			}
		}
		if closing {
			_ = c.conn.Close(websocket.StatusNormalClosure, "Normal closure")
			return
		}
		if restart {
			beat.Reset(c.srv.Heartbeat)
		}
		select {
		case <-ctx.Done():
			return
		case <-c.wake:
		case <-beat.C:
			opened, beating, silent := c.silence()
			idle++
			switch {
			case !opened && idle >= 3:
				c.hangUp() // never sent connect: dropped after 45 s
			case !beating:
			case silent && pinged:
				c.hangUp()
			case silent:
				pinged = true
				c.send(doc{"msg": "ping"})
			default:
				pinged = false
			}
		}
	}
}

// writeFrame gives up on a client that takes nothing for as long as silence is borne.
func (c *Session) writeFrame(ctx context.Context, frame []byte) error {
	ctx, cancel := context.WithTimeout(ctx, 2*c.srv.Heartbeat)
	defer cancel()
	return c.conn.Write(ctx, websocket.MessageText, frame)
}

// silence says whether the session is open, whether its heartbeat runs, and whether nothing arrived since it was last asked.
func (c *Session) silence() (opened, beating, silent bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	silent = !c.heard
	c.heard = false
	return c.opened, c.beating, silent
}

// begin notes that connect succeeded and, with heartbeat, begins to watch for silence.
func (c *Session) begin(heartbeat bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened, c.beating, c.restart, c.heard = true, heartbeat, true, false
	c.stir()
}

// userID is the id of who is logged in, empty for nobody. The caller holds the core's lock.
func (c *Session) userID() string {
	if c.user == nil {
		return ""
	}
	return c.user.ID
}
