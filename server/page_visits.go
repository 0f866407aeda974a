package server

import (
	"cmp"
	"context"
	"errors"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/failure"
)

// RecordPageVisit implements VisitorService. Rocket.Chat verifies neither the visitor nor the room (rest-visitor 7.4, trap 25), so both
// are proved first. It keeps a visit only if it is told of the kind of change that the workspace follows; here a visit is a visit, so it
// is always told of that kind.
func (s *visitors) RecordPageVisit(ctx context.Context, req *livechatv1.RecordPageVisitRequest) (*livechatv1.RecordPageVisitResponse, error) {
	token := auth.From(ctx).Token()
	config, err := s.chat.Config(ctx, token, "")
	if err == nil {
		err = tellsOfVisitor(config)
	}
	if err != nil {
		return nil, err
	}
	room, open := req.GetRoomId(), openRoom(config)
	switch {
	case room == "" && open != nil:
		room = open.ID // without it, Rocket.Chat keeps the visit for the next room
	case room != "" && (open == nil || open.ID != room):
		// History refuses a room that is not the visitor's.
		q := rocketchat.HistoryQuery{RoomID: room, Limit: 1, VisitorID: config.Visitor.ID}
		if _, err := s.chat.History(ctx, token, q); err != nil {
			return nil, err
		}
	}
	recorded, err := s.chat.RecordPageVisit(ctx, token, rocketchat.PageVisit{
		RoomID: room, Title: req.GetTitle(), URL: req.GetUrl(), Change: cmp.Or(config.Settings.HistoryMonitorType, "url"),
	})
	if err != nil {
		return nil, toldOnce(err, "the visit may have been recorded, and the answer was lost")
	}
	return &livechatv1.RecordPageVisitResponse{Recorded: recorded}, nil
}

// toldOnce says of a call that a repetition would do twice that it may have been done, where that is so.
func toldOnce(err error, text string) error {
	var up *rocketchat.Error
	if errors.As(err, &up) && up.Ambiguous {
		return failure.New(codes.Unavailable, livechatv1.ErrorReason_ERROR_REASON_OUTCOME_UNKNOWN, text).Because(err)
	}
	return err
}
