package rocketchat

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAVisitorWithAnOpenRoomIsNotDeleted(t *testing.T) {
	const (
		open    = `{"config":{"enabled":true,"guest":{"_id":"v"},"room":{"_id":"r","open":true}},"success":true}`
		none    = `{"config":{"enabled":true,"guest":{"_id":"v"}},"success":true}`
		off     = `{"config":{"enabled":false},"success":true}`
		deleted = `{"visitor":{"_id":"v","ts":"2026-11-21T01:51:32.095Z"},"success":true}`
	)
	self := routeDeleteVisitor.path + "/" + string(testToken)
	for name, tt := range map[string]struct {
		info, config, answer string // answer empty: it must not be asked
		code                 string
	}{
		"an old server would delete it":                  {oldInfo, open, "", CodeHasOpenRooms},
		"a new one, where it collects headers":           {newInfo, open, "", CodeHasOpenRooms},
		"an old one does not tell while livechat is off": {oldInfo, off, "", CodeLivechatDisabled},
		"a new one decides while livechat is off":        {newInfo, off, `{"success":false,"error":"Cannot remove visitors with opened rooms [visitor-has-open-rooms]","errorType":"visitor-has-open-rooms"}`, CodeHasOpenRooms},
		"without a room, old":                            {oldInfo, none, deleted, ""},
		"without a room, new":                            {newInfo, none, deleted, ""},
		"whom an old server does not know":               {oldInfo, `{"config":{"enabled":true},"success":true}`, `{"success":false,"error":"invalid-token"}`, CodeInvalidToken},
		"whom a new one does not know":                   {newInfo, `{"config":{"enabled":true},"success":true}`, `{"success":false,"error":"[invalid-token]","errorType":"invalid-token"}`, CodeInvalidToken},
		"who goes at the same moment":                    {newInfo, none, `{"success":false,"error":"error-invalid-guest"}`, CodeInvalidToken},
	} {
		t.Run(name, func(t *testing.T) {
			answers := map[string]string{routeInfo.path: tt.info, routeConfig.path: tt.config}
			if tt.answer != "" {
				answers[self] = tt.answer
			}
			s, c := newCanned(t, answers)
			if err := c.DeleteVisitor(t.Context(), testToken); code(err) != tt.code || (err == nil) != (tt.code == "") {
				t.Errorf("%v, want %q", err, tt.code)
			}
			if asked := s.calls[self]; (asked == 1) != (tt.answer != "") {
				t.Errorf("asked to delete %d times", asked)
			}
		})
	}
}

func TestTheRequestsOfAVisitorsWritesAreExactlyWhatUpstreamTakes(t *testing.T) {
	ok := func(path string) map[string]string { return map[string]string{path: `{"success":true}`} }
	for name, tt := range map[string]struct {
		path string
		call func(*testing.T, *Client) error
		want string
	}{
		"status": {routeVisitorStatus.path, func(t *testing.T, c *Client) error {
			return c.SetVisitorStatus(t.Context(), testToken, "away")
		}, `{"token":"` + string(testToken) + `","status":"away"}`},
		"field": {routeCustomField.path, func(t *testing.T, c *Client) error {
			return c.SetCustomField(t.Context(), testToken, CustomFieldValue{Key: "plan", Value: "gold"})
		}, `{"token":"` + string(testToken) + `","key":"plan","value":"gold","overwrite":true}`},
		"fields": {routeCustomFields.path, func(t *testing.T, c *Client) error {
			return c.SetCustomFields(t.Context(), testToken, []CustomFieldValue{{Key: "plan", Value: "gold", KeepExisting: true}, {Key: "size"}})
		}, `{"token":"` + string(testToken) + `","customFields":[{"key":"plan","value":"gold","overwrite":false},{"key":"size","value":"","overwrite":true}]}`},
		"no fields": {routeCustomFields.path, func(t *testing.T, c *Client) error {
			return c.SetCustomFields(t.Context(), testToken, nil)
		}, `{"token":"` + string(testToken) + `","customFields":[]}`},
		"page": {routePageVisited.path, func(t *testing.T, c *Client) error {
			_, err := c.RecordPageVisit(t.Context(), testToken, PageVisit{RoomID: "r", Title: "Shop", URL: "https://x/", Change: "url"})
			return err
		}, `{"token":"` + string(testToken) + `","rid":"r","pageInfo":{"change":"url","title":"Shop","location":{"href":"https://x/"}}}`},
		"page of no room": {routePageVisited.path, func(t *testing.T, c *Client) error {
			_, err := c.RecordPageVisit(t.Context(), testToken, PageVisit{URL: "https://x/", Change: "title"})
			return err
		}, `{"token":"` + string(testToken) + `","pageInfo":{"change":"title","title":"","location":{"href":"https://x/"}}}`},
	} {
		t.Run(name, func(t *testing.T) {
			d, c := newDesk(t, ok(tt.path))
			if err := tt.call(t, c); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(anyJSON([]byte(tt.want)), anyJSON([]byte(d.bodies[tt.path]))); diff != "" {
				t.Errorf("(-want +sent)\n%s", diff)
			}
		})
	}
}

func TestAPageVisitIsRecordedIfTheAnswerHasIt(t *testing.T) {
	for answer, want := range map[string]bool{
		`{"page":{"msg":"T - http://x/","navigation":{}},"success":true}`: true,
		`{"success":true}`:             false,
		`{"page":null,"success":true}`: false,
	} {
		_, c := newCanned(t, map[string]string{routePageVisited.path: answer})
		if got, err := c.RecordPageVisit(t.Context(), testToken, PageVisit{URL: "http://x/", Change: "url"}); got != want || err != nil {
			t.Errorf("%s: %v, %v", answer, got, err)
		}
	}
}

func TestWhyACustomFieldWasNotStored(t *testing.T) {
	for name, tt := range map[string]struct{ answer, want string }{
		"a value is there":           {`{"success":false}`, CodeFieldKept},
		"one of several":             {`{"success":false,"error":"error-setting-custom-field"}`, CodeFieldKept},
		"no room is open":            {`{"success":false,"error":"Cannot read properties of null (reading 'livechatData')"}`, CodeFieldKept},
		"no room is open, older":     {`{"success":false,"error":"Cannot read property 'livechatData' of null"}`, CodeFieldKept},
		"no such field":              {`{"success":false,"error":"invalid-custom-field"}`, CodeInvalidCustomField},
		"no such field, old":         {`{"success":false,"isClientSafe":true,"error":"invalid-custom-field","message":"[invalid-custom-field]","errorType":"Meteor.Error"}`, CodeInvalidCustomField},
		"the pattern":                {`{"success":false,"error":"Invalid value for plan field"}`, CodeInvalidFieldValue},
		"the pattern, old":           {`{"success":false,"isClientSafe":true,"error":"Invalid value for plan field","message":"[Invalid value for plan field]","errorType":"Meteor.Error"}`, CodeInvalidFieldValue},
		"the pattern, in Portuguese": {`{"success":false,"error":"Valor inválido para o campo plan"}`, CodeInvalidFieldValue},
		"the visitor":                {`{"success":false,"error":"invalid-token"}`, CodeInvalidToken},
	} {
		t.Run(name, func(t *testing.T) {
			_, c := newCanned(t, map[string]string{routeCustomField.path: tt.answer, routeCustomFields.path: tt.answer})
			one := c.SetCustomField(t.Context(), testToken, CustomFieldValue{Key: "plan"})
			many := c.SetCustomFields(t.Context(), testToken, []CustomFieldValue{{Key: "plan"}, {Key: "size"}})
			if name == "one of several" {
				one = many // only several are refused so
			}
			if code(one) != tt.want || code(many) != tt.want {
				t.Errorf("one: %v; many: %v; want %s", one, many, tt.want)
			}
		})
	}
}
