package rocketchat

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/time/rate"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

const opTyping = "set typing"

// A connection may write to stream-notify-room 40 times in 40 s, all visitors together (realtime 7): a bucket that begins with as many as
// it gains in that time never breaks the limit, wherever the server's window begins.
const (
	writeEvery = 2 * time.Second
	writeBurst = 20
)

const (
	// spareLife is how long a connection is kept that carries no room and was dialled to write: somebody who types repeats it every 5 s.
	spareLife = 30 * time.Second
	// maxSpares bounds those connections.
	maxSpares = 8
)

// SetTyping tells the others in a room that the visitor is typing, or has stopped (realtime 9.3). They forget it after 15 s, so it is
// repeated every 5 s; to do it twice does no harm.
//
// Upstream refuses in silence: the token of another visitor, or a room that is not there, is no error. Nor does it check the username,
// which is what the others are shown: the visitor's own is expected. Who must know that the room is the visitor's asks Room.
//
// It is written on a connection that carries rooms, this one if it can be, and else on one that is closed when it has been idle.
// Upstream does not tell a Feed of what was written on its own connection.
//
// Errors: KindUnavailable, and KindLimited where more is written than Rocket.Chat takes.
func (c *Client) SetTyping(ctx context.Context, token Secret, roomID, username string, typing bool) error {
	return c.realtime.setTyping(ctx, token, roomID, username, typing)
}

func (r *realtime) setTyping(ctx context.Context, token Secret, roomID, username string, typing bool) error {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	kind := r.typingKind(ctx)
	params := []any{roomID + "/" + kind, username, typing, map[string]string{"token": token.Reveal()}}
	if kind == notifyActivity {
		activities := []string{}
		if typing {
			activities = append(activities, activityTyping)
		}
		params[2] = activities
	}
	for again := false; ; again = true {
		s := r.writer(roomID)
		switch {
		case s == nil && r.isClosed():
			return &Error{Op: opTyping, Kind: KindUnavailable, cause: errClientClosed}
		case s == nil:
			return &Error{Op: opTyping, Kind: KindLimited, Code: CodeTooManyRequests, RetryAfter: writeEvery}
		}
		err := s.write(ctx, params)
		r.written(s)
		var refusal *ddp.Error
		switch {
		case err == nil:
			return nil
		case errors.As(err, &refusal):
			e := refused(refusal)
			e.Op = opTyping
			return e
		case again || ctx.Err() != nil:
			return &Error{Op: opTyping, Kind: KindUnavailable, cause: safeCause(err)}
		}
	}
}

// write calls the method by which a client writes to the stream, and waits for its result, which says no more than that it arrived.
func (s *socket) write(ctx context.Context, params []any) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	conn, err := s.connection(ctx, false)
	if err != nil {
		return err
	}
	_, err = conn.Call(ctx, streamNotify, params...)
	return err
}

// writer chooses the socket to write on, counts the write, and keeps the socket until written: one that carries the room, so that a feed
// of it is not told what its own side wrote; else one that is up; else a new one. It is nil if none may write.
func (r *realtime) writer(roomID string) *socket {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	spares := 0
	var others []*socket
	for _, s := range r.sockets {
		carries, empty, up := s.look(roomID)
		switch {
		case carries && up && s.hold():
			return s
		case empty && !up: // somebody is dialling it to write
			others = append(others, s)
		case up && !carries:
			others = slices.Insert(others, 0, s)
		}
		if empty {
			spares++
		}
	}
	for _, s := range others {
		if s.hold() {
			return s
		}
	}
	if spares == maxSpares {
		return nil
	}
	s := newSocket(r)
	s.hold()
	r.sockets = append(r.sockets, s)
	r.running.Go(s.run)
	return s
}

// look tells whether the socket carries the room, whether it carries none at all, and whether it is connected.
func (s *socket) look(roomID string) (carries, empty, up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rooms[roomID] != nil, len(s.rooms) == 0, s.conn != nil && s.conn.Err() == nil
}

// hold counts a write if one more is allowed, and keeps the socket. realtime's lock is held.
func (s *socket) hold() bool {
	if !s.writes.Allow() {
		return false
	}
	s.writing++
	if s.idle != nil {
		s.idle.Stop()
		s.idle = nil
	}
	return true
}

// written lets go of a socket that writer chose. One that carries no room is closed: at once if its connection failed, else when nobody
// has written on it for a while.
func (r *realtime) written(s *socket) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.writing--
	_, empty, up := s.look("")
	switch {
	case s.writing > 0 || !empty:
	case !up || r.closed:
		r.remove(s)
	default:
		var idle *time.Timer
		idle = time.AfterFunc(spareLife, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			if _, empty, _ := s.look(""); empty && s.idle == idle {
				r.remove(s)
			}
		})
		s.idle = idle
	}
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

func (r *realtime) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}

func newWrites() *rate.Limiter { return rate.NewLimiter(rate.Every(writeEvery), writeBurst) }
