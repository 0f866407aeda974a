package core

import "slices"

// Answer is one item of a survey.
type Answer struct{ Name, Value string }

// surveyItems are what a visitor may rate, from "1" to "5". The third name is misspelt in Rocket.Chat, and must be sent so.
var (
	surveyItems  = []string{"satisfaction", "agentKnowledge", "agentResposiveness", "agentFriendliness"}
	surveyValues = []string{"1", "2", "3", "4", "5"}
)

// Rate keeps a visitor's survey of an open or closed room, in place of an earlier one, and answers what of it counts.
func (c *Core) Rate(rid, token string, answers []Answer) (Doc, error) {
	r, err := c.ownRoom(rid, token)
	if err != nil {
		return nil, err
	}
	data := ratings(answers)
	if len(data) == 0 {
		return nil, errSurvey
	}
	c.keepSurvey(r, data)
	return data, nil
}

// RateQuietly is livechat:saveSurveyFeedback, which says nothing where there is nothing to keep.
func (c *Core) RateQuietly(rid, token string, answers []Answer) (any, bool) {
	r, err := c.ownRoom(rid, token)
	data := ratings(answers)
	if err != nil || len(data) == 0 {
		return nil, false
	}
	c.keepSurvey(r, data)
	return c.changedRecords(1), true
}

func (c *Core) keepSurvey(r *room, data doc) {
	r.survey, r.updated = data, c.millis()
	c.roomChanged(r)
}

// ratings drops items that nobody asks for and values out of range; additionalFeedback may be any text.
func ratings(answers []Answer) doc {
	data := doc{}
	for _, a := range answers {
		if a.Name == "additionalFeedback" || slices.Contains(surveyItems, a.Name) && slices.Contains(surveyValues, a.Value) {
			data[a.Name] = a.Value
		}
	}
	return data
}
