// Package convert turns what the adapter tells into the contract's messages, cut for who will read them.
package convert

import (
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
)

// Audience is who will read a message. The zero value is a visitor to whom agents are shown.
type Audience struct {
	// AgentsHidden: the workspace does not tell visitors who their agents are (agentHiddenInfo).
	AgentsHidden bool
}

// Visitor converts a visitor.
func Visitor(v rocketchat.Visitor) *livechatv1.Visitor {
	return &livechatv1.Visitor{
		Id:           v.ID,
		Username:     v.Username,
		Name:         v.Name,
		Email:        v.Email,
		Phone:        v.Phone,
		DepartmentId: v.Department,
		Status:       visitorStatuses[v.Status],
		CreateTime:   timestamp(v.CreatedAt),
		CustomFields: v.CustomFields,
	}
}

// VisitorStatus is a status in Rocket.Chat's words; empty for one that is unspecified.
func VisitorStatus(s livechatv1.VisitorStatus) string {
	for word, status := range visitorStatuses {
		if status == s {
			return word
		}
	}
	return ""
}

var visitorStatuses = map[string]livechatv1.VisitorStatus{
	"online":  livechatv1.VisitorStatus_VISITOR_STATUS_ONLINE,
	"away":    livechatv1.VisitorStatus_VISITOR_STATUS_AWAY,
	"busy":    livechatv1.VisitorStatus_VISITOR_STATUS_BUSY,
	"offline": livechatv1.VisitorStatus_VISITOR_STATUS_OFFLINE,
}

// Room converts a room.
func (a Audience) Room(r rocketchat.Room) *livechatv1.Room {
	room := &livechatv1.Room{
		Id:              r.ID,
		Open:            r.Open,
		ServedBy:        a.Agent(r.ServedBy),
		DepartmentId:    r.DepartmentID,
		OnHold:          r.OnHold,
		CreateTime:      timestamp(r.CreatedAt),
		CloseTime:       timestamp(r.ClosedAt),
		CloseComment:    r.CloseComment,
		VisitorId:       r.Visitor.ID,
		VisitorName:     r.Visitor.Name,
		LastMessageTime: timestamp(r.LastActiveAt),
		CallStatus:      r.CallStatus,
	}
	if r.Closer != (rocketchat.Author{}) {
		room.ClosedBy = a.Author(r.Closer)
	}
	return room
}

// Queue converts a place in the waiting queue; nil stays nil.
func Queue(q *rocketchat.Queue) *livechatv1.QueuePosition {
	if q == nil {
		return nil
	}
	place := &livechatv1.QueuePosition{Position: int32(q.Position), Text: q.Text}
	if q.EstimatedWait > 0 {
		place.EstimatedWait = durationpb.New(q.EstimatedWait)
	}
	return place
}

// Agent converts an agent; nil stays nil.
func (a Audience) Agent(g *rocketchat.Agent) *livechatv1.Agent {
	switch {
	case g == nil:
		return nil
	case g.Hidden || a.AgentsHidden:
		return &livechatv1.Agent{Hidden: true, Presence: Presence(g.Status)}
	}
	return &livechatv1.Agent{Id: g.ID, Username: g.Username, Name: g.Name, Presence: Presence(g.Status), Email: g.Email, Phone: g.Phone}
}

// Presence converts an agent's status; one that is not known is unspecified.
func Presence(status string) livechatv1.AgentPresence { return presences[status] }

var presences = map[string]livechatv1.AgentPresence{
	"online":  livechatv1.AgentPresence_AGENT_PRESENCE_ONLINE,
	"away":    livechatv1.AgentPresence_AGENT_PRESENCE_AWAY,
	"busy":    livechatv1.AgentPresence_AGENT_PRESENCE_BUSY,
	"offline": livechatv1.AgentPresence_AGENT_PRESENCE_OFFLINE,
}

// Author converts an author. Where agents are hidden, only the kind of an agent or bot is left.
func (a Audience) Author(w rocketchat.Author) *livechatv1.Author {
	kind := authorKinds[w.Kind]
	if a.hides(w.Kind) {
		return &livechatv1.Author{Kind: kind}
	}
	return &livechatv1.Author{Kind: kind, Id: w.ID, Username: w.Username, Name: w.Name}
}

// hides tells whether the audience must not learn who an author is. One of unknown kind may be an agent.
func (a Audience) hides(k rocketchat.AuthorKind) bool {
	return a.AgentsHidden && k != rocketchat.AuthorVisitor && k != rocketchat.AuthorSystem
}

var authorKinds = map[rocketchat.AuthorKind]livechatv1.AuthorKind{
	rocketchat.AuthorVisitor: livechatv1.AuthorKind_AUTHOR_KIND_VISITOR,
	rocketchat.AuthorAgent:   livechatv1.AuthorKind_AUTHOR_KIND_AGENT,
	rocketchat.AuthorBot:     livechatv1.AuthorKind_AUTHOR_KIND_BOT,
	rocketchat.AuthorSystem:  livechatv1.AuthorKind_AUTHOR_KIND_SYSTEM,
}

// timestamp converts a time; the zero time is unset. Rocket.Chat counts milliseconds, and so do we.
func timestamp(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t.Truncate(time.Millisecond))
}
