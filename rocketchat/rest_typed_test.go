package rocketchat

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// opened is what OpenRoom returns beside its error.
type opened struct {
	Room    Room
	Created bool
}

// called is a call of Client, and what it returns beside its error.
type called func(context.Context, *Client) (any, error)

// typed returns the call of Client that makes exactly the recorded request, or nil where no call can: such requests were
// malformed on purpose, or use parameters that this package never sends.
func (x exchange) typed(t *testing.T, all []exchange) called {
	t.Helper()
	query := x.url().Query()
	token := Secret(query.Get("token"))
	switch x.route(t).op {
	case routeRegister.op:
		return x.typedRegister()
	case routeVisitor.op:
		token := Secret(x.segment(t, 0))
		return func(ctx context.Context, c *Client) (any, error) { return c.Visitor(ctx, token) }
	case routeDeleteVisitor.op:
		token := Secret(x.segment(t, 0))
		return func(ctx context.Context, c *Client) (any, error) { return nil, c.DeleteVisitor(ctx, token) }
	case routeVisitorStatus.op, routeCustomField.op, routeCustomFields.op, routePageVisited.op:
		return x.typedNote(t)
	case routeAgentInfo.op, routeAgentNext.op:
		return x.typedAgent(t, query)
	case routeOpenRoom.op:
		if !keysWithin(query, "token", "agentId") || token == "" {
			return nil
		}
		return func(ctx context.Context, c *Client) (any, error) {
			room, created, err := c.OpenRoom(ctx, token, OpenRoom{AgentID: query.Get("agentId")})
			return opened{room, created}, err
		}
	case routeCloseRoom.op, routeTransfer.op, routeSurvey.op, routeTranscript.op, routeOffline.op:
		return x.typedForm(t)
	case routeSend.op, routeUpdateMessage.op, routeDeleteMessage.op:
		return x.typedMessage(t)
	case routeMessage.op:
		id := x.segment(t, 0)
		if !keysWithin(query, "token", "rid") || len(query) != 2 {
			return nil
		}
		return func(ctx context.Context, c *Client) (any, error) { return c.Message(ctx, token, query.Get("rid"), id) }
	case routeHistory.op:
		return x.typedHistory(t, token, query)
	case routeConfig.op:
		if !keysWithin(query, "token", "department") {
			return nil
		}
		return func(ctx context.Context, c *Client) (any, error) {
			return c.Config(ctx, token, query.Get("department"))
		}
	case routeUpload.op:
		return x.typedUpload(t, all)
	case routeFile.op:
		return x.typedDownload()
	case routeInfo.op:
		return func(ctx context.Context, c *Client) (any, error) { return c.RefreshServerVersion(ctx) }
	}
	return nil
}

func (x exchange) typedRegister() called {
	var body registerBody
	if !x.strict(&body) || strings.TrimSpace(body.Visitor.Token) == "" {
		return nil
	}
	v := NewVisitor{
		Token: Secret(body.Visitor.Token), Name: body.Visitor.Name, Email: body.Visitor.Email, Phone: body.Visitor.Phone,
		Username: body.Visitor.Username, Department: body.Visitor.Department,
	}
	for _, f := range body.Visitor.CustomFields {
		if !f.Overwrite {
			return nil
		}
		if v.CustomFields == nil {
			v.CustomFields = make(map[string]string)
		}
		v.CustomFields[f.Key] = f.Value
	}
	return func(ctx context.Context, c *Client) (any, error) { return c.RegisterVisitor(ctx, v) }
}

func (x exchange) typedHistory(t *testing.T, token Secret, query url.Values) called {
	t.Helper()
	q := HistoryQuery{RoomID: x.segment(t, 0)}
	if !keysWithin(query, "token", "limit", "offset", "end") || token == "" {
		return nil
	}
	for key, into := range map[string]*int{"limit": &q.Limit, "offset": &q.Offset} {
		if !query.Has(key) {
			continue
		}
		n, err := strconv.Atoi(query.Get(key))
		if err != nil || n <= 0 || key == "offset" && !x.version().has(historyOffset) {
			return nil
		}
		*into = n
	}
	if query.Has("end") {
		end, err := time.Parse(endLayout, query.Get("end"))
		if err != nil {
			return nil
		}
		q.Before = end
	}
	return func(ctx context.Context, c *Client) (any, error) { return c.History(ctx, token, q) }
}

// strict reads the request's body if it has exactly the fields of into, with their types, and none that would not be sent.
func (x exchange) strict(into any) bool {
	d := json.NewDecoder(bytes.NewReader(x.Request.Body))
	d.DisallowUnknownFields()
	if len(x.Request.Body) == 0 || d.Decode(into) != nil || x.Request.Headers["content-type"] != "application/json" {
		return false
	}
	again, err := json.Marshal(into)
	return err == nil && cmp.Equal(anyJSON(again), anyJSON(x.Request.Body))
}

// segment is the n-th segment of the recorded path, counted from its end.
func (x exchange) segment(t *testing.T, n int) string {
	t.Helper()
	all := strings.Split(x.url().EscapedPath(), "/")
	segment, err := url.PathUnescape(all[len(all)-1-n])
	if err != nil {
		t.Fatal(err)
	}
	return segment
}

func keysWithin(query url.Values, keys ...string) bool {
	for key, values := range query {
		if !slices.Contains(keys, key) || len(values) != 1 || values[0] == "" {
			return false
		}
	}
	return true
}

// anyJSON decodes JSON without types; what is not JSON is nil.
func anyJSON(raw []byte) any {
	var v any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&v) != nil && len(raw) > 0 {
		return nil
	}
	if _, err := d.Token(); err != io.EOF {
		return nil
	}
	return v
}
