package follow

import (
	"slices"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
	"github.com/rocketline/rocketline/server/page"
)

// keep is how many messages a room's state holds at most; older ones leave it and stay in upstream's history.
const keep = 1000

// keepNoted is how many of the server's own documents are recognised when they are sent again.
const keepNoted = 64

// state is what is known of a room: what a reader that has read everything would know. It is moved by take, with documents, and by
// apply, with events, and says what that changed.
type state struct {
	audience convert.Audience
	room     rocketchat.Room
	messages []known // by time, oldest first
	complete bool    // messages begins with the room's first
	agent    *rocketchat.Agent
	closed   *livechatv1.SubscribeResponse
	noted    []string // ids of the newest documents that the server wrote itself
	typing   []typist
	typings  uint64
}

// known is one message of a room.
type known struct {
	document rocketchat.Message
	message  *livechatv1.Message
}

// learn takes what the configuration says about the workspace and the visitor's open room. Where livechat is switched off it says
// nothing about either.
func (s *state) learn(config rocketchat.LivechatConfig, roomID string) {
	if config.Enabled {
		s.audience = convert.Audience{AgentsHidden: config.Settings.AgentHidden}
	}
	if config.Visitor != nil {
		s.room.Visitor = *config.Visitor
		s.room.Open = s.room.Open && config.Room != nil
	}
	if config.Room == nil || config.Room.ID != roomID {
		return
	}
	s.agent = config.Agent
	if s.agent == nil {
		s.agent = config.Room.ServedBy
	}
}

// take moves the state by one document and returns what that means to a reader who knew everything before: nil for nothing.
func (s *state) take(d rocketchat.Message) convert.Body {
	d.AttributeTo(s.room.Visitor.ID)
	switch d.Type {
	case rocketchat.TypeChat:
		return s.upsert(d)
	case rocketchat.TypeDeleted:
		return s.remove(d.ID)
	}
	if slices.Contains(s.noted, d.ID) {
		return nil // it was sent again because something of it changed that is not told
	}
	s.noted = append(s.noted, d.ID)
	if len(s.noted) > keepNoted {
		s.noted = slices.Delete(s.noted, 0, 1)
	}
	body := s.audience.System(d)
	if d.Type == rocketchat.TypeClosed {
		s.closed = convert.Event(d.RoomID, d.CreatedAt, body)
	}
	return body
}

// upsert stores a message. A state that upstream has sent before, or that is older than the one known, changes nothing.
func (s *state) upsert(d rocketchat.Message) convert.Body {
	k := known{document: d, message: s.audience.Message(d)}
	if i := s.find(d.ID); i >= 0 {
		old := s.messages[i]
		if d.UpdatedAt.Before(old.document.UpdatedAt) {
			return nil
		}
		s.messages[i] = k
		if old.message.Version == k.message.Version {
			return nil
		}
		return convert.Updated(k.message)
	}
	if s.isBeforeWindow(d) {
		return convert.Updated(k.message) // it was told long ago, or stands in older pages
	}
	i := len(s.messages)
	for i > 0 && d.CreatedAt.Before(s.messages[i-1].document.CreatedAt) {
		i--
	}
	s.messages = slices.Insert(s.messages, i, k)
	if len(s.messages) > keep {
		s.messages = slices.Delete(s.messages, 0, 1)
		s.complete = false
	}
	return convert.Created(k.message)
}

func (s *state) remove(id string) convert.Body {
	i := s.find(id)
	switch {
	case i >= 0:
		s.messages = slices.Delete(s.messages, i, i+1)
	case s.complete:
		return nil // it was never there
	}
	return convert.Deleted(id)
}

func (s *state) isBeforeWindow(d rocketchat.Message) bool {
	return len(s.messages) > 0 && !s.complete && d.CreatedAt.Before(s.messages[0].document.CreatedAt)
}

// isNew tells whether a document is told as what happened when it was created, and not as a change of what is older.
func (s *state) isNew(d rocketchat.Message) bool {
	switch d.Type {
	case rocketchat.TypeChat:
		return s.find(d.ID) < 0 && !s.isBeforeWindow(d)
	case rocketchat.TypeDeleted:
		return false
	}
	return true
}

// find returns the place of a message, or -1. Most questions are about the newest.
func (s *state) find(id string) int {
	for i := len(s.messages) - 1; i >= 0; i-- {
		if s.messages[i].document.ID == id {
			return i
		}
	}
	return -1
}

// apply moves the state by one event of the feed and returns the entry of the log that tells it; nil for nothing.
func (s *state) apply(ev rocketchat.Event) *livechatv1.SubscribeResponse {
	var body convert.Body
	at := ev.At
	switch ev.Kind {
	case rocketchat.EventMessage:
		if s.isNew(ev.Message) {
			at = ev.Message.CreatedAt
		}
		body = s.take(ev.Message)
	case rocketchat.EventMessageDeleted:
		body = s.remove(ev.MessageID)
	case rocketchat.EventAgent:
		body = s.serve(ev.Agent)
	case rocketchat.EventAgentStatus:
		body = s.presence(ev.Status)
	case rocketchat.EventQueue:
		body = convert.QueueChanged(ev.Queue)
	}
	if body == nil {
		return nil
	}
	return convert.Event(s.room.ID, at, body)
}

// serve notes who serves the room. Upstream repeats itself; only another agent, or another presence of the same, is news.
func (s *state) serve(agent *rocketchat.Agent) convert.Body {
	old := s.agent
	s.agent = agent
	switch {
	case old == nil && agent == nil:
		return nil
	case old == nil || agent == nil || old.ID != agent.ID || old.Hidden != agent.Hidden:
		return s.audience.AgentChanged(agent)
	case old.Status != agent.Status:
		return convert.AgentStatusChanged(agent.Status)
	}
	return nil
}

// presence notes how the serving agent is. Upstream names no agent with it.
func (s *state) presence(status string) convert.Body {
	if s.agent == nil || s.agent.Status == status {
		return nil
	}
	agent := *s.agent
	agent.Status = status
	s.agent = &agent
	return convert.AgentStatusChanged(status)
}

// snapshot tells the room as it is: its newest messages, who serves it, and whether it is closed.
func (s *state) snapshot(history int) []*livechatv1.SubscribeResponse {
	var told []*livechatv1.SubscribeResponse
	tell := func(at time.Time, body convert.Body) {
		r := convert.Event(s.room.ID, at, body)
		r.Replayed = true
		told = append(told, r)
	}
	from := max(0, len(s.messages)-history)
	for _, k := range s.messages[from:] {
		tell(k.document.CreatedAt, convert.Created(k.message))
	}
	if s.agent != nil {
		tell(time.Now(), s.audience.AgentChanged(s.agent))
	}
	if s.closed != nil {
		r := convert.Event(s.room.ID, s.closed.GetEventTime().AsTime(), func(r *livechatv1.SubscribeResponse) { r.Event = s.closed.Event })
		r.Replayed = true
		told = append(told, r)
	}
	return append(told, convert.Event(s.room.ID, time.Now(), convert.CaughtUp(s.older(from))))
}

// resetTo is a reset and the snapshot behind it.
func (s *state) resetTo(cause livechatv1.ResetCause, history int) []*livechatv1.SubscribeResponse {
	reset := convert.Event(s.room.ID, time.Now(), convert.Reset(cause))
	return append([]*livechatv1.SubscribeResponse{reset}, s.snapshot(history)...)
}

// older is the page token that leads to what stands before the message at place from.
func (s *state) older(from int) string {
	if from == 0 && s.complete || len(s.messages) == 0 {
		return ""
	}
	if from == len(s.messages) {
		return page.Backward{UpTo: s.messages[from-1].document.CreatedAt}.String(s.room.ID)
	}
	var told []rocketchat.Message // newest first, as upstream pages
	for i := len(s.messages) - 1; i >= from; i-- {
		told = append(told, s.messages[i].document)
	}
	return page.Older(told).String(s.room.ID)
}
