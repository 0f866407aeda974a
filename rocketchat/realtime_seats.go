package rocketchat

import (
	"slices"
	"time"
)

// roomsPerSocket bounds the rooms on one connection. Rocket.Chat takes 40 subscriptions per stream name, connection and 40 s
// (measured on 6.5.3, realtime.md 16), and a room needs two of stream-notify-room: a connection of 20 rooms can be restored at once.
const roomsPerSocket = 20

// spareSockets is how many sockets there may be beyond twice what the rooms need.
const spareSockets = 4

// seat finds a socket for a new room. It is one that may subscribe the room at once: the fullest, so that the others empty. Where there is
// none, because rooms come and go faster than the server's limits let a connection follow, it is a new one; and where there are already
// more than enough of those, the one on which the wait is the shortest. r's lock is held.
//
// One room's frames are told apart by its id alone, so the rooms of one id, which differ by their token, go on different sockets.
func (r *realtime) seat(m *room) {
	var ready, down, late *socket
	most, least := -1, time.Duration(0)
	rooms := 1
	for _, s := range r.sockets {
		v := s.vacancy(m.id)
		rooms += v.rooms
		switch {
		case !v.free:
		case !v.up:
			if down == nil {
				down = s
			}
		case v.now && v.rooms > most:
			ready, most = s, v.rooms
		case !v.now && (late == nil || v.wait < least):
			late, least = s, v.wait
		}
	}
	enough := 2*((rooms+roomsPerSocket-1)/roomsPerSocket) + spareSockets
	switch {
	case ready != nil:
		m.socket = ready
	case down != nil:
		m.socket = down
	case late != nil && len(r.sockets) >= enough:
		m.socket = late
	default:
		m.socket = newSocket(r)
		r.sockets = append(r.sockets, m.socket)
		r.running.Go(m.socket.run)
	}
	m.socket.add(m)
}

// vacancy is what a socket offers a room.
type vacancy struct {
	rooms int
	free  bool // it can carry the room
	up    bool
	now   bool          // the room can subscribe at once; of a socket that is up
	wait  time.Duration // until then, as far as that is known
}

func (s *socket) vacancy(roomID string) vacancy {
	s.mu.Lock()
	defer s.mu.Unlock()
	v := vacancy{rooms: len(s.rooms), up: s.up.alive()}
	v.free = v.rooms < roomsPerSocket && s.rooms[roomID] == nil
	if v.free && v.up {
		var now int
		now, v.wait = s.up.pace.rooms()
		v.now = now > 0
	}
	return v
}

// add puts a room on the socket, which is in a hurry to be up now.
func (s *socket) add(m *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rooms[m.id] = m
	s.settleLocked(m, false)
	s.hurryUp()
}

// vacate takes a room off its socket and closes the socket if it was the last, unless somebody is writing on it. r's lock is held.
func (r *realtime) vacate(m *room) {
	s := m.socket
	s.mu.Lock()
	delete(s.rooms, m.id)
	s.settleLocked(m, true)
	empty := len(s.rooms) == 0
	s.mu.Unlock()
	if empty && (s.writing == 0 || r.closed) {
		r.remove(s)
	}
}

func (s *socket) empty() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.rooms) == 0
}

// remove closes a socket. r's lock is held.
func (r *realtime) remove(s *socket) {
	s.cancel()
	if s.idle != nil {
		s.idle.Stop()
		s.idle = nil
	}
	r.sockets = slices.DeleteFunc(r.sockets, func(other *socket) bool { return other == s })
}
