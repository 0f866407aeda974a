package rocketchat

import (
	"sync"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

// link is one connection that is up, with what may still be asked of it.
type link struct {
	conn *ddp.Conn
	pace *pace

	mu sync.Mutex
	// due are the rooms that the connection began with and that have not yet asked for their messages, or not to. Nobody asks for anything
	// else before they have: messages are what must not be missed for long.
	due   map[*room]struct{}
	clear chan struct{} // closed when none is due
}

func newLink(conn *ddp.Conn, pace *pace, rooms []*room) *link {
	l := &link{conn: conn, pace: pace, due: make(map[*room]struct{}, len(rooms)), clear: make(chan struct{})}
	for _, m := range rooms {
		l.due[m] = struct{}{}
	}
	if len(rooms) == 0 {
		close(l.clear)
	}
	return l
}

// passed notes that a room is not due, or not any more.
func (l *link) passed(m *room) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, due := l.due[m]; !due {
		return
	}
	delete(l.due, m)
	if len(l.due) == 0 {
		l.due = nil
		close(l.clear)
	}
}

// alive is false for no link, too.
func (l *link) alive() bool { return l != nil && l.conn.Err() == nil }
