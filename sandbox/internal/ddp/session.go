package ddp

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/rocketline/rocketline/sandbox/fault"
	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// maxFrame is the largest frame that a client may send: the default of the websocket library in a real server.
const maxFrame = 64<<20 - 1

// socket is what a session needs of its websocket.
type socket interface {
	Read(context.Context) (websocket.MessageType, []byte, error)
	Write(context.Context, websocket.MessageType, []byte) error
	Close(websocket.StatusCode, string) error
	CloseNow() error
}

// Session is one DDP connection. Its reader handles one message at a time in the order of arrival, as a real server
// does; its writer owns the socket's sending side and the heartbeat.
type Session struct {
	srv  *Server
	conn socket
	subs map[any]*subscription // by the client's id; only the reader touches it
	made int                   // how many subs there were
	// sockjs says that frames are wrapped as SockJS does.
	sockjs bool
	// detached stands for a REST caller: there is nobody to send frames to.
	detached bool
	// connected and id are set by the reader, once.
	connected bool
	id        string
	// user and token are those of the login, nil and empty for nobody. The core's lock guards them.
	user  *core.User
	token string
	// guest is the token of the visitor who bound himself to the connection, see setUpConnection; the core's lock guards it.
	guest string
	// faults stands between the session and its socket; every frame goes through it.
	faults *fault.Conn
	// drop ends what the reader and the writer wait for, and with it the socket.
	drop context.CancelFunc
	// unsent counts the bytes that wait for the writer, with those that it is writing.
	unsent atomic.Int64

	mu      sync.Mutex
	out     []item
	closing bool // the socket is closed, politely, when out is empty
	code    websocket.StatusCode
	reason  string
	opened  bool // connect has succeeded
	beating bool // the heartbeat runs
	restart bool // and its first beat begins now
	heard   bool // something arrived since the last beat
	heardAt time.Time
	wake    chan struct{}
	// overflown says that the client is dropped because it does not read.
	overflown bool
}

// item is what the writer does next: it sends a frame, or ends the connection in a frame's place.
type item struct {
	frame []byte
	cut   *fault.Cut
}

// serve plays a connection until it ends.
func (c *Session) serve(ctx context.Context) {
	ctx, c.drop = context.WithCancel(ctx)
	defer c.drop()
	c.srv.hub.join(c)
	defer func() { c.srv.hub.part(c, c.listening()) }() // at last: who counts connections then sees what their ends did
	defer c.leave()
	defer c.cut()
	c.srv.spawn(func() { c.write(ctx); c.cut() })
	if c.sockjs {
		c.queue([]byte(sockOpen), fault.Frame{})
	}
	if c.srv.core.Facts.ServerID || c.srv.manner.alwaysGreets {
		c.send(doc{"server_id": "0"})
	}
	c.read(ctx)
}

// leave tells the workspace that whoever was on the connection is gone.
func (c *Session) leave() {
	c.srv.core.Lock()
	defer c.srv.core.Unlock()
	if c.user != nil {
		c.srv.core.Disconnected(c.user, c.id)
	}
	if c.guest != "" {
		c.srv.core.GuestLeft(c.guest)
	}
	for _, s := range c.subs {
		c.srv.unwatch(s)
	}
}

// Drop cuts the socket without a close frame. It does not wait until that is done, as it is called with locks held.
func (c *Session) Drop() { c.drop() }

// cut is how reader and writer leave the socket. Where it is being closed politely it waits for that, some seconds if need be.
func (c *Session) cut() { _ = c.conn.CloseNow() }

func (c *Session) send(frame doc) {
	about := fault.Frame{}
	about.Message, _ = frame["msg"].(string)
	about.Collection, _ = frame["collection"].(string)
	c.queue(wire.Encode(frame, wire.EJSONDate), about)
}

// queue is where every frame goes out.
func (c *Session) queue(frame []byte, about fault.Frame) {
	if !c.detached {
		c.faults.Send(frame, about)
	}
}

// maxUnsent is how many bytes are kept for a client that reads more slowly than it is written to. A real server keeps them until its
// memory ends; the sandbox, which many tests and loads share a machine with, drops the client.
const maxUnsent = 64 << 20

// Queue sends a frame that the faults let through. It never waits: what a client does not read is kept for it.
func (c *Session) Queue(frame []byte) {
	if c.unsent.Add(int64(len(frame))) > maxUnsent {
		c.overflow()
		return
	}
	c.push(item{frame: frame})
}

func (c *Session) overflow() {
	c.mu.Lock()
	first := !c.overflown
	c.overflown, c.out = true, nil
	c.mu.Unlock()
	if first {
		c.srv.Log.Warn("a DDP client that does not read is dropped", slog.Int("bytes", maxUnsent))
	}
	c.Drop()
}

// Cut ends the connection after what is queued.
func (c *Session) Cut(cut fault.Cut) { c.push(item{cut: &cut}) }

func (c *Session) push(i item) {
	c.mu.Lock()
	c.out = append(c.out, i)
	c.mu.Unlock()
	c.stir()
}

// hangUp closes the socket politely once everything queued is sent.
func (c *Session) hangUp() { c.closeWith(websocket.StatusNormalClosure, "Normal closure") }

// closeWith closes the socket with a code once everything queued is sent.
func (c *Session) closeWith(code websocket.StatusCode, reason string) {
	c.mu.Lock()
	if !c.closing {
		c.closing, c.code, c.reason = true, code, reason
	}
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
		kind, data, err := c.conn.Read(ctx)
		if err != nil {
			return
		}
		c.mu.Lock()
		c.heard, c.heardAt = true, time.Now()
		c.mu.Unlock()
		if kind == websocket.MessageBinary && c.srv.manner.textOnly {
			c.closeWith(closeUnsupported, "UNSUPPORTED_DATA")
			continue
		}
		c.receive(data)
	}
}

// write sends what is queued, and beats the heart.
func (c *Session) write(ctx context.Context) {
	beat := time.NewTimer(max(c.srv.Heartbeat*c.srv.manner.firstBeat/1000, time.Millisecond))
	defer beat.Stop()
	var p pulse
	for {
		c.mu.Lock()
		out, closing, restart := c.out, c.closing, c.restart
		c.out, c.restart = nil, false
		c.mu.Unlock()
		for _, next := range out {
			if next.cut != nil && c.cutOff(ctx, *next.cut) {
				return
			}
			if err := c.writeFrame(ctx, next.frame); err != nil {
				return
			}
			c.unsent.Add(-int64(len(next.frame)))
		}
		if closing {
			c.finish(ctx)
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
			beat.Reset(c.srv.manner.beat(c, &p))
		}
	}
}

// cutOff ends the connection as a fault wants it, and says whether it is over.
func (c *Session) cutOff(ctx context.Context, cut fault.Cut) bool {
	switch cut.Kind {
	case fault.HalfOpen:
		c.faults.GoDark()
		return false
	case fault.Close:
		c.closeWith(websocket.StatusCode(cmp.Or(cut.Code, int(websocket.StatusGoingAway))), cut.Reason)
		c.finish(ctx)
	}
	return true // the caller drops the socket
}

// finish closes the socket politely.
func (c *Session) finish(ctx context.Context) {
	c.mu.Lock()
	code, reason := c.code, c.reason
	c.mu.Unlock()
	if c.sockjs {
		_ = c.writeFrame(ctx, sockClose(int(code), reason))
	}
	_ = c.conn.Close(code, reason)
}

// writeFrame gives up on a client that takes nothing for as long as silence is borne.
func (c *Session) writeFrame(ctx context.Context, frame []byte) error {
	if frame == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*c.srv.Heartbeat)
	defer cancel()
	return c.conn.Write(ctx, websocket.MessageText, c.wrap(frame))
}

// begin notes that connect succeeded and, with heartbeat, begins to watch for silence.
func (c *Session) begin(heartbeat bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.opened, c.beating = true, heartbeat
	if c.srv.manner.explains { // the separate server's timers begin with the socket
		c.restart, c.heard = true, false
	}
	c.stir()
}

// userID is the id of who is logged in, empty for nobody. The caller holds the core's lock.
func (c *Session) userID() string {
	if c.user == nil {
		return ""
	}
	return c.user.ID
}
