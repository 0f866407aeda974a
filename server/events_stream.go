package server

import (
	"context"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/cursor"
	"github.com/rocketline/rocketline/server/follow"
	"github.com/rocketline/rocketline/server/wire"
)

const defaultHeartbeat = 15 * time.Second

// reader is a place in one room.
type reader interface {
	RoomID() string
	// Resumed tells whether the place that the cursor named is honoured.
	Resumed() bool
	// Place is where the reader stands, with everything that Take returned delivered.
	Place() follow.Place
	// Take returns what is new, without waiting, and how the room ended if nothing will come after it.
	Take(typing bool) ([]follow.Event, follow.Ending)
	Close()
}

// subscription is one reader's stream: a place in each of its rooms. It belongs to the handler's goroutine while nothing is being sent,
// and to the delivery's while something is.
type subscription struct {
	*events
	typing  bool          // is told too
	most    time.Duration // that the stream may be silent
	stream  grpc.ServerStream
	readers []reader
	// at is where each reader stands, as the cursor has it: encoded once for each step, since only one room moves at a time.
	at   []cursor.Part
	wake chan struct{}

	opened   time.Time
	alarm    *alarm
	progress progress
	next     delivery     // the one under way, or to come
	sends    func()       // carryOut, for the crew
	done     chan outcome // of the delivery under way
	heard    bool         // something was sent since this was last looked at
	beat     time.Time    // when the next heartbeat is due
}

func newSubscription(s *events, req *livechatv1.SubscribeRequest, stream grpc.ServerStream) *subscription {
	sub := &subscription{
		events: s, typing: req.GetIncludeTyping(), most: defaultHeartbeat, stream: stream, wake: make(chan struct{}, 1),
		opened: time.Now(), alarm: newAlarm(), done: make(chan outcome, 1),
	}
	if d := req.GetHeartbeatInterval(); d != nil {
		sub.most = d.AsDuration()
	}
	sub.sends = sub.carryOut
	return sub
}

// take adds a room to the stream.
func (s *subscription) take(r reader) {
	s.readers = append(s.readers, r)
	s.at = append(s.at, cursor.Encode(r.RoomID(), r.Place()))
}

// release gives up the places in the rooms.
func (s *subscription) release() {
	for _, r := range s.readers {
		r.Close()
	}
	s.readers = nil
}

// run sends what happens until the rooms end, the caller leaves, or this replica shuts down.
func (s *subscription) run(ctx context.Context) error {
	defer s.alarm.timer.Stop()
	for s.next = (*subscription).open; ; {
		if over, err := s.deliver(); over || err != nil {
			return err
		}
		if s.heard {
			s.heard, s.beat = false, time.Now().Add(s.silence())
		}
		if err := s.idle(ctx); err != nil {
			return err
		}
	}
}

// delivery sends something, and tells whether the stream is over.
type delivery func(*subscription) (over bool, err error)

// idle waits until there is something to send next.
func (s *subscription) idle(ctx context.Context) error {
	for {
		s.alarm.by(s.beat)
		select {
		case <-s.wake:
			s.next = (*subscription).news
			return nil
		case <-s.alarm.timer.C:
			s.alarm.rang()
			if !time.Now().Before(s.beat) {
				s.next = (*subscription).heartbeat
				return nil
			}
		case <-s.draining:
			s.next = (*subscription).leave
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// silence is how long the stream is silent before a heartbeat: up to a fifth less than the caller allows, so that many streams that
// begin together do not beat together for ever.
func (s *subscription) silence() time.Duration { return s.most - rand.N(max(s.most/5, 1)) }

// open sends the first event, which opens the stream at the caller's end, and then what there is already.
func (s *subscription) open() (over bool, err error) {
	subscribed := &livechatv1.Subscribed{Resumed: true}
	for _, r := range s.readers {
		subscribed.RoomIds = append(subscribed.RoomIds, r.RoomID())
		subscribed.Resumed = subscribed.Resumed && r.Resumed()
	}
	if err := s.say(&livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_Subscribed{Subscribed: subscribed}}); err != nil {
		return true, err
	}
	return s.news()
}

// heartbeat says that the stream is alive, and where it stands.
func (s *subscription) heartbeat() (over bool, err error) {
	return false, s.say(&livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_Heartbeat{Heartbeat: &livechatv1.Heartbeat{}}})
}

// leave says goodbye because this replica shuts down.
func (s *subscription) leave() (over bool, err error) { return true, s.say(shuttingDown()) }

// news sends what is new in the rooms, a batch of each in turn, so that none waits for the end of another, until there is no more. The
// stream is over when all rooms are closed, or one is lost.
func (s *subscription) news() (over bool, err error) {
	for {
		moved, closed := false, 0
		for i, r := range s.readers {
			stands := r.Place()
			batch, ending := r.Take(s.typing)
			for _, e := range batch {
				if s.leaving() {
					return s.leave()
				}
				stands = e.Place
				s.at[i] = cursor.Encode(r.RoomID(), stands)
				if err := s.send(&wire.Event{Cursor: cursor.Join(s.at...), Replayed: e.Replayed, Body: e.Body}, e.Kind); err != nil {
					return true, err
				}
				moved = true
			}
			if r.Place() != stands { // some of what the room keeps is not for being told; behind it there may be more
				s.at[i] = cursor.Encode(r.RoomID(), r.Place())
				moved = true
			}
			switch ending {
			case follow.Running:
			case follow.Closed:
				closed++
			default:
				return true, s.say(s.farewell(ending))
			}
		}
		switch {
		case closed == len(s.readers):
			return true, s.say(s.farewell(follow.Closed))
		case !moved:
			return false, nil
		}
	}
}

// say sends an event of the stream itself.
func (s *subscription) say(r *livechatv1.SubscribeResponse) error {
	e, err := s.own(r)
	if err != nil {
		return err
	}
	return s.send(e, follow.Kind(r))
}
