package server

import (
	"context"
	"fmt"
	"slices"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/failure"
)

// SubmitSurvey implements RoomService. Rocket.Chat drops what it does not know without a word, and an earlier survey with it, so the
// answers are checked first against what the workspace asks. Where livechat is switched off it tells nobody what it asks, and decides
// itself.
func (s *rooms) SubmitSurvey(ctx context.Context, req *livechatv1.SubmitSurveyRequest) (*livechatv1.SubmitSurveyResponse, error) {
	config, err := s.chat.Config(ctx, "", "")
	if err == nil {
		err = checkSurvey(config, req.GetAnswers())
	}
	if err != nil {
		return nil, err
	}
	var answers []rocketchat.SurveyAnswer
	for _, a := range req.GetAnswers() {
		answers = append(answers, rocketchat.SurveyAnswer{Name: a.GetName(), Value: a.GetValue()})
	}
	stored, err := s.chat.SubmitSurvey(ctx, auth.From(ctx).Token(), req.GetRoomId(), answers)
	if err != nil {
		return nil, err
	}
	resp := &livechatv1.SubmitSurveyResponse{}
	for _, a := range stored {
		resp.Accepted = append(resp.Accepted, &livechatv1.SurveyAnswer{Name: a.Name, Value: a.Value})
	}
	return resp, nil
}

// checkSurvey names every answer that the workspace would not store as it is. Two answers to one item are a mistake: one would be lost.
func checkSurvey(config rocketchat.LivechatConfig, answers []*livechatv1.SurveyAnswer) error {
	bad := failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_SURVEY_INVALID, "")
	found := false
	fault := func(i int, field, text string) {
		bad, found = bad.Field(fmt.Sprintf("answers[%d].%s", i, field), text), true
	}
	answered := make(map[string]bool)
	for i, a := range answers {
		asked := !config.Enabled || slices.Contains(config.SurveyItems, a.GetName())
		switch {
		case answered[a.GetName()]:
			fault(i, "name", "is answered twice")
		case a.GetName() == rocketchat.FeedbackItem:
		case !asked:
			fault(i, "name", "is no item of the workspace's survey")
		case config.Enabled && !slices.Contains(config.SurveyValues, a.GetValue()):
			fault(i, "value", "is no answer that the workspace's survey takes")
		}
		answered[a.GetName()] = true
	}
	if !found {
		return nil
	}
	return bad.Summarised("the survey cannot be stored")
}
