package rocketchat

import (
	"context"
	"net/http"
)

var (
	routeDeleteVisitor = route{op: "delete visitor", method: http.MethodDelete, path: "/api/v1/livechat/visitor", writes: true}
	routeVisitorStatus = route{op: "set visitor status", method: http.MethodPost, path: "/api/v1/livechat/visitor.status", writes: true}
)

type statusBody struct {
	Token  string `json:"token"`
	Status string `json:"status"`
}

// DeleteVisitor deletes the visitor with all of its rooms, messages and files. A visitor with an open room is refused: servers from 4.0
// on refuse by themselves unless the workspace collects request headers, and the others would take the room from under its agent, so
// the open room is looked for first, in Config. Where livechat is switched off, Config tells of no room: then servers from 4.0 on decide
// alone, and below nothing is deleted.
//
// Errors: CodeInvalidToken (also: it is gone already), CodeHasOpenRooms, CodeLivechatDisabled (below 4.0).
// It is not repeated by itself, but may be.
func (c *Client) DeleteVisitor(ctx context.Context, token Secret) error {
	server, err := c.rest.version(ctx)
	if err != nil {
		return err
	}
	config, err := c.Config(ctx, token, "")
	if err != nil {
		return err
	}
	switch _, open := config.openRoom(); {
	case open:
		return &Error{Op: routeDeleteVisitor.op, Code: CodeHasOpenRooms}
	case !config.Enabled && !server.has(openRoomsForbidDeletion):
		return &Error{Op: routeDeleteVisitor.op, Code: CodeLivechatDisabled}
	}
	return c.rest.call(ctx, routeDeleteVisitor, request{segments: []string{token.Reveal()}}, nil)
}

// SetVisitorStatus tells the agents of the visitor's open rooms whether the visitor is there: online, away, busy or offline. Upstream
// takes any text, and keeps none of it on the visitor's own record (6.5.3 visitor "visitor.status weird").
//
// Errors: CodeInvalidToken. It is not repeated by itself, but may be.
func (c *Client) SetVisitorStatus(ctx context.Context, token Secret, status string) error {
	return c.rest.call(ctx, routeVisitorStatus, request{body: statusBody{Token: token.Reveal(), Status: status}}, nil)
}
