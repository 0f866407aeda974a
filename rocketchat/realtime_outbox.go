package rocketchat

import (
	"context"
	"sync"
	"time"
)

// backlog is how many events are kept for a reader that is busy.
const backlog = 512

// phase is where an outbox is in its life.
type phase int

const (
	phaseNew    phase = iota // nothing was told yet; Follow waits
	phaseLive                // events are told
	phaseBroken              // EventBroken was told
	phaseOver                // nothing is told any more
)

// outbox stands between a connection, which must never wait, and a feed's reader, which may. It takes events only while the feed
// is live; so nothing stands between EventBroken and EventRestored. The latter waits until the reader has taken what was before, so that
// the backlog stays bounded.
type outbox struct {
	feed    *Feed
	events  chan Event  // closed by the feed; nil if there is each
	each    func(Event) // the reader, if it does not read from events
	sending sync.WaitGroup

	mu      sync.Mutex
	phase   phase
	started chan error // holds what became of the new feed; nil once that is told
	last    error      // ends the feed when the reader has taken everything
	queue   []Event
	busy    bool // a goroutine sends: only while something waits for the reader, so a room in silence costs none
}

func newOutbox(f *Feed, each func(Event)) *outbox {
	o := &outbox{feed: f, each: each, started: make(chan error, 1)}
	if each == nil {
		o.events = make(chan Event)
	}
	return o
}

// open makes a new feed live.
func (o *outbox) open() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.phase == phaseNew {
		o.phase = phaseLive
		o.start(nil)
	}
}

// fail tells that a new feed could not be made.
func (o *outbox) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.phase == phaseNew {
		o.phase = phaseOver
		o.start(err)
	}
}

// isNew tells whether Follow still waits.
func (o *outbox) isNew() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.phase == phaseNew
}

// start needs mu.
func (o *outbox) start(err error) {
	o.started <- err
	o.started = nil
}

// resume makes the feed live, or live again if its reader has taken everything that was before.
func (o *outbox) resume() {
	o.open()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.phase == phaseBroken && !o.busy && o.last == nil {
		o.phase = phaseLive
		o.add(Event{Kind: EventRestored, At: time.Now()})
	}
}

// put adds an event; when there is no place for it the feed is broken instead.
func (o *outbox) put(e Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case o.phase != phaseLive:
	case len(o.queue) < backlog:
		o.add(e)
	default:
		o.breakOff()
	}
}

// interrupt ends the live time, if it has not ended yet, and tells EventBroken.
func (o *outbox) interrupt() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.phase == phaseLive {
		o.breakOff()
	}
}

// finish ends the feed when its reader has taken everything.
func (o *outbox) finish(err error) {
	o.fail(err)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.last = err; !o.busy {
		o.feed.end(err)
	}
}

// breakOff needs mu.
func (o *outbox) breakOff() {
	o.phase = phaseBroken
	o.add(Event{Kind: EventBroken, At: time.Now()})
}

// add needs mu.
func (o *outbox) add(e Event) {
	o.queue = append(o.queue, e)
	if !o.busy {
		o.busy = true
		o.sending.Go(o.send)
	}
}

// send hands events to the reader until none is left or the feed has ended.
func (o *outbox) send() {
	for {
		next, ok := o.next()
		if !ok {
			return
		}
		if o.each != nil && o.feed.ctx.Err() == nil {
			o.each(next)
			continue
		}
		select {
		case o.events <- next:
		case <-o.feed.ctx.Done():
			return
		}
	}
}

// next takes the first event. When there is none, sending ends, and so does a break that was the reader's own.
func (o *outbox) next() (e Event, ok bool) {
	o.mu.Lock()
	if len(o.queue) > 0 {
		e, o.queue[0] = o.queue[0], Event{}
		o.queue = o.queue[1:]
		o.mu.Unlock()
		return e, true
	}
	o.queue, o.busy = nil, false
	broken, last := o.phase == phaseBroken, o.last
	o.mu.Unlock()
	switch {
	case last != nil:
		o.feed.end(last)
	case broken:
		o.feed.room.caughtUp(o.feed)
	}
	return e, false
}

// stop takes nothing more and waits until nothing is sent any more. The feed must have ended.
func (o *outbox) stop() {
	o.fail(context.Cause(o.feed.ctx))
	o.mu.Lock()
	o.phase = phaseOver
	o.mu.Unlock()
	o.sending.Wait()
}
