package follow

import (
	"slices"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

// typingLife is how long a start of typing counts without another: three times the official client's repetition (realtime 9.3).
const typingLife = 15 * time.Second

// echo is how long the same is not told again. What Typed tells comes back from Rocket.Chat where it was written on another connection
// than the room's; a user who types repeats it every 5 s.
const echo = 2 * time.Second

// maxTypists bounds how many names a room's typing state holds; a room has a handful of people, and names come from outside.
const maxTypists = 32

// typist is the latest that is known of one user's typing. It is never part of the log: what nobody has read is overwritten.
type typist struct {
	username string
	expires  time.Time // zero: stopped
	at       time.Time
	number   uint64 // counts every change in the room
}

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
	i := slices.IndexFunc(s.typing, func(t typist) bool { return t.username == ev.Username })
	now := typist{username: ev.Username, at: ev.At}
	if ev.Active {
		now.expires = ev.At.Add(typingLife)
	}
	stopped := i < 0 || s.typing[i].expires.Before(ev.At)
	if !ev.Active && stopped || ev.Active && !stopped && ev.At.Sub(s.typing[i].at) < echo {
		return false
	}
	s.typings++
	now.number = s.typings
	if i >= 0 {
		s.typing[i] = now
		return true
	}
	if len(s.typing) == maxTypists {
		s.typing = slices.Delete(s.typing, 0, 1)
	}
	s.typing = append(s.typing, now)
	return true
}

// typingSince returns what changed after the given change, and the number of the latest.
func (s *state) typingSince(number uint64) ([]*livechatv1.SubscribeResponse, uint64) {
	var news []*livechatv1.SubscribeResponse
	for _, t := range s.typing {
		if t.number > number {
			news = append(news, convert.Event(s.room.ID, t.at, s.audience.Typing(s.typistAuthor(t.username), t.expires)))
		}
	}
	return news, s.typings
}

// typistAuthor makes an author of all that upstream tells of a typist: a name, which it does not check.
func (s *state) typistAuthor(username string) rocketchat.Author {
	who := rocketchat.Author{Kind: rocketchat.AuthorAgent, Username: username}
	if v := s.room.Visitor; username == v.Username || username == v.Name {
		who.Kind = rocketchat.AuthorVisitor
	}
	return who
}
