package follow

import (
	"slices"
	"time"

	"github.com/rocketline/rocketline/internal/roomlog"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

// keep is how many documents a room's state holds at most; older ones leave it and stay in upstream's history.
const keep = 1000

// reorder is how far apart two frames of one stream may be and still have overtaken each other on their way through a deployment of several
// processes (realtime 13.32: some hundred milliseconds).
const reorder = 2 * time.Second

// state is what is known of a room: what a reader that has read everything would know. It is moved by apply, with events, and by merge, with
// what REST tells, and both say what that changed, as entries.
type state struct {
	audience  convert.Audience
	room      rocketchat.Room
	documents documents
	from      int64 // documents is whole from this millisecond on; 0: from the room's first
	known     bool  // the room has been read once
	agent     *rocketchat.Agent
	agentAt   time.Time // when a frame told of the agent last
	queue     *rocketchat.Queue
	// closing is the note of a close that has been heard of and not been told yet: what came before it may still be on its way.
	closing *rocketchat.Message
	closed  *entry // tells the close
	gone    graves
	readAt  time.Time               // when the latest reading of the room began: it has what happened before
	typing  *roomlog.Presence[bool] // who types, by name; nil until somebody does
}

// doubt says that an event cannot be understood by itself: Rocket.Chat has to be asked.
type doubt int

const (
	none      doubt = iota
	puzzled         // what was heard contradicts what is known
	unsettled       // what was heard may have been overtaken; nobody knows for some time
	lastWord        // the room was closed, and whatever came before that has to be told first
)

// apply moves the state by one event of the feed and returns what tells it; nil for nothing.
func (s *state) apply(ev rocketchat.Event) (*entry, doubt) {
	switch ev.Kind {
	case rocketchat.EventMessage:
		return s.take(ev.Message, ev.At)
	case rocketchat.EventMessageDeleted:
		if i := s.documents.find(ev.MessageID); i >= 0 && s.documents[i].again {
			return nil, puzzled // which of the two
		}
		return s.remove(ev.MessageID, 0, ev.At), none
	case rocketchat.EventAgent, rocketchat.EventAgentStatus:
		return s.hear(ev)
	case rocketchat.EventQueue:
		return s.wait(ev.Queue, ev.At), none
	}
	return nil, none
}

// take moves the state by one document.
func (s *state) take(d rocketchat.Message, heard time.Time) (*entry, doubt) {
	d.AttributeTo(s.room.Visitor.ID)
	switch d.Type {
	case rocketchat.TypeDeleted:
		return s.remove(d.ID, millis(d.UpdatedAt), heard), none
	case rocketchat.TypeClosed:
		if s.closed != nil || s.closing != nil {
			return nil, none
		}
		s.closing = &d
		return nil, lastWord
	}
	now := s.document(d)
	if now == nil {
		return nil, none
	}
	if died, ok := s.gone.find(d.ID); ok {
		if now.updated < died {
			return nil, none // an old frame
		}
		return nil, puzzled // it came before its own deletion, or the id is used again
	}
	i := s.documents.find(d.ID)
	switch {
	case i >= 0 && now.at != s.documents[i].at:
		return nil, puzzled // the id is used again
	case i >= 0:
		return s.change(i, now, d, heard), none
	case s.isBeforeWindow(now.at) && now.note:
		return nil, none // it was told long ago, and sent again because something of it changed that is not told
	case s.isBeforeWindow(now.at):
		// It was told long ago, or stands in older pages.
		return encode(s.room.ID, heard, convert.Updated(s.audience.Message(d)), effect{at: now.at, plus: now.sum, unknown: true}), none
	case heard.Before(s.readAt):
		return nil, puzzled // the reading should have it: it was deleted since, and that may have been told before we listened
	}
	s.documents = s.documents.with(now)
	s.trim()
	if !now.note {
		s.spoke(d.Author, heard)
	}
	return now.entry, none
}

// change puts a newer version of a document into its place. A version that upstream has sent before, or that is older than the one known,
// changes nothing.
func (s *state) change(i int, now *document, d rocketchat.Message, at time.Time) *entry {
	old := s.documents[i]
	if now.updated < old.updated {
		return nil
	}
	now.again = old.again
	s.documents[i] = now
	if now.sum == old.sum {
		return nil
	}
	return encode(s.room.ID, at, convert.Updated(s.audience.Message(d)), effect{at: now.at, plus: now.sum, minus: old.sum})
}

// remove takes a message out. updated is upstream's time of what was deleted, if it tells.
func (s *state) remove(id string, updated int64, at time.Time) *entry {
	i := s.documents.find(id)
	if i < 0 {
		_, known := s.gone.find(id)
		s.gone.add(id, updated)
		if known || s.from == 0 {
			return nil // it is gone already, or its writing has not been heard of
		}
		return encode(s.room.ID, at, convert.Deleted(id), effect{})
	}
	old := s.documents[i]
	if updated != 0 && updated < old.updated {
		return nil
	}
	s.documents = slices.Delete(s.documents, i, i+1)
	s.gone.add(id, max(old.updated, updated))
	if old.note {
		return &entry{effect: effect{at: old.at, minus: old.sum}}
	}
	return encode(s.room.ID, at, convert.Deleted(id), effect{at: old.at, minus: old.sum})
}

func (s *state) isBeforeWindow(at int64) bool { return at < s.from }

// hear takes a frame about the agent. Such frames have no time of their own: one that was received before the latest reading began is part of
// what that has found, and of two that come close together nobody knows which is the later.
func (s *state) hear(ev rocketchat.Event) (*entry, doubt) {
	if ev.At.Before(s.readAt) {
		return nil, none
	}
	together := ev.At.Sub(s.agentAt) < reorder
	s.agentAt = ev.At
	var e *entry
	if ev.Kind == rocketchat.EventAgentStatus {
		e = s.presence(ev.Status, ev.At)
	} else {
		e = s.serve(ev.Agent, ev.At)
	}
	if e != nil && together {
		return e, unsettled
	}
	return e, none
}

// serve notes who serves the room. Upstream repeats itself; only another agent, or another presence of the same, is news.
func (s *state) serve(agent *rocketchat.Agent, at time.Time) *entry {
	old := s.agent
	s.agent = agent
	if agent != nil {
		s.queue = nil // it waits no longer; if it does again, its place is news, the same one too
	}
	switch {
	case old == nil && agent == nil:
		return nil
	case old == nil || agent == nil || old.ID != agent.ID || old.Hidden != agent.Hidden:
		return encode(s.room.ID, at, s.audience.AgentChanged(agent), s.serving())
	case agent.Status == "": // not told, here
		known := *agent
		known.Status = old.Status
		s.agent = &known
	case old.Status != agent.Status:
		return encode(s.room.ID, at, convert.AgentStatusChanged(agent.Status), s.serving())
	}
	return nil
}

// presence notes how the serving agent is. Upstream names no agent with it.
func (s *state) presence(status string, at time.Time) *entry {
	if s.agent == nil || s.agent.Status == status {
		return nil
	}
	agent := *s.agent
	agent.Status = status
	s.agent = &agent
	return encode(s.room.ID, at, convert.AgentStatusChanged(status), s.serving())
}

// serving is the effect of being told who serves now.
func (s *state) serving() effect { return effect{serves: true, agent: s.agentDigest()} }

func (s *state) agentDigest() uint32 {
	if s.agent == nil {
		return 0
	}
	who := s.agent.ID
	if s.agent.Hidden || s.audience.AgentsHidden {
		who = "hidden"
	}
	return max(1, uint32(digest(who, s.agent.Status)))
}

// wait notes the room's place in the queue.
func (s *state) wait(queue *rocketchat.Queue, at time.Time) *entry {
	old := s.queue
	s.queue = queue
	if queue == nil || old != nil && *old == *queue {
		return nil
	}
	return encode(s.room.ID, at, convert.QueueChanged(queue), effect{})
}

// The entries of so many of the newest messages are kept, and not more than so many bytes: who asks for more history waits for a reading.
const (
	keepEntries = 50
	keepBytes   = 64 << 10
)

// shed lets go of the entries of older messages. Notes, which are few and small, keep theirs.
func (s *state) shed() {
	count, bytes := 0, 0
	for i := len(s.documents) - 1; i >= 0; i-- {
		d := s.documents[i]
		if d.note || d.entry == nil {
			continue
		}
		count++
		bytes += d.entry.size()
		if count > keepEntries || bytes > keepBytes {
			d.entry = nil
		}
	}
}

// trim lets go of what the state does not keep, a millisecond as a whole: what is left of it would be taken for all.
func (s *state) trim() {
	if beyond := len(s.documents) - keep; beyond > 0 {
		s.from = s.documents[beyond-1].at + 1
		s.documents = slices.Delete(s.documents, 0, s.documents.since(s.from))
	}
}

// maxGraves bounds how many deletions are remembered: they matter for as long as frames overtake each other.
const maxGraves = 64

// grave is a message that was deleted lately, and the time of its last version.
type grave struct {
	id      string
	updated int64
}

type graves []grave

func (g graves) find(id string) (updated int64, ok bool) {
	for _, dead := range g {
		if dead.id == id {
			return dead.updated, true
		}
	}
	return 0, false
}

func (g *graves) add(id string, updated int64) {
	g.drop(id)
	if len(*g) == maxGraves {
		*g = slices.Delete(*g, 0, 1)
	}
	*g = append(*g, grave{id, updated})
}

func (g *graves) drop(id string) {
	*g = slices.DeleteFunc(*g, func(dead grave) bool { return dead.id == id })
}
