package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

// answersOf makes answers of name, value, name, value.
func answersOf(pairs ...string) []*livechatv1.SurveyAnswer {
	var answers []*livechatv1.SurveyAnswer
	for i := 0; i < len(pairs); i += 2 {
		answers = append(answers, &livechatv1.SurveyAnswer{Name: pairs[i], Value: pairs[i+1]})
	}
	return answers
}

func (s *site) survey(ctx context.Context, room string, pairs ...string) ([]*livechatv1.SurveyAnswer, error) {
	got, err := s.rooms.SubmitSurvey(ctx, &livechatv1.SubmitSurveyRequest{RoomId: room, Answers: answersOf(pairs...)})
	return got.GetAccepted(), err
}

func TestASurveyIsStoredOpenAndClosed(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		all := []string{"agentResposiveness", "5", "additionalFeedback", "fine, ümlaut", "satisfaction", "1", "agentKnowledge", "3", "agentFriendliness", "4"}
		for _, pairs := range [][]string{all, {"satisfaction", "2"}, {"additionalFeedback", "6"}} {
			for range 2 { // a retry stores the same
				got, err := s.survey(ctx, room, pairs...)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(answersOf(pairs...), got, protocmp.Transform()); diff != "" {
					t.Errorf("(-sent +accepted)\n%s", diff)
				}
			}
		}
		s.close(ctx, room)
		if _, err := s.survey(ctx, room, "satisfaction", "5"); err != nil {
			t.Errorf("after the close: %v", err)
		}
	})
}

func TestASurveyThatTheWorkspaceDoesNotAsk(t *testing.T) {
	invalid := func(fields ...string) told {
		return told{Code: codes.InvalidArgument, Reason: "SURVEY_INVALID", Fields: fields}
	}
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := of(version)
		calls := counting(&with)
		s := newSite(t, with)
		ctx, other := s.visitor(), s.visitor()
		room, foreign := s.open(ctx), s.open(other)
		for name, tt := range map[string]struct {
			pairs []string
			want  told
		}{
			"a value of 6":                    {[]string{"satisfaction", "6"}, invalid("answers[0].value")},
			"a value of words":                {[]string{"satisfaction", "good"}, invalid("answers[0].value")},
			"an item spelt right":             {[]string{"agentResponsiveness", "5"}, invalid("answers[0].name")},
			"an item in another case":         {[]string{"Satisfaction", "5"}, invalid("answers[0].name")},
			"one of two":                      {[]string{"satisfaction", "5", "nope", "5"}, invalid("answers[1].name")},
			"two of three":                    {[]string{"nope", "5", "satisfaction", "5", "agentKnowledge", "0"}, invalid("answers[0].name", "answers[2].value")},
			"an item twice":                   {[]string{"satisfaction", "5", "satisfaction", "4"}, invalid("answers[1].name")},
			"the free text twice":             {[]string{"additionalFeedback", "a", "additionalFeedback", "b"}, invalid("answers[1].name")},
			"no answer":                       {nil, badFields("answers")},
			"an empty name and an empty text": {[]string{"", "5", "additionalFeedback", ""}, badFields("answers[0].name", "answers[1].value")},
			"a text that is too long":         {[]string{"additionalFeedback", strings.Repeat("x", 4097)}, badFields("answers[0].value")},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := s.survey(ctx, room, tt.pairs...)
				refuses(t, err, tt.want)
			})
		}
		if n := calls("submit survey"); n != 0 {
			t.Errorf("%d of them were sent", n)
		}
		for name, id := range map[string]string{"an unknown room": "thereIsNone", "another visitor's": foreign} {
			t.Run(name, func(t *testing.T) {
				_, err := s.survey(ctx, id, "satisfaction", "5")
				refuses(t, err, roomNotFound)
			})
		}
		_, err := s.survey(bearer(s.context(), "nobodysToken"), room, "satisfaction", "5")
		refuses(t, err, visitorUnknown)

		// Where livechat is switched off nobody is told what the survey asks, and Rocket.Chat decides.
		s.set("Livechat_enabled", false)
		got, err := s.survey(ctx, room, "satisfaction", "5", "nope", "5")
		if diff := cmp.Diff(answersOf("satisfaction", "5"), got, protocmp.Transform()); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		_, err = s.survey(ctx, room, "nope", "5")
		refuses(t, err, told{Code: codes.InvalidArgument, Reason: "SURVEY_INVALID"})
		_, err = s.survey(ctx, room, "nope", "5", "nope", "5")
		refuses(t, err, invalid("answers[1].name"))
	})
}

func TestASurveyWhoseAnswerWasLostMayBeRepeated(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	s.befall(fault.Lost, "room.survey", 1)
	_, err := s.survey(ctx, room, "satisfaction", "5")
	refuses(t, err, upstreamDown)
	if got, err := s.survey(ctx, room, "satisfaction", "5"); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}
