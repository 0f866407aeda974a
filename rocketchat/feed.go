package rocketchat

import (
	"context"
	"errors"
	"time"
)

// EventKind tells what an Event of a Feed is about.
type EventKind int

// The kinds of event.
const (
	// EventMessage: a message was written, edited, or noted by the server. Rocket.Chat re-sends a message whenever anything of it
	// changes, visible or not: take it as an upsert by Message.ID, and never count.
	EventMessage EventKind = iota + 1
	// EventMessageDeleted: the message MessageID is gone.
	EventMessageDeleted
	// EventTyping: Username started (Active) or stopped typing. A start is to be forgotten after 15 s without another.
	EventTyping
	// EventAgent: Agent serves the room now; nil means nobody does.
	EventAgent
	// EventAgentStatus: the serving agent's presence is Status.
	EventAgentStatus
	// EventQueue: the room's place in the waiting queue is Queue (enterprise only).
	EventQueue
	// EventBroken: the connection was lost, or the reader fell too far behind. Whatever happens from here to EventRestored is not
	// told, and never will be.
	EventBroken
	// EventRestored: every subscription is confirmed, on a new connection if it was the connection that broke. Whatever happens from here
	// on is told.
	EventRestored
	// EventVisitorChanged: another visitor has the room now. No more than that it happened is told: whoever follows the room proves its
	// right to it anew.
	EventVisitorChanged
)

// Event is one thing that a Feed tells, in the order of arrival within one stream.
type Event struct {
	Kind      EventKind
	At        time.Time // when it was received, local clock
	Message   Message
	MessageID string
	Username  string
	Active    bool
	Agent     *Agent
	Status    string
	Queue     *Queue
}

// Feed is a running subscription to one room, made by Client.Follow. Feeds of one room with the same token share what is asked of the
// server; none of them is told anything twice for that, and each may end alone.
type Feed struct {
	room *room
	ctx  context.Context // ends the feed; its cause is why
	end  context.CancelCauseFunc
	out  *outbox
	done chan struct{} // closed when nothing runs any more

	ended func() // of FollowFunc; may be nil
}

func newFeed(ctx context.Context, each func(Event), ended func()) *Feed {
	f := &Feed{done: make(chan struct{}), ended: ended}
	f.ctx, f.end = context.WithCancelCause(ctx)
	f.out = newOutbox(f, each)
	return f
}

// Events returns the channel of events, nil for a feed of FollowFunc. It is closed when the feed ends; Err then says why. A reader that falls too far behind
// loses nothing in silence: what was kept for it (512 events) is still told, then EventBroken, and when it has read that the
// feed starts over and tells EventRestored.
func (f *Feed) Events() <-chan Event { return f.out.events }

// Err tells why the feed ended: nil while it runs and after Close, the context's error when that ended, and otherwise an *Error.
// KindRefused with CodeNotAllowed means that the server no longer lets this visitor follow the room. From 6.3 on that is the usual
// answer for a room that was closed in the meantime (6.5.3/ddp-visitor-subs); who needs to know asks REST.
func (f *Feed) Err() error {
	if cause := context.Cause(f.ctx); !errors.Is(cause, errFeedClosed) {
		return cause
	}
	return nil
}

// Close ends the feed, drops what its reader has not taken, and waits until nothing of it runs any more. It may be called more
// than once.
func (f *Feed) Close() {
	f.end(errFeedClosed)
	<-f.done
}

// finish runs once the feed has ended.
func (f *Feed) finish() {
	r := f.room.r
	f.out.stop()
	r.leave(f)
	if f.out.events != nil {
		close(f.out.events)
	}
	close(f.done)
	r.running.Done()
	if f.ended != nil {
		f.ended()
	}
}
