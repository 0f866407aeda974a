package rocketchat

import (
	"context"
	"net/url"
	"testing"
)

// typedNote returns the call that notes something about a visitor.
func (x exchange) typedNote(t *testing.T) called {
	t.Helper()
	type field struct {
		Key       string `json:"key"`
		Value     string `json:"value"`
		Overwrite bool   `json:"overwrite"`
	}
	value := func(f field) CustomFieldValue {
		return CustomFieldValue{Key: f.Key, Value: f.Value, KeepExisting: !f.Overwrite}
	}
	switch x.route(t).op {
	case routeVisitorStatus.op:
		var body struct {
			Token  string `json:"token"`
			Status string `json:"status"`
		}
		if x.strict(&body) {
			return func(ctx context.Context, c *Client) (any, error) {
				return nil, c.SetVisitorStatus(ctx, Secret(body.Token), body.Status)
			}
		}
	case routeCustomField.op:
		var body struct {
			Token string `json:"token"`
			field
		}
		if x.strict(&body) {
			return func(ctx context.Context, c *Client) (any, error) {
				return nil, c.SetCustomField(ctx, Secret(body.Token), value(body.field))
			}
		}
	case routeCustomFields.op:
		var body struct {
			Token  string  `json:"token"`
			Fields []field `json:"customFields"`
		}
		if x.strict(&body) {
			return func(ctx context.Context, c *Client) (any, error) {
				var values []CustomFieldValue
				for _, f := range body.Fields {
					values = append(values, value(f))
				}
				return nil, c.SetCustomFields(ctx, Secret(body.Token), values)
			}
		}
	case routePageVisited.op:
		var body struct {
			Token string `json:"token"`
			Room  string `json:"rid,omitempty"`
			Page  struct {
				Change   string `json:"change"`
				Title    string `json:"title"`
				Location struct {
					Href string `json:"href"`
				} `json:"location"`
			} `json:"pageInfo"`
		}
		if x.strict(&body) {
			visit := PageVisit{RoomID: body.Room, Title: body.Page.Title, URL: body.Page.Location.Href, Change: body.Page.Change}
			return func(ctx context.Context, c *Client) (any, error) {
				return c.RecordPageVisit(ctx, Secret(body.Token), visit)
			}
		}
	}
	return nil
}

func (x exchange) typedAgent(t *testing.T, query url.Values) called {
	t.Helper()
	if x.route(t).op == routeAgentInfo.op {
		room, token := x.segment(t, 1), Secret(x.segment(t, 0))
		return func(ctx context.Context, c *Client) (any, error) { return c.RoomAgent(ctx, token, room) }
	}
	token := Secret(x.segment(t, 0))
	return func(ctx context.Context, c *Client) (any, error) {
		return c.NextAgent(ctx, token, query.Get("department"))
	}
}

// typedForm returns the call that does something with a room, or mails.
func (x exchange) typedForm(t *testing.T) called {
	t.Helper()
	type room struct {
		ID    string `json:"rid"`
		Token string `json:"token"`
	}
	switch x.route(t).op {
	case routeCloseRoom.op:
		var body room
		if x.strict(&body) {
			return func(ctx context.Context, c *Client) (any, error) {
				return nil, c.CloseRoom(ctx, Secret(body.Token), body.ID)
			}
		}
	case routeTransfer.op:
		var body struct {
			room
			Department string `json:"department"`
		}
		if x.strict(&body) {
			return func(ctx context.Context, c *Client) (any, error) {
				return c.TransferRoom(ctx, Secret(body.Token), body.ID, body.Department)
			}
		}
	case routeSurvey.op:
		var body struct {
			room
			Data []struct {
				Name  string `json:"name"`
				Value string `json:"value"`
			} `json:"data"`
		}
		if x.strict(&body) && len(body.Data) > 0 {
			var answers []SurveyAnswer
			for _, a := range body.Data {
				answers = append(answers, SurveyAnswer{Name: a.Name, Value: a.Value})
			}
			return func(ctx context.Context, c *Client) (any, error) {
				return c.SubmitSurvey(ctx, Secret(body.Token), body.ID, answers)
			}
		}
	case routeTranscript.op:
		var body struct {
			room
			Email string `json:"email"`
		}
		if x.strict(&body) {
			return func(ctx context.Context, c *Client) (any, error) {
				return nil, c.RequestTranscript(ctx, Secret(body.Token), body.ID, body.Email)
			}
		}
	case routeOffline.op:
		var body struct {
			Name       string `json:"name"`
			Email      string `json:"email"`
			Text       string `json:"message"`
			Department string `json:"department,omitempty"`
			Host       string `json:"host,omitempty"`
		}
		if x.strict(&body) {
			m := OfflineMessage{Name: body.Name, Email: body.Email, Text: body.Text, Department: body.Department, Host: body.Host}
			return func(ctx context.Context, c *Client) (any, error) { return nil, c.SendOfflineMessage(ctx, m) }
		}
	}
	return nil
}

func (x exchange) typedMessage(t *testing.T) called {
	t.Helper()
	type message struct {
		Token string `json:"token"`
		Room  string `json:"rid"`
	}
	switch x.route(t).op {
	case routeSend.op:
		var body sendBody
		if x.strict(&body) {
			return func(ctx context.Context, c *Client) (any, error) {
				return c.SendMessage(ctx, Secret(body.Token), NewMessage{RoomID: body.RoomID, ID: body.ID, Text: body.Text})
			}
		}
	case routeUpdateMessage.op:
		id := x.segment(t, 0)
		var body struct {
			message
			Text string `json:"msg"`
		}
		if x.strict(&body) {
			return func(ctx context.Context, c *Client) (any, error) {
				return c.UpdateMessage(ctx, Secret(body.Token), body.Room, id, body.Text)
			}
		}
	case routeDeleteMessage.op:
		id := x.segment(t, 0)
		var body message
		if x.strict(&body) {
			return func(ctx context.Context, c *Client) (any, error) {
				return nil, c.DeleteMessage(ctx, Secret(body.Token), body.Room, id)
			}
		}
	}
	return nil
}
