package rocketchat

import (
	"context"
	"net/http"
)

var routeSurvey = route{op: "submit survey", method: http.MethodPost, path: "/api/v1/livechat/room.survey", writes: true}

// FeedbackItem is the item of a survey that takes any text. It is not among LivechatConfig.SurveyItems.
const FeedbackItem = "additionalFeedback"

// SurveyAnswer is one answer of a survey: Name is one of LivechatConfig.SurveyItems and Value one of its SurveyValues, or Name is
// FeedbackItem and Value any text.
type SurveyAnswer struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type surveyBody struct {
	RoomID string         `json:"rid"`
	Token  string         `json:"token"`
	Data   []SurveyAnswer `json:"data"`
}

type surveyAnswer struct {
	Data map[string]string `json:"data"`
}

// SubmitSurvey stores a visitor's answers about one of its own rooms, open or closed, in place of all earlier ones. Upstream drops names
// and values that it does not know without a word: what is returned is what it stored, in the order in which it was sent. Of two
// answers to one item the later one is stored, and returned twice.
//
// Errors: CodeInvalidToken, CodeInvalidRoom (unknown or another visitor's), CodeInvalidSurvey (upstream knows none of them). It is not
// repeated by itself, but may be.
func (c *Client) SubmitSurvey(ctx context.Context, token Secret, roomID string, answers []SurveyAnswer) ([]SurveyAnswer, error) {
	var got surveyAnswer
	body := surveyBody{RoomID: roomID, Token: token.Reveal(), Data: answers}
	if err := c.rest.call(ctx, routeSurvey, request{body: body}, &got); err != nil {
		return nil, err
	}
	var stored []SurveyAnswer
	for _, a := range answers {
		if value, ok := got.Data[a.Name]; ok {
			stored = append(stored, SurveyAnswer{Name: a.Name, Value: value})
		}
	}
	return stored, nil
}
