package server

import (
	"context"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/convert"
	"github.com/rocketline/rocketline/server/follow"
)

// visitors implements VisitorService.
type visitors struct {
	livechatv1.UnimplementedVisitorServiceServer
	chat *rocketchat.Client
	hub  *follow.Hub
	// turns keeps a visitor from being deleted while it is registered anew: Rocket.Chat would then match somebody else.
	turns turns
}

// GetVisitor implements VisitorService.
func (s *visitors) GetVisitor(ctx context.Context, _ *livechatv1.GetVisitorRequest) (*livechatv1.GetVisitorResponse, error) {
	got, err := s.chat.Visitor(ctx, auth.From(ctx).Token())
	if err != nil {
		return nil, err
	}
	return &livechatv1.GetVisitorResponse{Visitor: convert.Visitor(got)}, nil
}

// DeleteVisitor implements VisitorService.
func (s *visitors) DeleteVisitor(ctx context.Context, _ *livechatv1.DeleteVisitorRequest) (*livechatv1.DeleteVisitorResponse, error) {
	who := auth.From(ctx)
	done, err := s.turns.take(ctx, who.ID())
	if err != nil {
		return nil, err
	}
	defer done()
	if err := s.chat.DeleteVisitor(ctx, who.Token()); err != nil {
		return nil, err
	}
	s.hub.Recheck(who.Token()) // its streams end now, not when they are next looked at
	return &livechatv1.DeleteVisitorResponse{}, nil
}

// SetVisitorStatus implements VisitorService.
func (s *visitors) SetVisitorStatus(ctx context.Context, req *livechatv1.SetVisitorStatusRequest) (*livechatv1.SetVisitorStatusResponse, error) {
	if err := s.chat.SetVisitorStatus(ctx, auth.From(ctx).Token(), convert.VisitorStatus(req.GetStatus())); err != nil {
		return nil, err
	}
	return &livechatv1.SetVisitorStatusResponse{}, nil
}
