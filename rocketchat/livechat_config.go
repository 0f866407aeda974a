package rocketchat

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
)

var routeConfig = route{op: "read config", method: http.MethodGet, path: "/api/v1/livechat/config"}

type configAnswer struct {
	Config json.RawMessage `json:"config"`
}

// Config reads the workspace's livechat configuration. With a token it also tells of that visitor, the open room and who serves
// it; an unknown token is no error, Visitor is then nil. Department, an id, decides whose agents count for Online. Where livechat
// is switched off, Enabled is false and nothing else is told.
//
// Errors: CodeInvalidParams, KindLimited, KindUnavailable.
func (c *Client) Config(ctx context.Context, token Secret, department string) (LivechatConfig, error) {
	query := url.Values{}
	if token != "" {
		query.Set("token", token.Reveal())
	}
	if department != "" {
		query.Set("department", department)
	}
	var got configAnswer
	if err := c.rest.call(ctx, routeConfig, request{query: query}, &got); err != nil {
		return LivechatConfig{}, err
	}
	config, err := decodeConfig(got.Config)
	if err != nil {
		return LivechatConfig{}, routeConfig.misread(err)
	}
	return config, nil
}
