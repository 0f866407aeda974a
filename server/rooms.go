package server

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/singleflight"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/failure"
)

// rooms implements RoomService.
type rooms struct {
	livechatv1.UnimplementedRoomServiceServer
	chat      *rocketchat.Client
	workspace *workspace
	opening   singleflight.Group // by visitor
}

// OpenRoom implements RoomService. Rocket.Chat takes no lock: calls that come together would open a room each, so they share one here.
// The work goes on if the caller who began it hangs up, because others may wait for it.
func (s *rooms) OpenRoom(ctx context.Context, req *livechatv1.OpenRoomRequest) (*livechatv1.OpenRoomResponse, error) {
	mine := false
	opened := s.opening.DoChan(auth.From(ctx).ID(), func() (any, error) {
		mine = true
		shared, cancel := context.WithTimeout(context.WithoutCancel(ctx), openTimeout)
		defer cancel()
		return s.open(shared, req)
	})
	select {
	case got := <-opened:
		if got.Err != nil {
			return nil, got.Err
		}
		resp := proto.CloneOf(got.Val.(*livechatv1.OpenRoomResponse))
		resp.Created = resp.GetCreated() && mine // one of them opened it
		return resp, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// openTimeout bounds the opening of a room, which is at the most three calls to Rocket.Chat.
const openTimeout = 30 * time.Second

func (s *rooms) open(ctx context.Context, req *livechatv1.OpenRoomRequest) (*livechatv1.OpenRoomResponse, error) {
	token := auth.From(ctx).Token()
	if req.GetDepartment() != "" {
		open, err := s.moveVisitor(ctx, token, req.GetDepartment())
		if err != nil {
			return nil, err
		}
		if open != nil {
			return &livechatv1.OpenRoomResponse{Room: s.workspace.audience(ctx).Room(*open)}, nil
		}
	}
	room, created, err := s.chat.OpenRoom(ctx, token, rocketchat.OpenRoom{AgentID: req.GetAgentId()})
	if err != nil {
		return nil, err
	}
	return &livechatv1.OpenRoomResponse{Room: s.workspace.audience(ctx).Room(room), Created: created}, nil
}

// moveVisitor makes a department the visitor's own, which decides where the next room goes: Rocket.Chat opens rooms by visitor, not by
// department. A visitor with an open room stays where it is, and that room is returned.
func (s *rooms) moveVisitor(ctx context.Context, token rocketchat.Secret, department string) (*rocketchat.Room, error) {
	config, err := s.chat.Config(ctx, token, "")
	if err == nil {
		err = tellsOfVisitor(config) // registering would make one that does not exist
	}
	if err != nil {
		return nil, err
	}
	if open := openRoom(config); open != nil {
		return open, nil
	}
	moved, err := s.chat.RegisterVisitor(ctx, rocketchat.NewVisitor{Token: token, Department: department})
	if err != nil {
		return nil, err
	}
	// Servers below 3.17 pass over a department that they do not know, without a word (rest-visitor 4.1).
	asked := func(d rocketchat.Department) bool { return d.ID == moved.Department && d.Name == department }
	if moved.Department != department && !slices.ContainsFunc(config.Departments, asked) {
		return nil, unknownDepartment()
	}
	return nil, nil
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

// GetRoom implements RoomService.
func (s *rooms) GetRoom(ctx context.Context, req *livechatv1.GetRoomRequest) (*livechatv1.GetRoomResponse, error) {
	room, err := s.chat.Room(ctx, auth.From(ctx).Token(), req.GetRoomId())
	if err != nil {
		return nil, err
	}
	return &livechatv1.GetRoomResponse{Room: s.workspace.audience(ctx).Room(room)}, nil
}

// CloseRoom implements RoomService.
func (s *rooms) CloseRoom(ctx context.Context, req *livechatv1.CloseRoomRequest) (*livechatv1.CloseRoomResponse, error) {
	if err := agentsOnly(req); err != nil {
		return nil, err
	}
	token := auth.From(ctx).Token()
	if err := s.chat.CloseRoom(ctx, token, req.GetRoomId()); err != nil && !hasCode(err, rocketchat.CodeRoomClosed) {
		return nil, err
	}
	room, err := s.chat.Room(ctx, token, req.GetRoomId())
	if err != nil {
		room = rocketchat.Room{ID: req.GetRoomId()} // it is closed; that more cannot be told does not undo it
	}
	return &livechatv1.CloseRoomResponse{Room: s.workspace.audience(ctx).Room(room)}, nil
}

// agentsOnly refuses what a visitor cannot say at a close, rather than dropping it.
func agentsOnly(req *livechatv1.CloseRoomRequest) error {
	const only = "only agents may set it"
	bad := failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID, "")
	if req.GetComment() != "" {
		bad = bad.Field("comment", only)
	}
	if len(req.GetTags()) > 0 {
		bad = bad.Field("tags", only)
	}
	if req.GetComment() == "" && len(req.GetTags()) == 0 {
		return nil
	}
	return bad.Summarised("the request breaks a rule")
}

func unknownDepartment() error {
	return &rocketchat.Error{Op: "register visitor", Kind: rocketchat.KindRefused, Code: rocketchat.CodeInvalidDepartment}
}

// hasCode tells whether upstream refused with this code.
func hasCode(err error, code string) bool {
	var up *rocketchat.Error
	return errors.As(err, &up) && up.Code == code
}
