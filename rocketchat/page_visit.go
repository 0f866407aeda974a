package rocketchat

import (
	"context"
	"encoding/json"
	"net/http"
)

var routePageVisited = route{op: "record page visit", method: http.MethodPost, path: "/api/v1/livechat/page.visited", writes: true}

type pageBody struct {
	Token  string   `json:"token"`
	RoomID string   `json:"rid,omitempty"`
	Page   pageInfo `json:"pageInfo"`
}

type pageInfo struct {
	Change   string       `json:"change"`
	Title    string       `json:"title"`
	Location pageLocation `json:"location"`
}

type pageLocation struct {
	Href string `json:"href"`
}

type pageAnswer struct {
	Page json.RawMessage `json:"page"`
}

// RecordPageVisit tells the agents of a page that the visitor looks at. It reports whether upstream kept it: it keeps only the kind of
// change that the workspace follows (6.5.3 misc-livechat "page.visited change=title (tracking url)").
//
// Upstream verifies neither the token nor the room (trap 25): prove first that the visitor exists and that the room is its own.
//
// Errors: CodeInvalidParams. It is a write: a repetition records the visit again.
func (c *Client) RecordPageVisit(ctx context.Context, token Secret, v PageVisit) (recorded bool, err error) {
	body := pageBody{
		Token: token.Reveal(), RoomID: v.RoomID,
		Page: pageInfo{Change: v.Change, Title: v.Title, Location: pageLocation{Href: v.URL}},
	}
	var got pageAnswer
	if err := c.rest.call(ctx, routePageVisited, request{body: body}, &got); err != nil {
		return false, err
	}
	return !absent(got.Page), nil
}
