package server

import (
	"context"
	"errors"

	"golang.org/x/sync/singleflight"
	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/failure"
	"github.com/rocketline/rocketline/server/follow"
	"github.com/rocketline/rocketline/server/once"
)

// rooms implements RoomService.
type rooms struct {
	livechatv1.UnimplementedRoomServiceServer
	chat      *rocketchat.Client
	workspace *workspace
	book      *once.Book
	files     *fileRules
	proofs    *fileProofs
	hub       *follow.Hub
	opening   singleflight.Group // by visitor and request
	turns     turns              // of visitors who open rooms
}

// GetRoom implements RoomService.
func (s *rooms) GetRoom(ctx context.Context, req *livechatv1.GetRoomRequest) (*livechatv1.GetRoomResponse, error) {
	room, err := s.chat.Room(ctx, auth.From(ctx).Token(), req.GetRoomId())
	if err != nil {
		return nil, err
	}
	return &livechatv1.GetRoomResponse{Room: s.workspace.audience(ctx).Room(room)}, nil
}

// ListRooms implements RoomService. A visitor has no more than one open room, and nobody tells visitors of closed ones: there is one page.
func (s *rooms) ListRooms(ctx context.Context, req *livechatv1.ListRoomsRequest) (*livechatv1.ListRoomsResponse, error) {
	if req.GetPageToken() != "" {
		return nil, failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_PAGE_TOKEN_INVALID, "").
			Field("page_token", "is not one that ListRooms gave out").Summarised("the request breaks a rule")
	}
	config, err := s.chat.Config(ctx, auth.From(ctx).Token(), "")
	if err == nil {
		err = tellsOfVisitor(config)
	}
	if err != nil {
		return nil, err
	}
	s.workspace.learn(config)
	resp := &livechatv1.ListRoomsResponse{}
	if open := openRoom(config); open != nil {
		resp.Rooms = append(resp.Rooms, s.workspace.audience(ctx).Room(*open))
	}
	return resp, nil
}

// tellsOfVisitor is nil if a configuration that was asked for with a visitor's token tells of that visitor, and else the reason.
func tellsOfVisitor(config rocketchat.LivechatConfig) error {
	switch {
	case !config.Enabled: // then it tells of nobody
		return &rocketchat.Error{Op: "read visitor", Kind: rocketchat.KindRefused, Code: rocketchat.CodeLivechatDisabled}
	case config.Visitor == nil:
		return &rocketchat.Error{Op: "read visitor", Kind: rocketchat.KindRefused, Code: rocketchat.CodeInvalidToken}
	}
	return nil
}

// openRoom is the open room that a visitor's configuration tells of, with all that it tells of it; nil if there is none.
func openRoom(config rocketchat.LivechatConfig) *rocketchat.Room {
	if config.Room == nil {
		return nil
	}
	room := *config.Room
	if config.Visitor != nil {
		room.Visitor = *config.Visitor
	}
	if config.Agent != nil {
		room.ServedBy = config.Agent
	}
	return &room
}

// agentsOnly refuses the fields of a visitor's request that only agents may set, rather than dropping them.
func agentsOnly(set map[string]bool) error {
	bad := failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID, "")
	refused := false
	for _, field := range []string{"agent_id", "comment", "tags"} {
		if set[field] {
			bad, refused = bad.Field(field, "only agents may set it"), true
		}
	}
	if !refused {
		return nil
	}
	return bad.Summarised("the request breaks a rule")
}

// hasCode tells whether upstream refused with this code.
func hasCode(err error, code string) bool {
	var up *rocketchat.Error
	return errors.As(err, &up) && up.Code == code
}
