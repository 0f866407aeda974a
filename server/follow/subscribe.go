package follow

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rocketline/rocketline/rocketchat"
)

// errUnexplained says that Rocket.Chat refuses to let a room be followed that REST shows to the same visitor as open.
var errUnexplained error = &rocketchat.Error{Op: "follow room", Kind: rocketchat.KindUnavailable}

// subscribe subscribes and then reads the room, so that nothing falls between. There is no feed of a closed room.
func (r *room) subscribe(ctx context.Context, why cause) (*link, error) {
	if !r.isOpen() {
		return nil, r.read(ctx, why)
	}
	l := &link{given: make(chan struct{})}
	var err error
	l.feed, err = r.o.follow(ctx, r.token, r.id, func(ev rocketchat.Event) { r.hear(l, ev) }, func() { r.lost(l) })
	if refused(err) {
		return nil, r.explain(ctx, why)
	}
	if err != nil {
		return nil, err
	}
	if err := r.read(ctx, why); err != nil {
		close(l.given)
		l.feed.Close()
		return nil, err
	}
	return l, nil
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
func (r *room) again(ctx context.Context) (l *link) {
	r.setBroken(true)
	defer r.setBroken(false)
	r.persist(ctx, func() (err error) {
		l, err = r.subscribe(ctx, afterGap)
		return err
	})
	return l
}

// try reads the room once.
func (r *room) try(why cause) error {
	err := r.read(r.ctx, why)
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

// theirs are the refusals that mean that the visitor may not read the room, or is none. Upstream refuses for passing reasons too: a
// database that blinks while it restarts is a refusal without a code.
var theirs = []string{rocketchat.CodeInvalidToken, rocketchat.CodeInvalidRoom, rocketchat.CodeNotAllowed}

func rightLost(err error) bool {
	var e *rocketchat.Error
	return errors.As(err, &e) && e.Kind == rocketchat.KindRefused && slices.Contains(theirs, e.Code)
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
