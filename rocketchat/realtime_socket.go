package rocketchat

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

// socket keeps one connection up for as long as it carries rooms, or is written on, and hands its frames to the rooms.
type socket struct {
	r      *realtime
	ctx    context.Context
	cancel context.CancelFunc
	hurry  chan struct{} // holds a token when somebody asks not to wait for the next attempt
	writes *rate.Limiter // of what may be written on one connection

	// Of the realtime, guarded by its lock.
	writing int         // writes under way, which keep the socket
	idle    *time.Timer // closes a socket without rooms; nil while it is used

	mu       sync.Mutex
	rooms    map[string]*follower
	conn     *ddp.Conn     // nil while there is none
	failures int           // attempts that failed so far
	cause    error         // of the last failure
	changed  chan struct{} // closed and replaced when conn or failures change
}

func newSocket(r *realtime) *socket {
	s := &socket{r: r, hurry: make(chan struct{}, 1), writes: newWrites(), rooms: map[string]*follower{}, changed: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// take puts f on the socket if there is room for it.
func (s *socket) take(f *follower) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.rooms) >= roomsPerSocket || s.rooms[f.roomID] != nil {
		return false
	}
	s.rooms[f.roomID] = f
	return true
}

// drop takes f off and reports whether the socket is empty now.
func (s *socket) drop(f *follower) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.rooms, f.roomID)
	return len(s.rooms) == 0
}

func (s *socket) followers() []*follower {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Collect(maps.Values(s.rooms))
}

// run dials, and dials again whenever the connection is lost, without limit.
func (s *socket) run() {
	waits := redial{least: s.r.o.RedialMin, most: s.r.o.RedialMax}
	for first := true; s.ctx.Err() == nil; {
		if !s.pause(waits.next()) {
			return
		}
		conn, err := s.dial()
		s.set(conn, err)
		if err != nil {
			s.r.log.Warn("realtime: no connection", slog.Any("error", safeCause(err)))
			continue
		}
		s.r.log.Info("realtime: connected")
		since := time.Now()
		select {
		case <-s.ctx.Done():
		case <-conn.Done():
			s.r.log.Warn("realtime: connection lost", slog.Any("error", safeCause(conn.Err())))
		}
		_ = conn.Close()
		s.set(nil, nil)
		// After a break the first attempt is at once, unless connections keep breaking as soon as they are made.
		if first || time.Since(since) >= s.r.o.RedialMax {
			waits.reset()
		}
		first = false
	}
}

func (s *socket) dial() (*ddp.Conn, error) {
	ctx, cancel := context.WithTimeout(s.ctx, s.r.timeout)
	defer cancel()
	return ddp.Dial(ctx, s.r.url, ddp.Options{
		HTTPClient:  s.r.http,
		PingAfter:   s.r.o.PingAfter,
		PingTimeout: s.r.o.PingTimeout,
		OnChanged:   s.dispatch,
		Logger:      s.r.log,
	})
}

// set tells everybody who waits in connection; whoever was in a hurry until now has what it asked for.
func (s *socket) set(conn *ddp.Conn, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = conn
	if err != nil {
		s.failures++
		s.cause = err
	}
	select {
	case <-s.hurry:
	default:
	}
	close(s.changed)
	s.changed = make(chan struct{})
}

// pause waits and reports whether to go on. A call of connection with patience false cuts it short.
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

// connection returns a living connection. With patience it waits for one until ctx ends; without, it asks for an attempt now and
// returns the error if that fails.
func (s *socket) connection(ctx context.Context, patience bool) (*ddp.Conn, error) {
	s.mu.Lock()
	before := s.failures
	s.mu.Unlock()
	for {
		s.mu.Lock()
		conn, changed, failed, cause := s.conn, s.changed, s.failures > before, s.cause
		alive := conn != nil && conn.Err() == nil
		if !alive && !failed && !patience {
			select {
			case s.hurry <- struct{}{}:
			default:
			}
		}
		s.mu.Unlock()
		switch {
		case alive:
			return conn, nil
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
		if !errors.Is(err, errIgnored) {
			s.r.log.Warn("realtime: a frame could not be read", slog.String("stream", frame.Collection))
		}
		return
	}
	s.mu.Lock()
	f := s.rooms[roomID]
	s.mu.Unlock()
	if f != nil {
		event.At = time.Now()
		f.out.put(event)
	}
}

// redial yields the waits between attempts: none before the first, then twice as long each time, with jitter so that the
// connections of a site that comes back do not all come at once.
type redial struct {
	least, most time.Duration
	last        time.Duration
}

func (w *redial) reset() { w.last = 0 }

func (w *redial) next() time.Duration {
	if w.last == 0 {
		w.last = w.least
		return 0
	}
	w.last = min(2*w.last, max(w.most, w.least))
	half := max(w.last/2, w.least)
	return half + rand.N(w.last-half+1)
}
