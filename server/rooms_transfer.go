package server

import (
	"context"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/once"
)

// TransferRoom implements RoomService. The department is looked up first: Rocket.Chat takes only an id here, and 3.4 takes the room from
// its agent before it notices that there is no such department.
func (s *rooms) TransferRoom(ctx context.Context, req *livechatv1.TransferRoomRequest) (*livechatv1.TransferRoomResponse, error) {
	if err := agentsOnly(map[string]bool{"agent_id": req.GetAgentId() != "", "comment": req.GetComment() != ""}); err != nil {
		return nil, err
	}
	token := auth.From(ctx).Token()
	config, err := s.chat.Config(ctx, token, "")
	if err != nil {
		return nil, err
	}
	if config.Enabled {
		if err := tellsOfVisitor(config); err != nil {
			return nil, err
		}
		s.workspace.learn(config)
	}
	department, err := listedDepartment(config, req.GetDepartment())
	if err != nil {
		return nil, err
	}
	room, err := s.chat.TransferRoom(ctx, token, req.GetRoomId(), department)
	switch {
	case hasCode(err, rocketchat.CodeNotTransferred):
		return nil, s.notTransferred(ctx, req.GetRoomId(), department, err)
	case err != nil:
		return nil, once.Told(err)
	}
	return &livechatv1.TransferRoomResponse{Room: s.workspace.audience(ctx).Room(room)}, nil
}

// notTransferred says why a room was not transferred, where upstream does not: it is closed, or nobody of the department is online, or
// else, as cause has it, it cannot go there.
func (s *rooms) notTransferred(ctx context.Context, roomID, department string, cause error) error {
	token := auth.From(ctx).Token()
	refused := func(code string) error {
		return &rocketchat.Error{Op: "transfer room", Kind: rocketchat.KindRefused, Code: code}
	}
	if room, err := s.chat.Room(ctx, token, roomID); err == nil && !room.Open {
		return refused(rocketchat.CodeRoomClosed)
	}
	if config, err := s.chat.Config(ctx, token, department); err == nil && config.Enabled && !config.Online {
		return refused(rocketchat.CodeNoAgentOnline)
	}
	return cause
}
