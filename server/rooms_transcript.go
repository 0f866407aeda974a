package server

import (
	"context"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/once"
)

// RequestTranscript implements RoomService. Every call of upstream's mails again, so calls with a request id are remembered. Reading the
// room comes first: it refuses a token that a later registration has replaced, with which 7.0 and newer would mail all the same, and
// tells an unknown visitor from an unknown room, for which 3.4 and 7.0 have one code (rest-visitor 7.5).
func (s *rooms) RequestTranscript(
	ctx context.Context, req *livechatv1.RequestTranscriptRequest,
) (*livechatv1.RequestTranscriptResponse, error) {
	who := auth.From(ctx)
	key := once.Key{Caller: who.ID(), Method: livechatv1.RoomService_RequestTranscript_FullMethodName, RequestID: req.GetRequestId()}
	return once.Do(ctx, s.book, key, once.Of(req), func(ctx context.Context) (*livechatv1.RequestTranscriptResponse, error) {
		if _, err := s.chat.History(ctx, who.Token(), rocketchat.HistoryQuery{RoomID: req.GetRoomId(), Limit: 1}); err != nil {
			return nil, err
		}
		if err := s.chat.RequestTranscript(ctx, who.Token(), req.GetRoomId(), req.GetEmail()); err != nil {
			return nil, err
		}
		return &livechatv1.RequestTranscriptResponse{}, nil
	})
}
