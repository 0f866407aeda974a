package follow

import (
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/roomlog"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

// typingLife is how long a start of typing counts without another: three times the official client's repetition (realtime 9.3).
const typingLife = 15 * time.Second

// echo is how long the same is not told again. What Typed tells comes back from Rocket.Chat where it was written on another connection
// than the room's; a user who types repeats it every 5 s.
const echo = 2 * time.Second

// Names come from outside: a visitor's client may write any. A room has a handful of people, and the name of none of them is so long.
const (
	maxTypists = 32
	maxName    = 512 // bytes
)

// Typed tells the readers of a room, if anybody follows it here, that somebody started or stopped typing. It is for what this process
// wrote itself: Rocket.Chat never tells a connection what was written on it.
func (h *Hub) Typed(roomID, username string, active bool) {
	h.mu.Lock()
	r := h.rooms[roomID]
	h.mu.Unlock()
	if r != nil {
		r.apply(rocketchat.Event{Kind: rocketchat.EventTyping, At: time.Now(), Username: username, Active: active})
	}
}

// typed notes that somebody started or stopped, and tells whether that is news. Repeated starts are, since they move the expiry.
func (s *state) typed(ev rocketchat.Event) bool {
	if ev.Username == "" || len(ev.Username) > maxName {
		return false
	}
	if s.typing == nil {
		s.typing = roomlog.NewPresence[bool](maxTypists, echo)
	}
	var expires time.Time
	if ev.Active {
		expires = ev.At.Add(typingLife)
	}
	return s.typing.Set(ev.Username, ev.Active, ev.At, expires)
}

// spoke ends the typing of who has written a message. Official clients write the stop beside the message, but on another stream, where it may be
// late or lost.
func (s *state) spoke(who rocketchat.Author, at time.Time) {
	s.typed(rocketchat.Event{Username: who.Username, At: at})
	s.typed(rocketchat.Event{Username: who.Name, At: at}) // which some workspaces show instead
}

// typingSince returns what changed after the given change and still counts, and the number of the latest. Who comes, after change 0, is told
// who types now.
func (s *state) typingSince(number uint64, now time.Time) ([]*livechatv1.SubscribeResponse, uint64) {
	if s.typing == nil {
		return nil, 0
	}
	changes, latest := s.typing.Since(number, now)
	var news []*livechatv1.SubscribeResponse
	for _, t := range changes {
		if t.Value || number > 0 {
			news = append(news, convert.Event(s.room.ID, t.At, s.audience.Typing(s.typist(t.Key), t.Expires)))
		}
	}
	return news, latest
}

// typist makes an author of all that upstream tells of who types: a name, which it does not check, and which may be the one that is shown.
func (s *state) typist(name string) rocketchat.Author {
	who := rocketchat.Author{Kind: rocketchat.AuthorAgent, Username: name}
	v, a := s.room.Visitor, s.agent
	serves := a != nil && (name == a.Username || name == a.Name)
	if name == v.Username || name == v.Name && !serves {
		who.Kind = rocketchat.AuthorVisitor
	}
	return who
}
