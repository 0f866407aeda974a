package convert

import (
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
)

// Event puts the body of an event into the shape of the stream. The cursor is the reader's and is set when it is sent.
func Event(roomID string, at time.Time, body Body) *livechatv1.SubscribeResponse {
	r := &livechatv1.SubscribeResponse{RoomId: roomID, EventTime: timestamp(at)}
	body(r)
	return r
}

// Body sets the one event of a response.
type Body func(*livechatv1.SubscribeResponse)

// Created tells a new message.
func Created(m *livechatv1.Message) Body {
	return func(r *livechatv1.SubscribeResponse) {
		r.Event = &livechatv1.SubscribeResponse_MessageCreated{MessageCreated: &livechatv1.MessageCreated{Message: m}}
	}
}

// Updated tells a changed message.
func Updated(m *livechatv1.Message) Body {
	return func(r *livechatv1.SubscribeResponse) {
		r.Event = &livechatv1.SubscribeResponse_MessageUpdated{MessageUpdated: &livechatv1.MessageUpdated{Message: m}}
	}
}

// Deleted tells that a message is gone.
func Deleted(messageID string) Body {
	return func(r *livechatv1.SubscribeResponse) {
		r.Event = &livechatv1.SubscribeResponse_MessageDeleted{MessageDeleted: &livechatv1.MessageDeleted{MessageId: messageID}}
	}
}

// Typing tells that somebody started or, with a zero expiry, stopped typing.
func (a Audience) Typing(who rocketchat.Author, expires time.Time) Body {
	return func(r *livechatv1.SubscribeResponse) {
		r.Event = &livechatv1.SubscribeResponse_Typing{Typing: &livechatv1.Typing{
			Author: a.Author(who), Typing: !expires.IsZero(), ExpiresAt: timestamp(expires),
		}}
	}
}

// AgentChanged tells who serves the room; nil is nobody.
func (a Audience) AgentChanged(g *rocketchat.Agent) Body {
	return func(r *livechatv1.SubscribeResponse) {
		r.Event = &livechatv1.SubscribeResponse_AgentChanged{AgentChanged: &livechatv1.AgentChanged{Agent: a.Agent(g)}}
	}
}

// AgentStatusChanged tells the serving agent's presence.
func AgentStatusChanged(status string) Body {
	return func(r *livechatv1.SubscribeResponse) {
		r.Event = &livechatv1.SubscribeResponse_AgentStatusChanged{
			AgentStatusChanged: &livechatv1.AgentStatusChanged{Presence: Presence(status)},
		}
	}
}

// QueueChanged tells the room's place in the waiting queue.
func QueueChanged(q *rocketchat.Queue) Body {
	return func(r *livechatv1.SubscribeResponse) {
		r.Event = &livechatv1.SubscribeResponse_QueueChanged{QueueChanged: &livechatv1.QueueChanged{Queue: Queue(q)}}
	}
}

// Reset tells a reader to drop what it knows of the room.
func Reset(cause livechatv1.ResetCause) Body {
	return func(r *livechatv1.SubscribeResponse) {
		r.Event = &livechatv1.SubscribeResponse_Reset_{Reset_: &livechatv1.Reset{Cause: cause}}
	}
}

// CaughtUp tells that everything before has been told.
func CaughtUp(olderPageToken string) Body {
	return func(r *livechatv1.SubscribeResponse) {
		r.Event = &livechatv1.SubscribeResponse_CaughtUp{CaughtUp: &livechatv1.CaughtUp{OlderPageToken: olderPageToken}}
	}
}

// systemEvents is how what the server notes in a room reads to a follower, one row a type (rest-visitor 2.4, realtime 10). A type that
// stands in no row is no event: command, uj and ul say in messages what agentData says in full, and of the rest visitors must see
// nothing.
var systemEvents = map[rocketchat.MessageType]func(Audience, rocketchat.Message) Body{
	rocketchat.TypeClosed:           closed,
	rocketchat.TypeTransferred:      transferred,
	rocketchat.TypeTransferFallback: transferred,
	rocketchat.TypeOnHold:           onHold,
	rocketchat.TypeResumed:          resumed,
}

// System converts what the server noted in a room; nil if it is nothing to tell.
func (a Audience) System(m rocketchat.Message) Body {
	if row, ok := systemEvents[m.Type]; ok {
		return row(a, m)
	}
	return nil
}

func closed(a Audience, m rocketchat.Message) Body {
	closed := &livechatv1.RoomClosed{Comment: m.Text}
	if m.Author != (rocketchat.Author{}) {
		closed.ClosedBy = a.Author(m.Author)
	}
	return func(r *livechatv1.SubscribeResponse) {
		r.Event = &livechatv1.SubscribeResponse_RoomClosed{RoomClosed: closed}
	}
}

// transferred leaves the comment out: it is for whoever takes over, and every audience so far is a visitor.
func transferred(a Audience, m rocketchat.Message) Body {
	return func(r *livechatv1.SubscribeResponse) {
		moved := &livechatv1.RoomTransferred{TransferredBy: a.Author(m.Author)}
		if t := m.Transfer; t != nil {
			moved.Scope = transferScopes[t.Scope]
			moved.TransferredBy = a.Author(t.By)
			moved.Agent = a.Agent(t.To)
			moved.DepartmentId = t.NextDepartmentID
			moved.DepartmentName = t.NextDepartmentName
			moved.PreviousDepartmentId = t.PreviousDepartment
		}
		r.Event = &livechatv1.SubscribeResponse_RoomTransferred{RoomTransferred: moved}
	}
}

var transferScopes = map[string]livechatv1.TransferScope{
	"agent":                              livechatv1.TransferScope_TRANSFER_SCOPE_AGENT,
	"autoTransferUnansweredChatsToAgent": livechatv1.TransferScope_TRANSFER_SCOPE_AGENT,
	"department":                         livechatv1.TransferScope_TRANSFER_SCOPE_DEPARTMENT,
	"queue":                              livechatv1.TransferScope_TRANSFER_SCOPE_QUEUE,
	"autoTransferUnansweredChatsToQueue": livechatv1.TransferScope_TRANSFER_SCOPE_QUEUE,
}

func onHold(a Audience, m rocketchat.Message) Body {
	return func(r *livechatv1.SubscribeResponse) {
		r.Event = &livechatv1.SubscribeResponse_RoomOnHold{RoomOnHold: &livechatv1.RoomOnHold{Author: a.Author(m.Author)}}
	}
}

func resumed(a Audience, m rocketchat.Message) Body {
	return func(r *livechatv1.SubscribeResponse) {
		r.Event = &livechatv1.SubscribeResponse_RoomResumed{RoomResumed: &livechatv1.RoomResumed{Author: a.Author(m.Author)}}
	}
}
