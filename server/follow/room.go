package follow

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

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

// errUnexplained says that Rocket.Chat refuses to let a room be followed that REST shows to the same visitor as open.
var errUnexplained error = &rocketchat.Error{Op: "follow room", Kind: rocketchat.KindUnavailable}

// feed is what a room needs of a *rocketchat.Feed.
type feed interface {
	Events() <-chan rocketchat.Event
	Err() error
	Close()
}

// room follows one room: run feeds the log, readers read it.
type room struct {
	id      string
	epoch   Epoch
	token   rocketchat.Secret
	o       Options
	log     *roomlog.Log[*entry]
	cancel  context.CancelFunc
	reading chan struct{} // the hub's: as many may read at a time as fit into it
	ready   chan struct{} // closed when the first reading is done, or has failed
	failure error         // set before ready is closed, if it has failed
	poke    chan struct{} // holds a token when somebody wants the room to be read

	// Of the hub, guarded by its lock.
	readers int
	over    bool        // run has ended
	idle    *time.Timer // nil while there are readers

	mu     sync.Mutex // state and the log move together under it
	state  state
	hungry int  // readers who wait for more history than is kept
	prompt bool // the room is to be read now
	broken bool // frames are being lost
	ending Ending
}

func newRoom(known rocketchat.Room, token rocketchat.Secret, o Options, budget *roomlog.Budget, reading chan struct{}, cancel context.CancelFunc) *room {
	r := &room{
		id: known.ID, epoch: newEpoch(), token: token, o: o, reading: reading, cancel: cancel,
		log: roomlog.New(roomlog.Options[*entry]{
			Events: o.RingEvents, Bytes: o.RingBytes, Size: (*entry).size, Budget: budget,
		}),
		ready: make(chan struct{}), poke: make(chan struct{}, 1),
	}
	r.state.room = known
	r.state.audience = convert.Audience{AgentsHidden: true} // until the settings are known
	return r
}

// run follows the room until ctx ends, the room closes, or the right to it is lost.
func (r *room) run(ctx context.Context) {
	defer r.log.End()
	from, err := r.begin(ctx, atBegin)
	r.failure = err
	close(r.ready)
	for from != nil {
		if !r.ended() {
			r.pump(ctx, from)
		}
		from.Close()
		if ctx.Err() != nil || r.ended() {
			return
		}
		// The feed ended of itself: the right is gone, the room is closed, or Rocket.Chat said no for a reason of its own.
		r.o.Logger.WarnContext(ctx, "the feed of a room has ended; following it anew", slog.Any("error", from.Err()))
		from = r.again(ctx)
	}
}

// begin subscribes and then reads the room, so that nothing falls between. There is no feed of a closed room.
func (r *room) begin(ctx context.Context, why cause) (feed, error) {
	if !r.isOpen() {
		return nil, r.read(ctx, why)
	}
	from, err := r.o.follow(ctx, r.token, r.id)
	if refused(err) {
		return nil, r.explain(ctx, why)
	}
	if err != nil {
		return nil, err
	}
	if err := r.read(ctx, why); err != nil {
		from.Close()
		return nil, err
	}
	return from, nil
}

// explain finds out why the room cannot be followed. It is closed, most likely: from 6.3 on a closed room cannot be subscribed to.
func (r *room) explain(ctx context.Context, why cause) error {
	known, err := r.o.Upstream.Room(ctx, r.token, r.id)
	switch {
	case err != nil:
		return err
	case known.Open:
		return errUnexplained
	}
	r.mu.Lock()
	r.state.room = known
	r.mu.Unlock()
	return r.read(ctx, why)
}

// again follows the room after its feed has ended, with growing waits, until it can or must not be.
func (r *room) again(ctx context.Context) (from feed) {
	r.setBroken(true)
	r.persist(ctx, func() (err error) {
		from, err = r.begin(ctx, afterGap)
		return err
	})
	r.setBroken(false)
	return from
}

// pump turns the feed's events into the log's until the feed ends or the room does.
func (r *room) pump(ctx context.Context, from feed) {
	defer r.setBroken(false)
	rechecks := time.NewTimer(r.nextRecheck())
	defer rechecks.Stop()
	questions := newQuestions(r.o.RetryMin, r.o.RetryMax)
	defer questions.stop()
	for ctx.Err() == nil && !r.ended() {
		select {
		case ev, ok := <-from.Events():
			if !ok {
				return
			}
			r.hear(ctx, ev, questions)
		case <-r.poke:
			questions.ask(r.asked(), 0)
		case <-rechecks.C:
			rechecks.Reset(r.nextRecheck())
			if !r.readSince(r.o.Recheck / 2) {
				questions.ask(byClock, 0)
			}
		case <-questions.due():
			questions.answered(r.try(ctx, questions.why))
		case <-ctx.Done():
		}
	}
}

// hear takes one event of the feed.
func (r *room) hear(ctx context.Context, ev rocketchat.Event, questions *questions) {
	switch ev.Kind {
	case rocketchat.EventBroken:
		r.o.Logger.DebugContext(ctx, "the connection to rocket.chat broke; the room will be read when it is back")
		r.setBroken(true)
	case rocketchat.EventVisitorChanged:
		questions.ask(byClock, 0)
	case rocketchat.EventRestored:
		// What the feed tells meanwhile waits in its buffer.
		r.persist(ctx, func() error { return r.read(ctx, afterGap) })
		r.setBroken(false)
		questions.drop()
	default:
		switch r.apply(ev) {
		case puzzled:
			questions.ask(inDoubt, settle)
		case unsettled:
			questions.ask(inDoubt, reorder)
		case lastWord:
			r.persist(ctx, func() error { return r.read(ctx, atClose) })
		}
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

// try reads the room once.
func (r *room) try(ctx context.Context, why cause) error {
	err := r.read(ctx, why)
	if final(err) {
		r.end(endingFor(err))
		return nil
	}
	return err
}

// persist repeats do, with growing waits, until it succeeds, ctx ends, or the room has to end: readers are not kept waiting for what
// will not come.
func (r *room) persist(ctx context.Context, do func() error) {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.MaxInterval = r.o.RetryMin, r.o.RetryMax
	_, _ = backoff.Retry(ctx, func() (struct{}, error) {
		err := do()
		if final(err) {
			r.end(endingFor(err))
			return struct{}{}, nil
		}
		if wait := retryAfter(err); wait > 0 {
			return struct{}{}, &backoff.RetryAfterError{Duration: wait}
		}
		return struct{}{}, err
	}, backoff.WithBackOff(waits), backoff.WithMaxElapsedTime(0), backoff.WithNotify(func(err error, wait time.Duration) {
		r.o.Logger.DebugContext(ctx, "cannot read a room after a break; trying again", slog.Any("error", err), slog.Duration("wait", wait))
	}))
}

// lost are the refusals that mean that the visitor may not read the room, or is none. Upstream refuses for passing reasons too: a
// database that blinks while it restarts is a refusal without a code.
var lost = []string{rocketchat.CodeInvalidToken, rocketchat.CodeInvalidRoom, rocketchat.CodeNotAllowed}

func rightLost(err error) bool {
	var e *rocketchat.Error
	return errors.As(err, &e) && e.Kind == rocketchat.KindRefused && slices.Contains(lost, e.Code)
}

// final tells whether trying again cannot help.
func final(err error) bool { return rightLost(err) || errors.Is(err, errUnexplained) }

func endingFor(err error) Ending {
	if rightLost(err) {
		return RightLost
	}
	return Stopped
}

// refused tells whether upstream said no, as against not answering.
func refused(err error) bool {
	var e *rocketchat.Error
	return errors.As(err, &e) && e.Kind == rocketchat.KindRefused
}

// retryAfter is how long upstream wants not to be asked; 0 if it does not say.
func retryAfter(err error) time.Duration {
	var e *rocketchat.Error
	if errors.As(err, &e) && e.Kind == rocketchat.KindLimited {
		return e.RetryAfter
	}
	return 0
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

// nextRecheck is when the room is read next, though nothing is known to be missing: rooms are spread.
func (r *room) nextRecheck() time.Duration {
	return r.o.Recheck*3/4 + rand.N(r.o.Recheck/2)
}

// readSince tells whether the room was read within a time.
func (r *room) readSince(d time.Duration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return time.Since(r.state.readAt) < d
}

// prove has the room read now: whether it is still the visitor's.
func (r *room) prove() {
	r.mu.Lock()
	r.prompt = true
	r.mu.Unlock()
	r.nudge()
}

func (r *room) nudge() {
	select {
	case r.poke <- struct{}{}:
	default:
	}
}

// asked tells why the room was poked.
func (r *room) asked() cause {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.prompt {
		r.prompt = false
		return byClock
	}
	return onRequest
}
