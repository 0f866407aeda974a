package server

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/failure"
)

// roomsAtATime is for how many rooms one Subscribe asks Rocket.Chat at a time.
const roomsAtATime = 8

// rightful returns the rooms to follow, each proved to be the caller's by Rocket.Chat's own answer: all of them, or an error that names
// one that is not.
func (s *events) rightful(ctx context.Context, req *livechatv1.SubscribeRequest) ([]rocketchat.Room, error) {
	if req.GetAllRooms() {
		return nil, failure.New(codes.PermissionDenied, livechatv1.ErrorReason_ERROR_REASON_NOT_PERMITTED,
			"only services may follow all rooms")
	}
	token := auth.From(ctx).Token()
	config, err := s.chat.Config(ctx, token, "")
	if err != nil {
		return nil, err
	}
	if len(req.GetRoomIds()) > 0 {
		return s.named(ctx, token, config, req.GetRoomIds())
	}
	if err := tellsOfVisitor(config); err != nil {
		return nil, err
	}
	if config.Room == nil {
		return nil, failure.New(codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_NO_OPEN_ROOM,
			"the visitor has no open room, and the call names none")
	}
	return []rocketchat.Room{*config.Room}, nil
}

// named reads the rooms that the call names, several at a time.
func (s *events) named(ctx context.Context, token rocketchat.Secret, config rocketchat.LivechatConfig, ids []string) ([]rocketchat.Room, error) {
	rooms := make([]rocketchat.Room, len(ids))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(roomsAtATime)
	for i, id := range ids {
		work.Go(func() (err error) {
			rooms[i], err = s.chat.RoomBeside(ctx, token, config, id)
			return ofRoom(err, id)
		})
	}
	return rooms, work.Wait()
}

// ofRoom says in an error about a room that was not found which of several it is.
func ofRoom(err error, id string) error {
	var told *failure.Error
	if !errors.As(failure.From(err), &told) {
		return err
	}
	return told.Named(func(string) string { return id })
}
