package rocketchat

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

// socket keeps one connection up for as long as it carries rooms, or is written on, and hands its frames to the rooms.
type socket struct {
	r      *realtime
	ctx    context.Context
	cancel context.CancelFunc
	hurry  chan struct{} // holds a token when somebody asks not to wait for the next attempt

	// Of the realtime, guarded by its lock.
	writing int         // writes under way, which keep the socket
	idle    *time.Timer // closes a socket without rooms; nil while it is used

	mu       sync.Mutex
	rooms    map[string]*room
	up       *link         // nil while there is none
	heard    time.Time     // when the last connection was heard last; of the first, when it was asked for
	failures int           // attempts that failed so far
	cause    error         // of the last failure
	changed  chan struct{} // closed and replaced when up or failures change
}

func newSocket(r *realtime) *socket {
	s := &socket{r: r, hurry: make(chan struct{}, 1), rooms: map[string]*room{}, heard: time.Now(), changed: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// run dials, and dials again whenever the connection is lost, without limit.
func (s *socket) run() {
	waits := redial{least: s.r.o.RedialMin, most: s.r.o.RedialMax}
	for first := true; s.ctx.Err() == nil; {
		if !s.pause(waits.next()) {
			return
		}
		if !first {
			s.r.redials.Add(1)
		}
		conn, err := s.r.dial(s.ctx, s.dispatch)
		if err != nil {
			first = false
			s.failed(err)
			continue
		}
		s.r.log.Info("realtime: connected")
		up := s.connected(conn)
		since := time.Now()
		select {
		case <-s.ctx.Done():
		case <-conn.Done():
			s.r.log.Warn("realtime: connection lost", slog.Any("error", safeCause(conn.Err())))
		}
		s.lost(up)
		_ = conn.Close()
		// After a break the first attempt is at once, unless connections keep breaking as soon as they are made.
		if first || time.Since(since) >= s.r.o.RedialMax {
			waits.reset()
		}
		first = false
	}
}

// connected, failed and lost tell everybody who waits.
func (s *socket) connected(conn *ddp.Conn) *link {
	s.mu.Lock()
	defer s.mu.Unlock()
	var due []*room
	for _, m := range s.rooms {
		if m.unsettled {
			due = append(due, m)
		}
	}
	s.up = newLink(conn, newPace(&s.r.waiting), due)
	for _, m := range due {
		s.up.pace.promise(m)
	}
	s.calm()
	s.tell()
	return s.up
}

func (s *socket) failed(err error) {
	s.mu.Lock()
	s.failures++
	s.cause = err
	s.calm()
	s.tell()
	rooms := slices.Collect(maps.Values(s.rooms))
	s.mu.Unlock()
	if s.ctx.Err() == nil {
		s.r.log.Warn("realtime: no connection", slog.Any("error", safeCause(err)))
	}
	for _, m := range rooms {
		m.failed(err)
	}
}

func (s *socket) lost(up *link) {
	s.mu.Lock()
	s.up = nil
	s.heard = up.conn.Heard()
	s.tell()
	rooms := slices.Collect(maps.Values(s.rooms))
	s.mu.Unlock()
	for _, m := range rooms {
		m.interrupted(up)
	}
}

// calm forgets that somebody was in a hurry: he has what he asked for.
func (s *socket) calm() {
	select {
	case <-s.hurry:
	default:
	}
}

// settle notes whether a room has taken its place in what may be asked of the connection, or has yet to.
func (s *socket) settle(m *room, settled bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settleLocked(m, settled)
}

// placed notes that a room has taken its place on a connection, if that is still the one.
func (s *socket) placed(up *link, m *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up == up {
		s.settleLocked(m, true)
	}
}

// settleLocked needs mu.
func (s *socket) settleLocked(m *room, settled bool) {
	if m.unsettled = !settled; s.up == nil {
		return
	}
	if settled {
		s.up.passed(m)
		s.up.pace.release(m)
	} else {
		s.up.pace.promise(m)
	}
}

// tell needs mu.
func (s *socket) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// pause waits and reports whether to go on. hurryUp cuts it short.
func (s *socket) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.hurry:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// hurryUp asks for an attempt now, unless there is a connection. It needs mu.
func (s *socket) hurryUp() {
	if s.up.alive() {
		return
	}
	select {
	case s.hurry <- struct{}{}:
	default:
	}
}

func (s *socket) isUp() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.up.alive()
}

func (s *socket) urge() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hurryUp()
}

// connection returns a living connection. With patience it waits for one until ctx ends; without, it asks for an attempt now and
// returns the error if that fails.
func (s *socket) connection(ctx context.Context, patience bool) (*link, error) {
	s.mu.Lock()
	before := s.failures
	s.mu.Unlock()
	for {
		s.mu.Lock()
		up, changed, failed, cause := s.up, s.changed, s.failures > before, s.cause
		if !failed && !patience {
			s.hurryUp()
		}
		s.mu.Unlock()
		switch {
		case up.alive():
			return up, nil
		case failed && !patience:
			return nil, cause
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// dispatch takes a frame off the connection. It never waits: neither for a slow reader nor for another room.
func (s *socket) dispatch(frame ddp.Changed) {
	roomID, event, err := decodeFrame(frame)
	if err != nil {
		s.r.unreadable(frame, err)
		return
	}
	s.mu.Lock()
	m := s.rooms[roomID]
	s.mu.Unlock()
	if m != nil {
		m.take(event, ofRoom)
	}
}

// unreadable logs that a frame could not be read, and nothing of it.
func (r *realtime) unreadable(frame ddp.Changed, err error) {
	if !errors.Is(err, errIgnored) {
		r.log.Warn("realtime: a frame could not be read", slog.String("stream", frame.Collection))
	}
}
