package ddp

import (
	"fmt"
	"log/slog"

	"github.com/coder/websocket"
)

// readLoop takes frames until the connection ends. It never waits for a write, so a stuck writer cannot make it deaf.
func (c *Conn) readLoop() {
	defer func() { _ = c.ws.CloseNow() }()
	for {
		kind, text, err := c.ws.Read(c.ctx)
		if err != nil {
			c.fail(fmt.Errorf("ddp: connection lost: %w", err))
			return
		}
		c.heard.mark()
		if kind != websocket.MessageText {
			c.fail(errBinary)
			return
		}
		f, err := parseFrame(text)
		if err != nil {
			c.fail(err)
			return
		}
		if c.Err() == nil { // nothing is told after Done, but a server that is being told goodbye is read to its end
			c.handle(f)
		}
	}
}

// handle acts on one frame. Frames that it does not name are ignored on purpose: those without msg (the server_id that older
// servers send first), updated (a result alone settles a call), pong (every frame is a sign of life), and added and removed,
// which only streams with useCollection and the login's user document send.
func (c *Conn) handle(f frame) {
	switch f.Msg {
	case "connected":
		c.connected(f.Session)
	case "failed":
		c.fail(errVersion)
	case "ping":
		pong, _ := encode(shortFrame{Msg: "pong", ID: f.ID})
		c.out.pushFirst(pong)
	case "ready":
		for _, id := range f.Subs {
			c.confirm(id)
		}
	case "nosub":
		refusal := parseError(f.Error)
		if refusal == nil {
			refusal = &Error{}
		}
		c.end(f.ID, refusal)
	case "changed":
		c.o.OnChanged(Changed{Collection: f.Collection, ID: f.ID, Fields: f.Fields})
	case "result":
		if refusal := parseError(f.Error); refusal != nil {
			c.settle(f.ID, outcome{err: refusal})
		} else {
			c.settle(f.ID, outcome{result: f.Result})
		}
	case "error":
		c.complain(f)
	}
}

func (c *Conn) connected(session string) {
	select {
	case <-c.ready: // said twice
	default:
		c.session = session
		close(c.ready)
	}
}

func (c *Conn) confirm(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sub := c.subs[id]
	if sub == nil || sub.confirmed {
		return // given up meanwhile, or run again by the server after a login
	}
	sub.confirmed = true
	sub.answer <- nil
	sub.answer = nil
}

// end takes a nosub: the refusal of a new subscription, the end of an old one, or the echo of an unsub, which finds nothing.
func (c *Conn) end(id string, refusal *Error) {
	c.mu.Lock()
	sub := c.subs[id]
	delete(c.subs, id)
	c.mu.Unlock()
	switch {
	case sub == nil:
	case !sub.confirmed:
		sub.answer <- refusal
	case sub.onEnd != nil:
		sub.onEnd(refusal)
	}
}

func (c *Conn) settle(id string, got outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if answer := c.calls[id]; answer != nil {
		answer <- got
		delete(c.calls, id)
	}
}

// complain takes an error frame, which has no id of its own: offendingMessage repeats what was wrong.
func (c *Conn) complain(f frame) {
	refusal := &Error{Reason: f.Reason}
	switch msg, id := f.offender(); msg {
	case "sub":
		c.end(id, refusal)
	case "method":
		c.settle(id, outcome{err: refusal})
	default:
		c.o.Logger.Warn("ddp: the server complains", slog.String("reason", f.Reason))
	}
}
