package model_test

import (
	"fmt"
	"maps"
	"time"

	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// resetHistory is how many messages follow a reset.
const resetHistory = 50

// view is what a reader knows of one room, made by following the contract to the letter and nothing else. It is changed by apply alone, on
// a copy, so that the reader can go back to any place that it had a cursor for.
type view struct {
	known   map[string]seen // by message id
	deleted map[string]int  // that were told to be gone, and on which connection
	agent   *livechatv1.Agent
	closed  *livechatv1.RoomClosed
	moves   int

	// Where the state begins: with the room's first message, with a message, or at a moment of the truth's clock, not before after and not
	// later than by.
	begun     bool
	whole     bool
	first     string
	after, by int

	limit    int       // of the first telling
	told     int       // in it, so far
	teller   int       // the connection that it began on
	clock    int       // the truth's, when the view was last vouched for
	stood    int       // the run of the service in whose log the reader stood then; 0 in the midst of what it is told at first
	inOrder  time.Time // of the newest message that was told first
	caughtUp bool      // once at least
}

// seen is a message as a reader was told of it.
type seen struct {
	value   value
	version string
	on      int // the connection on which it was told last
}

func newView() *view { return &view{known: map[string]seen{}, deleted: map[string]int{}} }

func (v *view) clone() *view {
	c := *v
	c.known, c.deleted = maps.Clone(v.known), maps.Clone(v.deleted)
	return &c
}

// moment is what the world knows when an event arrives.
type moment struct {
	clock int  // the truth's
	kept  bool // all since the reader's last event is in the ring
	gone  bool // the message that the event is about has been deleted
}

// apply moves the view by one event of its room, and answers what is wrong with it.
func (v *view) apply(ev *livechatv1.SubscribeResponse, on *connection, now moment) (problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if v.teller == 0 {
		v.teller, v.after, v.limit = on.number, on.clock, on.history
	}
	v.clock = now.clock
	caught := on.caught[ev.GetRoomId()]
	if live := ev.GetReset_() != nil || ev.GetCaughtUp() != nil || ev.GetTyping() != nil; !live && !caught && !ev.GetReplayed() {
		wrong("%s came before caught_up and is not replayed", kindOf(ev))
	}
	v.stood = 0
	if caught || ev.GetCaughtUp() != nil {
		v.stood = on.instance.number
	}
	if caught && (ev.GetReplayed() || ev.GetCaughtUp() != nil) { // it fell out of the ring
		on.refilled(ev.GetRoomId())
		if now.kept {
			wrong("%s came again, though all is in the ring", kindOf(ev))
		}
	}
	if v.closed != nil && (ev.GetMessageCreated() != nil || ev.GetMessageUpdated() != nil || ev.GetMessageDeleted() != nil) {
		wrong("%s came behind the close", kindOf(ev))
	}
	switch kind := ev.GetEvent().(type) {
	case *livechatv1.SubscribeResponse_MessageCreated:
		problems = append(problems, v.created(kind.MessageCreated.GetMessage(), on, now.gone)...)
	case *livechatv1.SubscribeResponse_MessageUpdated:
		m := kind.MessageUpdated.GetMessage()
		old, known := v.known[m.GetId()]
		switch {
		case v.deleted[m.GetId()] != 0:
			wrong("%s was edited after it was deleted", m.GetId())
		case known:
			if old.version == m.GetVersion() && old.on == on.number {
				wrong("%s was told to be edited and is as it was", m.GetId())
			}
			v.known[m.GetId()] = seen{valueOf(m), m.GetVersion(), on.number}
		case v.whole:
			wrong("%s was edited and never told to be there", m.GetId())
		}
	case *livechatv1.SubscribeResponse_MessageDeleted:
		id := kind.MessageDeleted.GetMessageId()
		if v.deleted[id] == on.number {
			wrong("%s was deleted twice", id)
		}
		delete(v.known, id)
		v.deleted[id] = on.number
	case *livechatv1.SubscribeResponse_AgentChanged:
		v.agent = kind.AgentChanged.GetAgent()
	case *livechatv1.SubscribeResponse_AgentStatusChanged:
		if v.agent == nil {
			wrong("nobody serves the room, and the agent is %v", kind.AgentStatusChanged.GetPresence())
			break
		}
		v.agent = proto.CloneOf(v.agent)
		v.agent.Presence = kind.AgentStatusChanged.GetPresence()
	case *livechatv1.SubscribeResponse_RoomTransferred:
		v.moves++
	case *livechatv1.SubscribeResponse_RoomClosed:
		if v.closed != nil {
			wrong("the room was closed twice")
		}
		v.closed = kind.RoomClosed
	case *livechatv1.SubscribeResponse_CaughtUp:
		v.begin(on, now.clock)
		v.caughtUp = true
	case *livechatv1.SubscribeResponse_Reset_:
		*v = *newView()
		v.teller, v.after, v.limit, v.clock = on.number, on.clock, resetHistory, now.clock
	}
	return problems
}

// created takes a message that is told to be new. One that is gone by then may come late: it was written and deleted in a gap, and the frame
// of its writing was held back by the reading.
func (v *view) created(m *livechatv1.Message, on *connection, gone bool) (problems []string) {
	old, known := v.known[m.GetId()]
	at := m.GetCreateTime().AsTime()
	switch {
	case v.deleted[m.GetId()] != 0:
		problems = append(problems, m.GetId()+" came back after it was deleted")
	case known && old.on == on.number:
		problems = append(problems, m.GetId()+" was told twice")
	case known:
		on.again++
		if old.version != m.GetVersion() {
			problems = append(problems, m.GetId()+" was told again as new, with another version")
		}
	case at.Before(v.inOrder) && !on.disorder && !gone:
		problems = append(problems, m.GetId()+" was told behind newer ones")
	}
	if at.After(v.inOrder) {
		v.inOrder = at
	}
	v.known[m.GetId()] = seen{valueOf(m), m.GetVersion(), on.number}
	if !v.begun {
		v.told++
		if v.first == "" {
			v.first = m.GetId()
		}
	}
	return problems
}

// begin settles where the state begins, when its first telling is over.
func (v *view) begin(on *connection, clock int) {
	if v.begun {
		return
	}
	v.begun, v.by = true, clock
	// A telling that was broken off and taken up again has said no more than where it began.
	if v.teller == on.number && v.told < v.limit {
		v.whole = true
	}
}

// covers tells whether a reader with this view must know of a message.
func (v *view) covers(r *room, m *message, sameMS bool) bool {
	switch {
	case !v.begun:
		return false
	case v.whole:
		return true
	case v.first != "":
		first := r.messages[v.first]
		if first == nil {
			return false
		}
		if sameMS {
			return m.at.UnixMilli() > first.at.UnixMilli()
		}
		return m.made > first.made
	}
	return m.made > v.by
}

func valueOf(m *livechatv1.Message) value {
	by := map[string][]string{}
	for _, r := range m.GetReactions() {
		by[r.GetEmoji()] = r.GetUsernames()
		if len(r.GetUsernames()) == 0 {
			by[r.GetEmoji()] = []string{fmt.Sprintf("%d", r.GetCount())}
		}
	}
	return value{m.GetText(), spelled(by)}
}

func agentName(a *livechatv1.Agent) string {
	switch {
	case a == nil:
		return ""
	case a.GetHidden():
		return "hidden"
	}
	return a.GetUsername() + " " + presences[a.GetPresence()]
}

// kindOf names an event as the contract does.
func kindOf(ev *livechatv1.SubscribeResponse) string {
	m := ev.ProtoReflect()
	if f := m.WhichOneof(m.Descriptor().Oneofs().ByName("event")); f != nil {
		return string(f.Name())
	}
	return "nothing"
}
