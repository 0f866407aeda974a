package server

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/cursor"
	"github.com/rocketline/rocketline/server/failure"
	"github.com/rocketline/rocketline/server/follow"
	"github.com/rocketline/rocketline/server/intercept"
)

const (
	defaultHistory   = 50
	defaultHeartbeat = 15 * time.Second
	// comeBack is over how long the readers of a replica that shuts down are spread.
	comeBack = 5 * time.Second
)

// events implements EventService.
type events struct {
	livechatv1.UnimplementedEventServiceServer
	chat     *rocketchat.Client
	hub      *follow.Hub
	metrics  *observe.Metrics
	draining <-chan struct{} // closed when this replica begins to shut down
}

// Subscribe implements EventService.
func (s *events) Subscribe(req *livechatv1.SubscribeRequest, stream grpc.ServerStreamingServer[livechatv1.SubscribeResponse]) error {
	ctx := stream.Context()
	rooms, err := s.rightful(ctx, req)
	if err != nil {
		return err
	}
	sub := &subscription{events: s, req: req, stream: stream, wake: make(chan struct{}, 1), at: make(map[string]follow.Place)}
	defer sub.close()
	if err := sub.attach(ctx, rooms); err != nil {
		return err
	}
	defer s.metrics.StreamOpened()()
	return sub.run(ctx)
}

// rightful returns the rooms to follow, each proved to be the caller's by Rocket.Chat's own answer.
func (s *events) rightful(ctx context.Context, req *livechatv1.SubscribeRequest) ([]rocketchat.Room, error) {
	who := auth.From(ctx)
	if req.GetAllRooms() {
		return nil, failure.New(codes.PermissionDenied, livechatv1.ErrorReason_ERROR_REASON_NOT_PERMITTED,
			"only services may follow all rooms")
	}
	if len(req.GetRoomIds()) == 0 {
		config, err := s.chat.Config(ctx, who.Token(), "")
		if err == nil {
			err = tellsOfVisitor(config)
		}
		switch {
		case err != nil:
			return nil, err
		case config.Room == nil:
			return nil, failure.New(codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_NO_OPEN_ROOM,
				"the visitor has no open room, and the call names none")
		}
		return []rocketchat.Room{*config.Room}, nil
	}
	var rooms []rocketchat.Room
	for _, id := range req.GetRoomIds() {
		room, err := s.chat.Room(ctx, who.Token(), id)
		if err != nil {
			return nil, ofRoom(err, id)
		}
		rooms = append(rooms, room)
	}
	return rooms, nil
}

// ofRoom says in an error about a room that was not found which of several it is.
func ofRoom(err error, id string) error {
	var told *failure.Error
	if !errors.As(failure.From(err), &told) {
		return err
	}
	return told.Named(func(string) string { return id })
}

// subscription is one reader's stream: a place in each of its rooms.
type subscription struct {
	*events
	req     *livechatv1.SubscribeRequest
	stream  grpc.ServerStreamingServer[livechatv1.SubscribeResponse]
	readers []*follow.Reader
	wake    chan struct{}
	at      map[string]follow.Place // the cursor
}

// attach takes a place in every room: where the cursor says, or with the newest history before it.
func (s *subscription) attach(ctx context.Context, rooms []rocketchat.Room) error {
	visitor := follow.Visitor{Token: auth.From(ctx).Token(), Address: intercept.ClientAddress(ctx)}
	for _, room := range rooms {
		from, err := s.start(room.ID)
		if err != nil {
			return err
		}
		reader, err := s.hub.Attach(ctx, visitor, room, from, s.wake)
		if err != nil {
			return err
		}
		s.readers = append(s.readers, reader)
		s.at[room.ID] = reader.Place()
	}
	return nil
}

// start is how the reader begins in a room.
func (s *subscription) start(roomID string) (follow.Start, error) {
	from := follow.Start{History: defaultHistory}
	if s.req.History != nil {
		from.History = int(s.req.GetHistory())
	}
	if s.req.GetCursor() == "" {
		return from, nil
	}
	at, err := cursor.Decode(s.req.GetCursor())
	switch {
	case errors.Is(err, cursor.ErrVersion):
		from.Unplaced = livechatv1.ResetCause_RESET_CAUSE_CURSOR_VERSION
	case errors.Is(err, cursor.ErrDamaged):
		from.Unplaced = livechatv1.ResetCause_RESET_CAUSE_CURSOR_DAMAGED
	case err != nil:
		return from, failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID,
			"the cursor is none that this service gave out").Field("cursor", "is not a cursor")
	default:
		place, ok := at.Place(roomID)
		if !ok {
			from.Unplaced = livechatv1.ResetCause_RESET_CAUSE_CURSOR_FOREIGN
		}
		from.Place = &place
	}
	return from, nil
}

func (s *subscription) close() {
	for _, r := range s.readers {
		r.Close()
	}
}

// run sends what happens until the rooms end, the caller leaves, or this replica shuts down.
func (s *subscription) run(ctx context.Context) error {
	if err := s.open(); err != nil {
		return err
	}
	silence := defaultHeartbeat
	if d := s.req.GetHeartbeatInterval(); d != nil {
		silence = d.AsDuration()
	}
	heartbeat := time.NewTimer(silence)
	defer heartbeat.Stop()
	for {
		sent, ending, err := s.drain()
		switch {
		case err != nil:
			return err
		case ending != follow.Running:
			return s.send(s.farewell(ending))
		case sent && !s.leaving():
			heartbeat.Reset(silence)
			continue // there may be more
		}
		select {
		case <-s.wake:
		case <-heartbeat.C:
			if err := s.send(&livechatv1.SubscribeResponse{
				Event: &livechatv1.SubscribeResponse_Heartbeat{Heartbeat: &livechatv1.Heartbeat{}},
			}); err != nil {
				return err
			}
			heartbeat.Reset(silence)
		case <-s.draining:
			return s.send(shuttingDown())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// open sends the first event, which opens the stream at the caller's end.
func (s *subscription) open() error {
	subscribed := &livechatv1.Subscribed{Resumed: true}
	for _, r := range s.readers {
		subscribed.RoomIds = append(subscribed.RoomIds, r.RoomID())
		subscribed.Resumed = subscribed.Resumed && r.Resumed()
	}
	return s.send(&livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_Subscribed{Subscribed: subscribed}})
}

// drain sends what is new in every room, and tells whether the stream has to end: when all rooms are closed, or one is lost.
func (s *subscription) drain() (sent bool, ending follow.Ending, err error) {
	closed := 0
	for _, r := range s.readers {
		events, how := r.Take(s.req.GetIncludeTyping())
		for _, e := range events {
			s.at[r.RoomID()] = e.Place
			response := &livechatv1.SubscribeResponse{}
			if err := proto.Unmarshal(e.Body, response); err != nil {
				return sent, follow.Running, err
			}
			response.Replayed = e.Replayed
			if err := s.send(response); err != nil {
				return sent, follow.Running, err
			}
			sent = true
		}
		switch how {
		case follow.Running:
		case follow.Closed:
			closed++
		default:
			return sent, how, nil
		}
	}
	if closed == len(s.readers) {
		return sent, follow.Closed, nil
	}
	return sent, follow.Running, nil
}

// send sends one event with the cursor behind it.
func (s *subscription) send(r *livechatv1.SubscribeResponse) error {
	r.Cursor = cursor.Encode(s.at)
	if r.EventTime == nil {
		r.EventTime = timestamppb.New(time.Now().Truncate(time.Millisecond))
	}
	if err := s.stream.Send(r); err != nil {
		if gone := s.stream.Context().Err(); gone != nil {
			return gone // the caller has hung up
		}
		return err
	}
	s.metrics.Sent(follow.Kind(r))
	return nil
}

// leaving tells whether this replica shuts down.
func (s *events) leaving() bool {
	select {
	case <-s.draining:
		return true
	default:
		return false
	}
}

// farewell is the last event of a stream whose rooms have ended so.
func (s *subscription) farewell(ending follow.Ending) *livechatv1.SubscribeResponse {
	if s.leaving() {
		return shuttingDown()
	}
	switch ending {
	case follow.Closed:
		return goodbye(livechatv1.GoodbyeReason_GOODBYE_REASON_ROOMS_CLOSED, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_DO_NOT_RETRY, 0)
	case follow.RightLost:
		return goodbye(livechatv1.GoodbyeReason_GOODBYE_REASON_RIGHT_LOST, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_DO_NOT_RETRY, 0)
	}
	return goodbye(livechatv1.GoodbyeReason_GOODBYE_REASON_FAILED, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_NOW, 0)
}

func shuttingDown() *livechatv1.SubscribeResponse {
	return goodbye(livechatv1.GoodbyeReason_GOODBYE_REASON_SHUTTING_DOWN, livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_AFTER,
		rand.N(comeBack)) // spread, so that not all come back at once
}

func goodbye(why livechatv1.GoodbyeReason, advice livechatv1.GoodbyeAdvice, after time.Duration) *livechatv1.SubscribeResponse {
	g := &livechatv1.Goodbye{Reason: why, Advice: advice}
	if advice == livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_AFTER {
		g.RetryAfter = durationpb.New(after)
	}
	return &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_Goodbye{Goodbye: g}}
}
