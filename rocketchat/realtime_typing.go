package rocketchat

import (
	"context"
	"errors"
	"time"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

const opTyping = "set typing"

const (
	// spareLife is how long a connection is kept that carries no room and was dialled to write: somebody who types repeats it every 5 s.
	// It is longer than the server counts, so that nobody comes by more writes with a new connection.
	spareLife = time.Minute
	// maxSpares bounds those connections.
	maxSpares = 8
	// writeWait is how soon one who could not write may try again.
	writeWait = 2 * time.Second
)

// errPaced is why a connection is not written on.
var errPaced = errors.New("a connection takes no more for now")

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
		s, up := r.writer(roomID)
		switch {
		case s == nil && r.isClosed():
			return &Error{Op: opTyping, Kind: KindUnavailable, cause: errClientClosed}
		case s == nil:
			return &Error{Op: opTyping, Kind: KindLimited, Code: CodeTooManyRequests, RetryAfter: writeWait}
		}
		err := s.write(ctx, up, params)
		r.written(s)
		var refusal *ddp.Error
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errPaced):
			return &Error{Op: opTyping, Kind: KindLimited, Code: CodeTooManyRequests, RetryAfter: writeWait}
		case errors.As(err, &refusal):
			e := refused(refusal)
			e.Op = opTyping
			return e
		case again || ctx.Err() != nil:
			return &Error{Op: opTyping, Kind: KindUnavailable, cause: safeCause(err)}
		}
	}
}

// write calls the method by which a client writes to the stream, and waits for its result, which says no more than that it arrived. up is
// the connection on which it has its place; without one it takes its place on the one that comes.
func (s *socket) write(ctx context.Context, up *link, params []any) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.ctx, cancel)()
	if up == nil {
		var err error
		if up, err = s.connection(ctx, false); err != nil {
			return err
		}
		if !up.pace.try(writeTyping, nil) {
			return errPaced
		}
	}
	_, err := up.conn.Call(ctx, streamNotify, params...)
	up.pace.done(writeTyping)
	var refusal *ddp.Error
	if errors.As(err, &refusal) && refused(refusal).Kind == KindLimited {
		up.pace.hold(writeTyping, refusal.TimeToReset)
	}
	return err
}

// writer chooses the socket to write on, counts the write, and keeps the socket until written: one that carries the room, so that a feed
// of it is not told what its own side wrote; else one that is up; else a new one. It is nil if none may write.
func (r *realtime) writer(roomID string) (*socket, *link) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil
	}
	for _, m := range r.rooms[roomID] {
		if up := m.socket.link(); up != nil && m.socket.hold(up) {
			return m.socket, up
		}
	}
	spares := 0
	var dialled []*socket
	for _, s := range r.sockets {
		up := s.link()
		if up != nil && s.hold(up) {
			return s, up
		}
		if s.empty() {
			spares++
			if up == nil { // somebody is dialling it to write
				dialled = append(dialled, s)
			}
		}
	}
	for _, s := range dialled {
		if s.hold(nil) {
			return s, nil
		}
	}
	if spares == maxSpares {
		return nil, nil
	}
	s := newSocket(r)
	s.hold(nil)
	r.sockets = append(r.sockets, s)
	r.running.Go(s.run)
	return s, nil
}

// link is the socket's connection; nil if it has none.
func (s *socket) link() *link {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up.alive() {
		return s.up
	}
	return nil
}

// hold counts a write if one more is allowed, and keeps the socket. realtime's lock is held.
func (s *socket) hold(up *link) bool {
	if up == nil && s.writing == streamCalls || up != nil && !up.pace.try(writeTyping, nil) {
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
	switch {
	case s.writing > 0 || !s.empty():
	case !s.isUp() || r.closed:
		r.remove(s)
	default:
		var idle *time.Timer
		idle = time.AfterFunc(spareLife, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			if s.empty() && s.idle == idle {
				r.remove(s)
			}
		})
		s.idle = idle
	}
}

func (r *realtime) isClosed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.closed
}
