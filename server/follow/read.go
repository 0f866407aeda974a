package follow

import (
	"context"
	"slices"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

// resetHistory is how many past messages follow a reset that all readers of a room get.
const resetHistory = 50

// read learns the room from REST: its newest messages, its agent, whether it is closed. With a cause, the readers' state may be wrong:
// they get a reset and the room as it is now.
func (r *room) read(ctx context.Context, cause livechatv1.ResetCause) error {
	// After a break all rooms want to be read at once; those that have to wait do so here, before any call's deadline begins.
	select {
	case r.reading <- struct{}{}:
		defer func() { <-r.reading }()
	case <-ctx.Done():
		return ctx.Err()
	}
	config, err := r.o.Upstream.Config(ctx, r.token, "")
	if err != nil {
		return err
	}
	documents, err := r.o.Upstream.History(ctx, r.token, rocketchat.HistoryQuery{RoomID: r.id, Limit: window})
	if err != nil {
		return err
	}

	r.mu.Lock()
	defer r.mu.Unlock()
	fresh := state{room: r.state.room, audience: r.state.audience, typing: r.state.typing, typings: r.state.typings}
	fresh.learn(config, r.id)
	fresh.complete = len(documents) < window
	for _, d := range slices.Backward(documents) { // oldest first
		fresh.take(d)
	}
	if !fresh.room.Open && fresh.closed == nil {
		// Closed, and the server keeps its closing message from visitors.
		closedAt := fresh.room.ClosedAt
		if closedAt.IsZero() {
			closedAt = time.Now()
		}
		fresh.closed = convert.Event(r.id, closedAt, fresh.audience.System(rocketchat.Message{
			Type: rocketchat.TypeClosed, Author: fresh.room.Closer, Text: fresh.room.CloseComment,
		}))
	}
	r.state = fresh
	if cause != livechatv1.ResetCause_RESET_CAUSE_UNSPECIFIED {
		r.reset = r.log.Head() + 1
		r.log.Append(r.state.resetTo(cause, resetHistory)...)
	}
	if r.state.closed != nil {
		r.ending = Closed
	}
	return nil
}

// apply turns one event of the feed into at most one entry of the log.
func (r *room) apply(ev rocketchat.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if ev.Kind == rocketchat.EventTyping {
		if r.state.typed(ev) {
			r.log.Wake()
		}
		return
	}
	entry := r.state.apply(ev)
	if entry == nil {
		return
	}
	r.log.Append(entry)
	if r.state.closed != nil {
		r.ending = Closed
	}
}
