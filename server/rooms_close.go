package server

import (
	"context"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
)

// CloseRoom implements RoomService. Rocket.Chat refuses to close a room twice; here that is success. Where nobody knows whether it was
// closed, the room itself tells.
func (s *rooms) CloseRoom(ctx context.Context, req *livechatv1.CloseRoomRequest) (*livechatv1.CloseRoomResponse, error) {
	if err := agentsOnly(map[string]bool{"comment": req.GetComment() != "", "tags": len(req.GetTags()) > 0}); err != nil {
		return nil, err
	}
	token := auth.From(ctx).Token()
	err := s.chat.CloseRoom(ctx, token, req.GetRoomId())
	closed := err == nil || hasCode(err, rocketchat.CodeRoomClosed)
	if !closed && !lostAnswer(err) {
		return nil, err
	}
	s.hub.Recheck(token) // where the workspace hides the note of the close, no frame tells those who follow
	room, unread := s.chat.Room(ctx, token, req.GetRoomId())
	switch {
	case !closed && (unread != nil || room.Open):
		return nil, err // with the advice to retry, which does no harm
	case unread != nil:
		room = rocketchat.Room{ID: req.GetRoomId()} // it is closed; that more cannot be told does not undo it
	}
	room.Open = false // one of several open rooms (3.4) may look open if the workspace hides the note of its close
	return &livechatv1.CloseRoomResponse{Room: s.workspace.audience(ctx).Room(room)}, nil
}
