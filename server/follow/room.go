package follow

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/roomlog"
	"github.com/rocketline/rocketline/rocketchat"
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
	Stopped          // this process follows it no longer
)

// room follows one room: run feeds the log, readers read it.
type room struct {
	id      string
	epoch   [8]byte
	token   rocketchat.Secret
	o       Options
	log     *roomlog.Log[*livechatv1.SubscribeResponse]
	cancel  context.CancelFunc
	ready   chan struct{} // closed when the first reading is done, or has failed
	failure error         // set before ready is closed, if it has failed

	// Of the hub, guarded by its lock.
	readers int
	idle    *time.Timer

	mu     sync.Mutex // state and the log move together under it
	state  state
	ending Ending
}

func newRoom(known rocketchat.Room, token rocketchat.Secret, o Options, epoch [8]byte, cancel context.CancelFunc) *room {
	r := &room{
		id: known.ID, epoch: epoch, token: token, o: o, cancel: cancel,
		log:   roomlog.New[*livechatv1.SubscribeResponse](o.RingSize),
		ready: make(chan struct{}),
	}
	r.state.room = known
	return r
}

// run follows the room until ctx ends, the room closes, or the right to it is lost.
func (r *room) run(ctx context.Context) {
	defer r.log.End()
	feed, err := r.begin(ctx)
	if err != nil {
		r.failure = err
		close(r.ready)
		return
	}
	close(r.ready)
	for feed != nil {
		r.pump(ctx, feed)
		feed.Close()
		if ctx.Err() != nil || r.ended() {
			return
		}
		// The feed ended of itself: the right is gone, the room is closed, or Rocket.Chat said no for a reason of its own.
		r.o.Logger.WarnContext(ctx, "the feed of a room has ended; following it anew", slog.Any("error", feed.Err()))
		feed = r.again(ctx)
	}
}

// begin subscribes and reads the room for the first time. There is no feed of a closed room.
func (r *room) begin(ctx context.Context) (*rocketchat.Feed, error) {
	if !r.state.room.Open {
		return nil, r.read(ctx, livechatv1.ResetCause_RESET_CAUSE_UNSPECIFIED)
	}
	feed, err := r.o.Upstream.Follow(ctx, r.token, r.id)
	if refused(err) {
		// Closed since the caller looked, most likely: from 6.3 on a closed room cannot be subscribed to. Reading tells.
		known, err := r.o.Upstream.Room(ctx, r.token, r.id)
		switch {
		case err != nil:
			return nil, err
		case known.Open:
			return nil, &rocketchat.Error{Op: "follow room", Kind: rocketchat.KindUnavailable}
		}
		r.state.room = known
		return nil, r.read(ctx, livechatv1.ResetCause_RESET_CAUSE_UNSPECIFIED)
	}
	if err != nil {
		return nil, err
	}
	if err := r.read(ctx, livechatv1.ResetCause_RESET_CAUSE_UNSPECIFIED); err != nil {
		feed.Close()
		return nil, err
	}
	return feed, nil
}

// again follows the room after its feed has ended, with growing waits, until it can or must not be.
func (r *room) again(ctx context.Context) *rocketchat.Feed {
	var feed *rocketchat.Feed
	r.persist(ctx, func() error {
		known, err := r.o.Upstream.Room(ctx, r.token, r.id)
		switch {
		case refused(err):
			r.end(RightLost)
			return nil
		case err != nil:
			return err
		case !known.Open:
			r.setRoom(known)
			return r.read(ctx, livechatv1.ResetCause_RESET_CAUSE_UPSTREAM_BREAK)
		}
		f, err := r.o.Upstream.Follow(ctx, r.token, r.id)
		if err != nil {
			return err
		}
		if err := r.read(ctx, livechatv1.ResetCause_RESET_CAUSE_UPSTREAM_BREAK); err != nil {
			f.Close()
			return err
		}
		feed = f
		return nil
	})
	return feed
}

// pump turns the feed's events into the log's until the feed ends or the room does.
func (r *room) pump(ctx context.Context, feed *rocketchat.Feed) {
	for ev := range feed.Events() {
		switch ev.Kind {
		case rocketchat.EventBroken:
			r.o.Logger.WarnContext(ctx, "the connection to rocket.chat broke; the room's readers will be reset")
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

// persist repeats do, with growing waits, until it succeeds or ctx ends. Visitors who lost the right are not kept waiting.
func (r *room) persist(ctx context.Context, do func() error) {
	waits := backoff.NewExponentialBackOff()
	waits.InitialInterval, waits.MaxInterval = r.o.RetryMin, r.o.RetryMax
	_, _ = backoff.Retry(ctx, func() (struct{}, error) {
		err := do()
		if refused(err) {
			r.end(RightLost)
			err = nil
		}
		return struct{}{}, err
	}, backoff.WithBackOff(waits), backoff.WithMaxElapsedTime(0), backoff.WithNotify(func(err error, wait time.Duration) {
		r.o.Logger.WarnContext(ctx, "cannot read a room after a break; trying again", slog.Any("error", err), slog.Duration("wait", wait))
	}))
}

// refused tells whether upstream said no, as against not answering.
func refused(err error) bool {
	var e *rocketchat.Error
	return errors.As(err, &e) && e.Kind == rocketchat.KindRefused
}

func (r *room) setRoom(known rocketchat.Room) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.room = known
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
