package rest

import (
	"encoding/json"
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// Methods are the DDP methods, which POST method.call/:method runs too.
type Methods interface {
	// Call answers a result or a refusal, undefined being neither. The core's lock is held.
	Call(u *core.User, token, name string, params []any) (result, refusal any, defined bool)
	// Limited counts a call against the limits of DDP and answers the refusal of one too many. The core's lock is held.
	Limited(u *core.User, token, name string) any
}

// methodRoutes are the bridge to DDP (rest-agent B.7). The REST limiter leaves it out.
func (a *API) methodRoutes() []*route {
	return []*route{
		{verb: http.MethodPost, path: "method.call/:method", user: true, coded: true, inBody: true, unlimited: true, check: byPattern,
			handle: (*API).methodCall, fields: []field{{name: "message"}}},
	}
}

// methodCall runs a method. Its name stands in the message too, and there it counts. Whatever comes of it is a text inside a 200.
func (a *API) methodCall(c *call) (doc, error) {
	v, err := wire.Decode([]byte(c.in.Str("message")))
	msg, isObject := v.(*wire.Object)
	name := ""
	if isObject {
		name = msg.Str("method")
	}
	if err != nil || name == "" {
		return nil, core.NotPlayed("method.call with a message that is no method")
	}
	params, _ := msg.Values["params"].([]any)
	out := methodAnswer{Msg: "result", ID: wire.Plain(msg.Values["id"])}
	if refusal := a.Methods.Limited(c.user, c.token, name); refusal != nil {
		out.Error = ejson(refusal)
	} else if result, refusal, defined := a.Methods.Call(c.user, c.token, name, params); refusal != nil {
		out.Error = ejson(refusal)
	} else if defined {
		out.Result = ejson(result)
	}
	text, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	return doc{"message": string(text)}, nil
}

// methodAnswer is the frame inside the text, its keys in their usual order.
type methodAnswer struct {
	Msg    string          `json:"msg"`
	ID     any             `json:"id"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

func ejson(v any) json.RawMessage { return wire.Encode(v, wire.EJSONDate) }
