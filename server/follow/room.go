package follow

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/rocketline/rocketline/internal/roomlog"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

// Ending is why a room's log ended.
type Ending int

// The endings.
const (
	Running   Ending = iota
	Closed           // the conversation is over
	RightLost        // the visitor may not read the room any longer
	Stopped          // this process follows it no longer: it ends itself, or cannot and does not know why
)

// feed is what a room needs of a *rocketchat.Feed.
type feed interface {
	Err() error
	Close()
}

// room follows one room: the feed's events, and the answers to questions, go into the log, and readers read it. It has no goroutine while
// nothing happens: whoever has something to do for it takes the turn.
type room struct {
	id      string
	epoch   Epoch
	token   rocketchat.Secret
	o       *Options
	log     *roomlog.Log[*entry]
	ctx     context.Context // ends the following
	cancel  context.CancelFunc
	reading chan struct{} // the hub's: as many may read at a time as fit into it
	ready   chan struct{} // closed when the first reading is done, or has failed
	failure error         // set before ready is closed, if it has failed
	leave   func()        // called once, when nothing is done for the room any more

	// Of the hub, guarded by its lock.
	readers int
	over    bool        // leave was called
	idle    *time.Timer // nil while there are readers

	turn      chan struct{} // holds a token while somebody has the turn, and with it what follows
	feed      *link
	finished  bool
	questions questions
	recheck   *time.Timer

	mu     sync.Mutex // state and the log move together under it
	state  state
	hungry int  // readers who wait for more history than is kept
	broken bool // frames are being lost
	ending Ending
}

// link is a feed that the room has, or is about to have.
type link struct {
	feed  feed
	given chan struct{} // closed when the link is given up before it is the room's
}

func newRoom(ctx context.Context, known rocketchat.Room, token rocketchat.Secret, o *Options, budget *roomlog.Budget, reading chan struct{}) *room {
	r := &room{
		id: known.ID, epoch: newEpoch(), token: token, o: o, reading: reading,
		log: roomlog.New(roomlog.Options[*entry]{
			Events: o.RingEvents, Bytes: o.RingBytes, Size: (*entry).size, Budget: budget,
		}),
		ready: make(chan struct{}), turn: make(chan struct{}, 1),
	}
	r.ctx, r.cancel = context.WithCancel(ctx)
	r.questions.room = r
	r.state.room = known
	r.state.audience = convert.Audience{AgentsHidden: true} // until the settings are known
	return r
}

// begin follows the room, from its first reading on, until ctx ends, the room closes, or the right to it is lost.
func (r *room) begin() {
	r.take()
	defer r.give()
	var err error
	r.feed, err = r.subscribe(r.ctx, atBegin)
	r.failure = err
	close(r.ready)
	if r.feed == nil {
		r.finish()
		return
	}
	r.recheck = time.AfterFunc(r.nextRecheck(), r.audit)
}

// take takes the turn, and give gives it back. While a turn lasts, what the feed tells waits.
func (r *room) take() { r.turn <- struct{}{} }

func (r *room) give() {
	if r.ended() {
		r.cancel() // the feed ends, and with it everything
	}
	<-r.turn
}

// finish ends everything. It has the turn.
func (r *room) finish() {
	r.finished = true
	r.cancel()
	r.questions.stop()
	if r.recheck != nil {
		r.recheck.Stop()
	}
	r.log.End()
	r.leave()
}

// hear takes one event of a feed.
func (r *room) hear(l *link, ev rocketchat.Event) {
	select {
	case r.turn <- struct{}{}:
		defer r.give()
	case <-l.given: // whoever has the turn waits for us
		return
	case <-r.ctx.Done():
		return
	}
	if r.feed != l || r.ctx.Err() != nil || r.ended() {
		return
	}
	switch ev.Kind {
	case rocketchat.EventBroken:
		r.o.Logger.DebugContext(r.ctx, "the connection to rocket.chat broke; the room will be read when it is back")
		r.setBroken(true)
	case rocketchat.EventVisitorChanged:
		r.questions.ask(byClock, 0)
	case rocketchat.EventRestored:
		// What the feed tells meanwhile waits.
		r.persist(r.ctx, func() error { return r.read(r.ctx, afterGap) })
		r.setBroken(false)
	default:
		switch r.apply(ev) {
		case puzzled:
			r.questions.ask(inDoubt, settle)
		case unsettled:
			r.questions.ask(inDoubt, reorder)
		case lastWord:
			r.persist(r.ctx, func() error { return r.read(r.ctx, atClose) })
		}
	}
}

// lost is told that a feed has ended. Either the room has, or the right is gone, the room is closed, or Rocket.Chat said no for a reason of its own.
func (r *room) lost(l *link) {
	r.take()
	defer r.give()
	if r.feed != l {
		return // it was given up before it was the room's
	}
	if r.ctx.Err() == nil && !r.ended() {
		r.o.Logger.WarnContext(r.ctx, "the feed of a room has ended; following it anew", slog.Any("error", l.feed.Err()))
		r.feed = r.again(r.ctx)
	} else {
		r.feed = nil
	}
	if r.feed == nil {
		r.finish()
	}
}

// apply turns one event of the feed into at most one entry of the log.
func (r *room) apply(ev rocketchat.Event) doubt {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ev.Kind == rocketchat.EventTyping {
		if r.state.typed(ev) {
			r.log.Wake()
		}
		return none
	}
	told, doubts := r.state.apply(ev)
	if told != nil {
		r.log.Append(told)
		r.shed()
		if ev.Kind == rocketchat.EventMessage {
			r.o.Meter.Behind(ev.At.Sub(ev.Message.UpdatedAt))
		}
	}
	return doubts
}

// shed bounds what the state holds, unless somebody waits for it, or nobody will read it again.
func (r *room) shed() {
	if r.hungry == 0 && r.ending == Running {
		r.state.shed()
	}
}

func (r *room) end(why Ending) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ending == Running {
		r.ending = why
	}
}

func (r *room) ended() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ending != Running
}

func (r *room) isOpen() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.state.room.Open
}

func (r *room) setBroken(broken bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = broken
}

func (r *room) isBroken() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.broken
}

// audit has the room read though nothing is known to be missing, unless that has been done lately.
func (r *room) audit() {
	r.take()
	defer r.give()
	if r.finished {
		return
	}
	r.recheck.Reset(r.nextRecheck())
	if !r.readSince(r.o.Recheck / 2) {
		r.questions.ask(byClock, 0)
	}
}

// nextRecheck is when audit is due: rooms are spread.
func (r *room) nextRecheck() time.Duration { return r.o.Recheck*3/4 + rand.N(r.o.Recheck/2) }

// readSince tells whether the room was read within a time.
func (r *room) readSince(d time.Duration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Since(r.state.readAt) < d
}
