package ddp

import (
	"slices"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// A user who leaves a room loses his sub to its messages, without a word (realtime 9.1). The servers do it in such a way that it often
// fails: each of the user's subs to messages waits for the first room that he leaves, whichever it is, takes the room's oldest sub out of
// the list of all, and then out of the list of its own event. So the sub of the room goes silent only where the sub that finds it is
// itself one to that room. Recorded in both versions: an agent with one sub hears nothing more; one who had subscribed to all his
// messages, or to another room, before hears everything.

// watch is a user's sub to messages of one room, or of all his rooms.
type watch struct {
	sub     *subscription
	waiting bool // for the first room that the user leaves
	listed  bool // in the list of all subs
}

// remember begins to watch a sub. The core's lock is held, here and below.
func (s *Server) remember(c *Session, sub *subscription) {
	if sub.stream != core.StreamMessages || c.user == nil {
		return
	}
	sub.watcher = c.user.ID
	s.watches[sub.watcher] = append(s.watches[sub.watcher], &watch{sub: sub, waiting: true, listed: true})
}

// unwatch forgets a sub that has ended, or is asked for anew.
func (s *Server) unwatch(sub *subscription) {
	list := slices.DeleteFunc(s.watches[sub.watcher], func(w *watch) bool { return w.sub == sub })
	if s.watches[sub.watcher] = list; len(list) == 0 {
		delete(s.watches, sub.watcher)
	}
	sub.watcher = ""
}

// Left tells that a user is no longer in a room.
func (s *Server) Left(userID, roomID string) {
	list := s.watches[userID]
	for _, w := range list {
		if !w.waiting {
			continue
		}
		w.waiting = false
		found := slices.IndexFunc(list, func(other *watch) bool { return other.listed && other.sub.want.event == roomID })
		if found < 0 {
			continue
		}
		list[found].listed = false
		if w.sub.want.event == roomID {
			s.hub.forget(list[found].sub.ears...)
		}
	}
}
