package server

import (
	"context"
	"crypto/rand"
	"maps"
	"slices"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/keys"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/convert"
	"github.com/rocketline/rocketline/server/failure"
	"github.com/rocketline/rocketline/server/intercept"
)

// RegisterVisitor implements VisitorService.
//
// Rocket.Chat looks for the visitor to update by token, then by phone number, then by e-mail address, and hands whom it finds to the
// caller (rest-visitor 4.1). A trusted service may want that. For everyone else the visitor is made to exist first, so that its token
// is what is found.
func (s *visitors) RegisterVisitor(ctx context.Context, req *livechatv1.RegisterVisitorRequest) (*livechatv1.RegisterVisitorResponse, error) {
	who := auth.From(ctx)
	trusted := who.Service() != nil && who.Service().Has(keys.Visitors)
	wanted := rocketchat.NewVisitor{
		Token:        who.Token(),
		Name:         req.GetName(),
		Email:        req.GetEmail(),
		Phone:        req.GetPhone(),
		Department:   req.GetDepartment(),
		CustomFields: req.GetCustomFields(),
	}
	if wanted.Token == "" {
		wanted.Token = rocketchat.Secret(rand.Text()) // at least 128 random bits, and safe in a URL
	} else {
		done, err := s.turns.take(ctx, who.ID())
		if err != nil {
			return nil, err
		}
		defer done()
	}
	ctx = intercept.ForVisitor(ctx, wanted.Token)
	self := "" // whom the registration must update; empty: whomever it finds
	if !trusted && (wanted.Email != "" || wanted.Phone != "") {
		own, err := s.exist(ctx, wanted.Token, who.Token() != "")
		if err != nil {
			return nil, err
		}
		self = own.ID
	}
	got, err := s.chat.RegisterVisitor(ctx, wanted)
	if err != nil {
		return nil, err
	}
	// A service that brings no token looks for whoever has the phone number; everyone else asks for one visitor.
	if self != "" && got.ID != self || got.Token != wanted.Token && (!trusted || who.Token() != "") {
		return nil, failure.New(codes.AlreadyExists, livechatv1.ErrorReason_ERROR_REASON_VISITOR_EXISTS,
			"what was sent belongs to another visitor")
	}
	resp := &livechatv1.RegisterVisitorResponse{
		Visitor: echo(got, req), VisitorToken: got.Token.Reveal(), CustomFields: outcomes(req.GetCustomFields(), got.CustomFields),
	}
	if trusted {
		resp.Visitor = convert.Visitor(got)
	}
	return resp, nil
}

// exist returns the visitor that has this token, and makes one with nothing but the token if there is none.
func (s *visitors) exist(ctx context.Context, token rocketchat.Secret, maybe bool) (rocketchat.Visitor, error) {
	if maybe {
		known, err := s.chat.Visitor(ctx, token)
		if !hasCode(err, rocketchat.CodeInvalidToken) {
			return known, err
		}
	}
	return s.chat.RegisterVisitor(ctx, rocketchat.NewVisitor{Token: token})
}

// echo is a visitor reduced to its ids and to what the request sent.
func echo(got rocketchat.Visitor, req *livechatv1.RegisterVisitorRequest) *livechatv1.Visitor {
	v := &livechatv1.Visitor{
		Id: got.ID, Username: got.Username,
		Name: req.GetName(), Email: req.GetEmail(), Phone: req.GetPhone(),
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

// outcomes tells which custom fields of a registration were stored. Rocket.Chat passes over the others without a word.
func outcomes(sent, stored map[string]string) []*livechatv1.CustomFieldOutcome {
	var list []*livechatv1.CustomFieldOutcome
	for _, key := range slices.Sorted(maps.Keys(sent)) {
		outcome := &livechatv1.CustomFieldOutcome{Key: key, Result: livechatv1.CustomFieldResult_CUSTOM_FIELD_RESULT_IGNORED}
		if value, ok := stored[key]; ok && value == sent[key] {
			outcome.Result = livechatv1.CustomFieldResult_CUSTOM_FIELD_RESULT_STORED
		}
		list = append(list, outcome)
	}
	return list
}
