package server

import (
	"context"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/once"
)

// SendOfflineMessage implements MessageService. Every call of upstream's mails again, so calls with a request id are remembered; those
// of nobody in particular count as one caller's.
func (s *messages) SendOfflineMessage(
	ctx context.Context, req *livechatv1.SendOfflineMessageRequest,
) (*livechatv1.SendOfflineMessageResponse, error) {
	key := once.Key{
		Caller: auth.From(ctx).ID(), Method: livechatv1.MessageService_SendOfflineMessage_FullMethodName, RequestID: req.GetRequestId(),
	}
	return once.Do(ctx, s.book, key, once.Of(req), func(ctx context.Context) (*livechatv1.SendOfflineMessageResponse, error) {
		department, err := s.offlineDepartment(ctx, req.GetDepartment())
		if err == nil {
			err = s.chat.SendOfflineMessage(ctx, rocketchat.OfflineMessage{
				Name: req.GetName(), Email: req.GetEmail(), Text: req.GetText(), Department: department, Host: req.GetHost(),
			})
		}
		if err != nil {
			return nil, err
		}
		return &livechatv1.SendOfflineMessageResponse{}, nil
	})
}

// offlineDepartment finds the department that an offline message is for. Upstream passes over one that it does not know without a word,
// and mails to the workspace's general address (6.5.3 misc-livechat "unknown department"). Where livechat is switched off no list is
// told, and upstream gets the name as it is: for this call it knows ids and names.
func (s *messages) offlineDepartment(ctx context.Context, idOrName string) (string, error) {
	if idOrName == "" {
		return "", nil
	}
	config, err := s.chat.Config(ctx, "", "")
	if err != nil || !config.Enabled {
		return idOrName, err
	}
	return listedDepartment(config, idOrName)
}
