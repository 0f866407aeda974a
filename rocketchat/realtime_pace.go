package rocketchat

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// What Rocket.Chat takes on one connection (realtime 7, measured on 6.5.3): 40 subs in 40 s for each name of a stream, 40 writes as well,
// and 600 in a minute of all together. Its windows are fixed and begin when they like, so no more than that may fall into any 40 s.
const (
	streamCalls = 40
	streamSpan  = 40 * time.Second
	allCalls    = 600
	allSpan     = time.Minute
	// paceMargin is added to both spans: the server's clock is not ours.
	paceMargin = time.Second
)

// writeTyping is what a pace knows the method by that writes typing; subs it knows by their stream.
const writeTyping = "method " + streamNotify

var errGone = errors.New("connection lost")

// subTo is what it knows a sub by.
func subTo(stream string) string { return "sub " + stream }

// pace keeps one connection within those limits. A call takes its place from when it is sent until a span after it was answered, so that the
// server, which counts it somewhere between, never counts one too many.
type pace struct {
	waiting *atomic.Int64 // those who wait for a place
	began   time.Time

	mu    sync.Mutex
	all   quota
	named map[string]*quota
	// promised is how many subs of their scarcest stream, stream-notify-room, rooms have yet to make that were told that they may.
	promised map[*room]int
	changed  chan struct{} // closed when a call ends while somebody waits for that; else nil
}

// quota is one limit.
type quota struct {
	limit   int
	span    time.Duration
	running int             // calls that are not answered yet
	ended   []time.Duration // when the others were, since the pace began; oldest first
	held    time.Duration   // no call before, because the server said so
	turn    chan struct{}   // full while somebody waits for a place: the others wait behind, in their order
}

func newPace(waiting *atomic.Int64) *pace {
	return &pace{waiting: waiting, began: time.Now(), all: newQuota(allCalls, allSpan), named: map[string]*quota{}, promised: map[*room]int{}}
}

func newQuota(limit int, span time.Duration) quota {
	return quota{limit: limit, span: span + paceMargin, turn: make(chan struct{}, 1)}
}

// quota needs mu.
func (p *pace) quota(name string) *quota {
	w := p.named[name]
	if w == nil {
		fresh := newQuota(streamCalls, streamSpan)
		w = &fresh
		p.named[name] = w
	}
	return w
}

// free is how many more calls the window takes at a time.
func (w *quota) free(now time.Duration) int {
	w.ended = slices.DeleteFunc(w.ended, func(at time.Duration) bool { return at+w.span <= now })
	if now < w.held {
		return 0
	}
	return w.limit - w.running - len(w.ended)
}

// next is how long it takes until the window has a place, as far as that is known; the end of a running call may be sooner.
func (w *quota) next(now time.Duration) (wait time.Duration, known bool) {
	if w.free(now) > 0 {
		return 0, true
	}
	until := w.held
	if w.limit-w.running-len(w.ended) <= 0 {
		if len(w.ended) == 0 {
			return 0, false
		}
		until = max(until, w.ended[0]+w.span)
	}
	return until - now, true
}

// promise keeps places for a room; release gives back what it has not taken.
func (p *pace) promise(m *room) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.promised[m] = roomSubs[streamNotify]
}

func (p *pace) release(m *room) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.promised, m)
}

// try takes a place if there is one, for a room or for nobody in particular. What is promised is for those who choose a connection, not
// for those who have one.
func (p *pace) try(name string, m *room) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	w, now := p.quota(name), time.Since(p.began)
	if w.free(now) <= 0 || p.all.free(now) <= 0 {
		return false
	}
	w.running++
	p.all.running++
	if name == subTo(streamNotify) && p.promised[m] > 0 {
		p.promised[m]--
	}
	return true
}

// take waits for a place, in order among those of the same name. gone ends the wait, too: the connection is no more.
func (p *pace) take(ctx context.Context, gone <-chan struct{}, name string, m *room) error {
	p.mu.Lock()
	w := p.quota(name)
	p.mu.Unlock()
	select {
	case w.turn <- struct{}{}:
	default:
		p.waiting.Add(1)
		defer p.waiting.Add(-1)
		select {
		case w.turn <- struct{}{}:
		case <-gone:
			return errGone
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	defer func() { <-w.turn }()
	if p.try(name, m) {
		return nil
	}
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	for !p.try(name, m) {
		wait, changed := p.wait(w)
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-changed:
		case <-gone:
			timer.Stop()
			return errGone
		case <-ctx.Done():
			timer.Stop()
			return context.Cause(ctx)
		}
		timer.Stop()
	}
	return nil
}

// wait is how long to wait for a place in w at most, and what ends the wait sooner.
func (p *pace) wait(w *quota) (time.Duration, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.changed == nil {
		p.changed = make(chan struct{})
	}
	now, longest := time.Since(p.began), time.Duration(0)
	for _, x := range []*quota{w, &p.all} {
		wait, known := x.next(now)
		if !known {
			wait = x.span
		}
		longest = max(longest, wait)
	}
	return longest, p.changed
}

// done ends a call that had its place: it was answered, or nobody waits for its answer any more.
func (p *pace) done(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Since(p.began)
	for _, w := range []*quota{p.quota(name), &p.all} {
		w.running--
		w.ended = append(w.ended, now)
	}
	p.wake()
}

// hold lets no call of that name begin for a while.
func (p *pace) hold(name string, d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.quota(name)
	w.held = max(w.held, time.Since(p.began)+d)
	p.wake()
}

// wake needs mu.
func (p *pace) wake() {
	if p.changed != nil {
		close(p.changed)
		p.changed = nil
	}
}

// rooms is how many more rooms may subscribe at once, and how long it takes at most until one may.
func (p *pace) rooms() (now int, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := time.Since(p.began)
	now = p.all.free(at) / kindCount
	for stream, subs := range roomSubs {
		w := p.quota(subTo(stream))
		free := w.free(at)
		if stream == streamNotify {
			for _, n := range p.promised {
				free -= n
			}
		}
		now = min(now, free/subs)
		until, known := w.next(at)
		if !known {
			until = w.span
		}
		wait = max(wait, until)
	}
	return now, wait
}
