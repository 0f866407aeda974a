package fault

import (
	"cmp"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Sink is the sending side of a websocket. Its methods queue and never wait, and do not call the Conn.
type Sink interface {
	// Queue sends a frame behind those that were queued before.
	Queue(frame []byte)
	// Cut ends the connection behind the frames that were queued before.
	Cut(Cut)
}

// Conn decides what becomes of the frames of one websocket. Its methods are safe for concurrent use.
type Conn struct {
	faults *Injector
	number int
	sink   Sink
	hole   *hole // nil when the websocket did not come through Handler

	mu    sync.Mutex
	line  []waiting // frames that are late, with those that must not overtake them
	timer *time.Timer
	held  []*heldBack
	ended Kind // how it was cut, or "closed"
}

// waiting is a frame in the line. Its time is the real one: the server's clock may stand still.
type waiting struct {
	frame []byte
	due   time.Time
}

// heldBack are the copies of a frame that come after the next frame that its rule matches.
type heldBack struct {
	by     *active
	frames [][]byte
	wait   time.Duration // that other rules add when it is released
	timer  *time.Timer
}

const closed Kind = "closed"

// Open makes a Conn for a websocket that was just accepted from the request. The caller closes it when the socket has ended.
func (i *Injector) Open(r *http.Request, sink Sink) *Conn {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.opened++
	c := &Conn{faults: i, number: i.opened, sink: sink, hole: holeBelow(r)}
	i.conns[c.number] = c
	return c
}

// Number counts the injector's websockets from 1, in the order of Open.
func (c *Conn) Number() int { return c.number }

// Send gives a frame to the sink, now, later, twice or never. It must be the sink's only source, or frames overtake each other.
func (c *Conn) Send(frame []byte, about Frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != "" {
		return
	}
	t := target{layer: onFrame, connection: c.number, frame: about}
	// A frame that completes a swap is not asked to begin another of the same rule: "every frame" swaps pairs.
	var swaps []*heldBack
	var swapping []*active
	for _, h := range c.held {
		if h.by.matcher.fits(t) {
			swaps, swapping = append(swaps, h), append(swapping, h.by)
		}
	}
	frames, wait := [][]byte{frame}, time.Duration(0)
	var holder *active
	for _, a := range c.faults.decide(t, swapping...) {
		switch a.rule.Kind {
		case Gap:
			frames = nil
		case Duplicate:
			frames = append(frames, frames...)
		case DelayFrame:
			wait += a.rule.Delay
		case Reorder:
			holder = cmp.Or(holder, a)
		case Drop, Close, HalfOpen:
			c.end(Cut{Kind: a.rule.Kind, Code: a.rule.Code, Reason: a.rule.Reason})
			return
		}
	}
	switch {
	case len(frames) == 0:
	case holder != nil:
		c.hold(holder, frames, wait)
	default:
		c.emit(frames, wait)
		for _, h := range swaps {
			c.release(h)
		}
	}
}

// emit queues frames, behind those that are late: a connection keeps its order. The caller holds the lock.
func (c *Conn) emit(frames [][]byte, wait time.Duration) {
	if wait == 0 && len(c.line) == 0 {
		for _, frame := range frames {
			c.sink.Queue(frame)
		}
		return
	}
	due := time.Now().Add(wait)
	if n := len(c.line); n > 0 && c.line[n-1].due.After(due) {
		due = c.line[n-1].due
	}
	for _, frame := range frames {
		c.line = append(c.line, waiting{frame, due})
	}
	if c.timer == nil {
		c.timer = time.AfterFunc(time.Until(due), c.advance)
	}
}

// advance queues what is due.
func (c *Conn) advance() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended != "" {
		return
	}
	for len(c.line) > 0 && !c.line[0].due.After(time.Now()) {
		c.sink.Queue(c.line[0].frame)
		c.line = c.line[1:]
	}
	c.timer = nil
	if len(c.line) > 0 {
		c.timer = time.AfterFunc(time.Until(c.line[0].due), c.advance)
	}
}

// hold keeps frames until release, which comes after the rule's delay at the latest. The caller holds the lock.
func (c *Conn) hold(by *active, frames [][]byte, wait time.Duration) {
	h := &heldBack{by: by, frames: frames, wait: wait}
	c.held = append(c.held, h)
	h.timer = time.AfterFunc(by.rule.Delay, func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.release(h)
	})
}

// release sends what was held back, once. The caller holds the lock.
func (c *Conn) release(h *heldBack) {
	at := slices.Index(c.held, h)
	if at < 0 {
		return
	}
	h.timer.Stop()
	c.held = slices.Delete(c.held, at, at+1)
	c.emit(h.frames, h.wait)
}

// end cuts the connection. Frames that are late or held back are lost with it. The caller holds the lock.
func (c *Conn) end(cut Cut) {
	c.stop(cut.Kind)
	c.sink.Cut(cut)
}

func (c *Conn) stop(how Kind) {
	c.ended = how
	if c.timer != nil {
		c.timer.Stop()
	}
	for _, h := range c.held {
		h.timer.Stop()
	}
	c.line, c.held = nil, nil
}

// GoDark makes the connection half-open: from now on the server's reads and writes meet silence, and closing it does not tell
// the client. The client's end stays up until it leaves or the injector is closed. For a websocket that did not come through
// Handler only the sending side falls silent.
func (c *Conn) GoDark() {
	if c.hole == nil {
		return
	}
	conn := c.hole.darken()
	if conn == nil {
		return
	}
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	if c.faults.closed {
		_ = conn.Close()
		return
	}
	c.faults.dark = append(c.faults.dark, conn)
}

// Close ends the Conn with its websocket; nothing reaches the sink any more.
func (c *Conn) Close() {
	c.mu.Lock()
	if c.ended == "" {
		c.stop(closed)
	}
	c.mu.Unlock()
	c.faults.mu.Lock()
	defer c.faults.mu.Unlock()
	delete(c.faults.conns, c.number)
}
