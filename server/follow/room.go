package follow

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/roomlog"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

// window is how many of a room's newest documents are read when its following begins and after a break: the most that a reader may
// ask for as history. It is one large page, because Rocket.Chat counts calls and sets no maximum (rest-visitor 6.5).
const window = 500

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
	epoch   [8]byte
	token   rocketchat.Secret
	o       Options
	log     *roomlog.Log[*livechatv1.SubscribeResponse]
	cancel  context.CancelFunc
	reading chan struct{} // the hub's: as many may read at a time as fit into it
	ready   chan struct{} // closed when the first reading is done, or has failed
	failure error         // set before ready is closed, if it has failed

	// Of the hub, guarded by its lock.
	readers int
	idle    *time.Timer // nil while there are readers

	mu     sync.Mutex // state and the log move together under it
	state  state
	reset  uint64 // the position behind the latest reset in the log; 0 if there was none
	ending Ending
}

func newRoom(known rocketchat.Room, token rocketchat.Secret, o Options, epoch [8]byte, reading chan struct{}, cancel context.CancelFunc) *room {
	r := &room{
		id: known.ID, epoch: epoch, token: token, o: o, reading: reading, cancel: cancel,
		log:   roomlog.New(roomlog.Options[*livechatv1.SubscribeResponse]{Events: o.RingSize}),
		ready: make(chan struct{}),
	}
	r.state.room = known
	r.state.audience = convert.Audience{AgentsHidden: true} // until the settings are known
	return r
}

// run follows the room until ctx ends, the room closes, or the right to it is lost.
func (r *room) run(ctx context.Context) {
	defer r.log.End()
	from, err := r.begin(ctx, livechatv1.ResetCause_RESET_CAUSE_UNSPECIFIED)
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

// begin subscribes and then reads the room, so that nothing falls between. There is no feed of a closed room. The cause is as read's.
func (r *room) begin(ctx context.Context, cause livechatv1.ResetCause) (feed, error) {
	if !r.state.room.Open {
		return nil, r.read(ctx, cause)
	}
	from, err := r.o.follow(ctx, r.token, r.id)
	if refused(err) {
		return nil, r.explain(ctx, cause)
	}
	if err != nil {
		return nil, err
	}
	if err := r.read(ctx, cause); err != nil {
		from.Close()
		return nil, err
	}
	return from, nil
}

// explain finds out why the room cannot be followed. It is closed, most likely: from 6.3 on a closed room cannot be subscribed to.
func (r *room) explain(ctx context.Context, cause livechatv1.ResetCause) error {
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
	return r.read(ctx, cause)
}

// again follows the room after its feed has ended, with growing waits, until it can or must not be.
func (r *room) again(ctx context.Context) (from feed) {
	r.persist(ctx, func() (err error) {
		from, err = r.begin(ctx, livechatv1.ResetCause_RESET_CAUSE_UPSTREAM_BREAK)
		return err
	})
	return from
}

// pump turns the feed's events into the log's until the feed ends or the room does.
func (r *room) pump(ctx context.Context, from feed) {
	for ev := range from.Events() {
		switch ev.Kind {
		case rocketchat.EventBroken:
			r.o.Logger.DebugContext(ctx, "the connection to rocket.chat broke; the room's readers will be reset")
		case rocketchat.EventRestored:
			// What the feed tells meanwhile waits in its buffer.
			r.persist(ctx, func() error { return r.read(ctx, livechatv1.ResetCause_RESET_CAUSE_UPSTREAM_BREAK) })
		default:
			r.apply(ev)
		}
		if ctx.Err() != nil || r.ended() {
			return
		}
	}
}

// persist repeats do, with growing waits, until it succeeds, ctx ends, or the room has to end: readers are not kept waiting for what
// will not come.
func (r *room) persist(ctx context.Context, do func() error) {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.MaxInterval = r.o.RetryMin, r.o.RetryMax
	_, _ = backoff.Retry(ctx, func() (struct{}, error) {
		err := do()
		switch {
		case rightLost(err):
			r.end(RightLost)
			err = nil
		case errors.Is(err, errUnexplained):
			r.end(Stopped)
			err = nil
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

// refused tells whether upstream said no, as against not answering.
func refused(err error) bool {
	var e *rocketchat.Error
	return errors.As(err, &e) && e.Kind == rocketchat.KindRefused
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
