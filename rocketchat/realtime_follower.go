package rocketchat

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

// follower keeps one room subscribed, across connections, until its context ends or the server refuses.
type follower struct {
	r      *realtime
	roomID string
	token  Secret
	socket *socket
	ctx    context.Context // ends the follower; its cause is why
	end    context.CancelCauseFunc
	out    *outbox
	ended  chan *ddp.Error // a confirmed subscription that the server took back; a new channel for each subscribe
	done   chan struct{}   // closed when nothing runs any more

	mu   sync.Mutex
	subs []string // ids on the current connection
}

func newFollower(ctx context.Context, r *realtime, token Secret, roomID string) *follower {
	f := &follower{r: r, roomID: roomID, token: token, done: make(chan struct{})}
	f.ctx, f.end = context.WithCancelCause(ctx)
	f.out = newOutbox(f.ctx)
	return f
}

// reason implements Feed.Err.
func (f *follower) reason() error {
	if cause := context.Cause(f.ctx); !errors.Is(cause, errFeedClosed) {
		return cause
	}
	return nil
}

// close implements Feed.Close.
func (f *follower) close() {
	f.end(errFeedClosed)
	<-f.done
}

// setUp makes the first connection and subscriptions, and does not try twice.
func (f *follower) setUp() (*ddp.Conn, error) {
	ctx, cancel := context.WithTimeout(f.ctx, f.r.timeout)
	defer cancel()
	conn, err := f.socket.connection(ctx, false)
	if err != nil {
		return nil, err
	}
	return conn, f.subscribe(conn)
}

// run follows the room until the follower ends. It closes the events after everything that was kept for the reader, unless the
// reader's own side ended.
func (f *follower) run(conn *ddp.Conn) {
	defer close(f.done)
	for f.ctx.Err() == nil {
		select {
		case <-f.ctx.Done():
		case refusal := <-f.ended:
			f.refuse(refused(refusal))
		case <-conn.Done():
			f.out.interrupt()
			conn = f.restore()
		case <-f.out.overflowed:
			f.unsubscribe(conn)
			conn = f.restore()
		}
	}
	f.out.stop()
	close(f.out.events)
	f.unsubscribe(conn)
	f.r.release(f)
}

// refuse ends the follower after its reader has taken what happened before.
func (f *follower) refuse(err error) {
	f.out.interrupt()
	if f.out.drained() {
		f.end(err)
	}
}

// restore subscribes again after a break, with patience. It begins when the reader has taken everything that happened before, so
// that a reader that has stopped costs no subscriptions and the backlog stays bounded.
func (f *follower) restore() *ddp.Conn {
	waits := redial{least: f.r.o.RedialMin, most: f.r.o.RedialMax}
	waits.next()
	for f.out.drained() {
		conn, err := f.socket.connection(f.ctx, true)
		if err == nil {
			err = f.subscribe(conn)
		}
		if err == nil {
			f.out.open(Event{Kind: EventRestored, At: time.Now()})
			return conn
		}
		var refusal *ddp.Error
		if errors.As(err, &refusal) && refused(refusal).Kind != KindUnavailable {
			f.end(refused(refusal))
		} else if conn != nil && conn.Err() == nil {
			_ = sleepWhile(f.ctx, conn, waits.next()) // a dead connection's socket keeps its own waits
		}
	}
	return nil
}

// subscribe makes every subscription of the room on conn: its messages first, because that is the one that shows whether the visitor
// may follow the room at all, then the rest together. After an error none is left.
func (f *follower) subscribe(conn *ddp.Conn) error {
	f.ended = make(chan *ddp.Error, 1)
	typing := f.r.typingKind(f.ctx)
	err := f.add(f.ctx, conn, streamMessages, f.roomID)
	if err == nil {
		rest, ctx := errgroup.WithContext(f.ctx)
		rest.Go(func() error { return f.add(ctx, conn, streamLivechat, f.roomID) })
		rest.Go(func() error { return f.add(ctx, conn, streamNotify, f.roomID+"/"+notifyDeleted) })
		rest.Go(func() error { return f.add(ctx, conn, streamNotify, f.roomID+"/"+typing) })
		err = rest.Wait()
	}
	if err != nil {
		f.unsubscribe(conn)
	}
	return err
}

// add makes one subscription. A server that is asked too often says how long to wait; add waits and asks again. Whatever paces
// subscriptions before the server complains belongs here too.
func (f *follower) add(ctx context.Context, conn *ddp.Conn, stream, event string) error {
	for {
		err := f.ask(ctx, conn, stream, event)
		var refusal *ddp.Error
		if !errors.As(err, &refusal) || refused(refusal).Kind != KindLimited {
			return err
		}
		f.r.log.Debug("realtime: subscriptions are limited", slog.String("stream", stream), slog.Duration("wait", refusal.TimeToReset))
		if err := sleepWhile(ctx, conn, max(refusal.TimeToReset, time.Second)); err != nil {
			return err
		}
	}
}

// ask sends both keys that streams look for the token under: visitorToken for messages and livechat-room, token for notify-room
// (6.5.3/ddp-visitor-subs).
func (f *follower) ask(ctx context.Context, conn *ddp.Conn, stream, event string) error {
	ctx, cancel := context.WithTimeout(ctx, f.r.timeout)
	defer cancel()
	token, ended := f.token.Reveal(), f.ended
	id, err := conn.Subscribe(ctx, ddp.Subscription{
		Name: stream,
		Params: []any{event, map[string]any{
			"useCollection": false,
			"args":          []any{map[string]string{"token": token, "visitorToken": token}},
		}},
		OnEnd: func(refusal *ddp.Error) {
			select {
			case ended <- refusal:
			default: // one is enough
			}
		},
	})
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.subs = append(f.subs, id)
	return nil
}

func (f *follower) unsubscribe(conn *ddp.Conn) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if conn != nil && conn.Err() == nil {
		for _, id := range f.subs {
			conn.Unsubscribe(id)
		}
	}
	f.subs = nil
}

// sleepWhile waits, but no longer than ctx and conn live.
func sleepWhile(ctx context.Context, conn *ddp.Conn, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-conn.Done():
		return conn.Err()
	}
}
