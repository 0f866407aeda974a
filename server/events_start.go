package server

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/cursor"
	"github.com/rocketline/rocketline/server/failure"
	"github.com/rocketline/rocketline/server/follow"
	"github.com/rocketline/rocketline/server/intercept"
)

const defaultHistory = 50

// startOf reads from a request how its reader begins in a room. A cursor that cannot be honoured is a reset's cause; a text that never was
// a cursor is an error.
func startOf(req *livechatv1.SubscribeRequest) (func(roomID string) follow.Start, error) {
	start := follow.Start{History: defaultHistory}
	if req.History != nil {
		start.History = int(req.GetHistory())
	}
	if req.GetCursor() == "" {
		return func(string) follow.Start { return start }, nil
	}
	at, err := cursor.Decode(req.GetCursor())
	switch {
	case errors.Is(err, cursor.ErrVersion):
		start.Unplaced = livechatv1.ResetCause_RESET_CAUSE_CURSOR_VERSION
	case errors.Is(err, cursor.ErrDamaged):
		start.Unplaced = livechatv1.ResetCause_RESET_CAUSE_CURSOR_DAMAGED
	case err != nil:
		return nil, failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID, "").
			Field("cursor", "was never a cursor of this service").Summarised("the request breaks a rule")
	}
	return func(roomID string) follow.Start {
		start := start
		if at == nil {
			return start
		}
		if place, ok := at.Place(roomID); ok {
			start.Place = &place
		} else {
			start.Unplaced = livechatv1.ResetCause_RESET_CAUSE_CURSOR_FOREIGN
		}
		return start
	}, nil
}

// begin takes a place in every room that the call is for, once Rocket.Chat has said that they are the caller's.
func (s *subscription) begin(ctx context.Context, req *livechatv1.SubscribeRequest) error {
	from, err := startOf(req)
	if err != nil {
		return err
	}
	rooms, err := s.rightful(ctx, req)
	if err != nil {
		return err
	}
	return s.attach(ctx, rooms, from)
}

// attach takes a place in every room, several at a time, each when the room has been read once.
func (s *subscription) attach(ctx context.Context, rooms []rocketchat.Room, from func(roomID string) follow.Start) error {
	visitor := follow.Visitor{Token: auth.From(ctx).Token(), Address: intercept.ClientAddress(ctx)}
	readers := make([]*follow.Reader, len(rooms))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(roomsAtATime)
	for i, room := range rooms {
		work.Go(func() (err error) {
			readers[i], err = s.hub.Attach(ctx, visitor, room, from(room.ID), s.wake)
			return err
		})
	}
	err := work.Wait()
	for _, r := range readers {
		if r != nil { // nil: it failed, or another did meanwhile
			s.take(r)
		}
	}
	return err
}
