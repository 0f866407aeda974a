package rocketchat

import (
	"context"
	"sync"
	"time"
)

// backlog is how many events are kept for a reader that is busy.
const backlog = 512

// outbox stands between a connection, which must never wait, and a feed's reader, which may. It takes events only while the feed
// is live, that is from open to interrupt; so nothing stands between EventBroken and EventRestored.
type outbox struct {
	events     chan Event    // closed by the follower
	overflowed chan struct{} // holds a token when the reader fell behind
	ctx        context.Context
	sending    sync.WaitGroup

	mu    sync.Mutex
	live  bool
	queue []Event
	// idle is closed while nothing waits for the reader. A goroutine sends while it is open, and only then: a room in silence
	// costs none.
	idle chan struct{}
}

func newOutbox(ctx context.Context) *outbox {
	idle := make(chan struct{})
	close(idle)
	return &outbox{events: make(chan Event), overflowed: make(chan struct{}, 1), ctx: ctx, idle: idle}
}

// open makes the feed live, telling first what is given.
func (o *outbox) open(first ...Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	select {
	case <-o.overflowed: // of the time before
	default:
	}
	o.live = true
	for _, e := range first {
		o.add(e)
	}
}

// put adds an event; when there is no place for it the feed is broken instead.
func (o *outbox) put(e Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case !o.live:
	case len(o.queue) < backlog:
		o.add(e)
	default:
		o.breakOff()
		o.overflowed <- struct{}{}
	}
}

// interrupt ends the live time, if it has not ended yet, and tells EventBroken.
func (o *outbox) interrupt() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.live {
		o.breakOff()
	}
}

// breakOff needs mu.
func (o *outbox) breakOff() {
	o.live = false
	o.add(Event{Kind: EventBroken, At: time.Now()})
}

// add needs mu.
func (o *outbox) add(e Event) {
	o.queue = append(o.queue, e)
	select {
	case <-o.idle:
		o.idle = make(chan struct{})
		o.sending.Go(o.send)
	default:
	}
}

// send hands events to the reader until none is left or the feed has ended.
func (o *outbox) send() {
	for {
		o.mu.Lock()
		if len(o.queue) == 0 {
			o.queue = nil
			close(o.idle)
			o.mu.Unlock()
			return
		}
		next := o.queue[0]
		o.queue[0] = Event{}
		o.queue = o.queue[1:]
		o.mu.Unlock()
		select {
		case o.events <- next:
		case <-o.ctx.Done():
			return
		}
	}
}

// drained waits until the reader has taken everything; false means that the feed ended first.
func (o *outbox) drained() bool {
	o.mu.Lock()
	idle := o.idle
	o.mu.Unlock()
	select {
	case <-idle:
		return o.ctx.Err() == nil
	case <-o.ctx.Done():
		return false
	}
}

// stop takes nothing more and waits until nothing is sent any more. The feed must have ended.
func (o *outbox) stop() {
	o.mu.Lock()
	o.live = false
	o.mu.Unlock()
	o.sending.Wait()
}
