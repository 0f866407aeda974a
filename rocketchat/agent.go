package rocketchat

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

var (
	routeAgentInfo = route{op: "get room's agent", method: http.MethodGet, path: "/api/v1/livechat/agent.info"}
	// GET livechat/agent.next counts as an assignment: it is a write (rest-visitor 7.2).
	routeAgentNext = route{op: "ask for next agent", method: http.MethodGet, path: "/api/v1/livechat/agent.next", writes: true}
)

type agentAnswer struct {
	Agent json.RawMessage `json:"agent"`
}

// RoomAgent reads who serves one of the visitor's own rooms, or served it, if it is closed. Where the workspace hides its agents, only
// Hidden is set.
//
// Errors: CodeInvalidToken, CodeInvalidRoom (unknown or another visitor's), CodeAgentNotFound (nobody: it waits in the queue).
func (c *Client) RoomAgent(ctx context.Context, token Secret, roomID string) (*Agent, error) {
	var got agentAnswer
	if err := c.rest.call(ctx, routeAgentInfo, request{segments: []string{roomID, token.Reveal()}}, &got); err != nil {
		return nil, err
	}
	agent, err := decodeAgent(got.Agent)
	switch {
	case err != nil:
		return nil, routeAgentInfo.misread(err)
	case agent == nil:
		return nil, &Error{Op: routeAgentInfo.op, Code: CodeAgentNotFound, HTTPStatus: http.StatusOK}
	}
	return agent, nil
}

// NextAgent asks which agent would get the visitor's next room; nil if the visitor has an open room already. departmentID, which may be
// empty, is an id, never a name.
//
// Asking counts: under automatic routing it moves the agent's load counter, so a repetition may name another one. Upstream does not
// verify the token (trap 25): prove first that the visitor exists.
//
// Errors: CodeAgentNotFound (nobody is there, or the workspace does not pick agents by itself).
func (c *Client) NextAgent(ctx context.Context, token Secret, departmentID string) (*Agent, error) {
	query := url.Values{}
	if departmentID != "" {
		query.Set("department", departmentID)
	}
	var got agentAnswer
	if err := c.rest.call(ctx, routeAgentNext, request{segments: []string{token.Reveal()}, query: query}, &got); err != nil {
		return nil, err
	}
	agent, err := decodeAgent(got.Agent)
	if err != nil {
		return nil, routeAgentNext.misread(err)
	}
	return agent, nil
}
