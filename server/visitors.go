package server

import (
	"context"
	"crypto/rand"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/keys"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/convert"
	"github.com/rocketline/rocketline/server/failure"
	"github.com/rocketline/rocketline/server/intercept"
)

// visitors implements VisitorService.
type visitors struct {
	livechatv1.UnimplementedVisitorServiceServer
	chat *rocketchat.Client
}

// RegisterVisitor implements VisitorService.
func (s *visitors) RegisterVisitor(ctx context.Context, req *livechatv1.RegisterVisitorRequest) (*livechatv1.RegisterVisitorResponse, error) {
	who := auth.From(ctx)
	trusted := who.Service() != nil && who.Service().Has(keys.Visitors)
	wanted := rocketchat.NewVisitor{
		Token:        who.Token(),
		Name:         req.GetName(),
		Email:        req.GetEmail(),
		Department:   req.GetDepartment(),
		CustomFields: req.GetCustomFields(),
	}
	if wanted.Token == "" {
		wanted.Token = rocketchat.Secret(rand.Text()) // at least 128 random bits, and safe in a URL
	}
	if trusted {
		wanted.Phone = req.GetPhone() // upstream matches by it and answers the other visitor's token (rest-visitor 4.1)
	}
	got, err := s.chat.RegisterVisitor(intercept.ForVisitor(ctx, wanted.Token), wanted)
	if err != nil {
		return nil, err
	}
	if wanted.Department != "" && got.Department == "" {
		return nil, unknownDepartment() // 3.4 does not say so
	}
	// A service that brings no token looks for whoever has the phone number; everyone else asks for one visitor.
	if got.Token != wanted.Token && (!trusted || who.Token() != "") {
		return nil, failure.New(codes.AlreadyExists, livechatv1.ErrorReason_ERROR_REASON_VISITOR_EXISTS,
			"what was sent belongs to another visitor")
	}
	if trusted {
		return &livechatv1.RegisterVisitorResponse{Visitor: convert.Visitor(got), VisitorToken: got.Token.Reveal()}, nil
	}
	return &livechatv1.RegisterVisitorResponse{Visitor: echo(got, req), VisitorToken: got.Token.Reveal()}, nil
}

// echo is a visitor reduced to its ids and to what the request sent: whatever else upstream answers may be another visitor's, whose
// e-mail address matched.
func echo(got rocketchat.Visitor, req *livechatv1.RegisterVisitorRequest) *livechatv1.Visitor {
	v := &livechatv1.Visitor{
		Id: got.ID, Username: got.Username,
		Name: req.GetName(), Email: req.GetEmail(),
	}
	if got.Status != "" { // 3.4 keeps none
		v.Status = livechatv1.VisitorStatus_VISITOR_STATUS_ONLINE // registering makes it so
	}
	if req.GetDepartment() != "" {
		v.DepartmentId = got.Department
	}
	for key := range req.GetCustomFields() {
		if value, ok := got.CustomFields[key]; ok {
			if v.CustomFields == nil {
				v.CustomFields = make(map[string]string)
			}
			v.CustomFields[key] = value
		}
	}
	return v
}

// GetVisitor implements VisitorService.
func (s *visitors) GetVisitor(ctx context.Context, _ *livechatv1.GetVisitorRequest) (*livechatv1.GetVisitorResponse, error) {
	got, err := s.chat.Visitor(ctx, auth.From(ctx).Token())
	if err != nil {
		return nil, err
	}
	return &livechatv1.GetVisitorResponse{Visitor: convert.Visitor(got)}, nil
}
