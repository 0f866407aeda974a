package ddp

import (
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// sendAsVisitor opens a new room where the one that is named is unknown or closed (recorded in both versions).
func (c *Session) sendAsVisitor(params []any) (any, error) {
	p := arguments(params)
	o, err := p.object(0)
	if err != nil {
		return nil, err
	}
	if !o.texts("token", "_id", "rid", "msg") {
		return nil, errMatch
	}
	in := core.Draft{Token: o.Str("token"), RID: o.Str("rid"), ID: o.Str("_id"), Text: o.Str("msg"), Extra: doc{}}
	if len(params) > 1 && params[1] != nil {
		agent, ok := p.exact(1, "agentId", "username")
		if !ok {
			return nil, errMatch
		}
		in.AgentID = agent.Str("agentId")
	}
	for _, key := range []string{"file", "files", "attachments"} {
		if value, there := o.Values[key]; there {
			in.Extra[key] = wire.Plain(value)
		}
	}
	said, err := c.srv.core.SendAnywhere(in)
	if said == nil {
		return nothing, err
	}
	return said, err
}

func (c *Session) agentData(params []any) (any, error) {
	o, err := arguments(params).object(0)
	if err != nil {
		return nil, err
	}
	if !o.texts("roomId", "token") {
		return nil, errMatch
	}
	agent, err := c.srv.core.AgentData(o.Str("roomId"), o.Str("token"))
	if agent == nil {
		return nothing, err
	}
	return agent, err
}

func (c *Session) nextAgent(params []any) (any, error) {
	o, err := arguments(params).object(0)
	if err != nil {
		return nil, err
	}
	if !o.texts("token") {
		return nil, errMatch
	}
	agent, err := c.srv.core.NextAgent(o.Str("token"), o.Str("department"))
	if err != nil || agent == nil {
		return nothing, nil //nolint:nilerr // nobody is no error here
	}
	return agent, nil
}

func (c *Session) visitorHistory(params []any) (any, error) {
	o, err := arguments(params).object(0)
	if err != nil {
		return nil, err
	}
	token := o.Str("token")
	if token == "" {
		return nothing, nil
	}
	p := core.Page{Limit: o.number("limit")}
	p.End, p.HasEnd = moment(o.Values["end"])
	p.Since, p.HasSince = moment(o.Values["ls"])
	found, err := c.srv.core.VisitorHistory(o.Str("rid"), token, p)
	if found == nil {
		return nothing, err
	}
	return found, err
}

// moment reads a date in the form of EJSON or of ISO 8601.
func moment(v any) (time.Time, bool) {
	switch v := v.(type) {
	case *wire.Object:
		ms := (&argument{v}).number("$date")
		return time.UnixMilli(int64(ms)).UTC(), ms != 0
	case string:
		t, err := time.Parse(time.RFC3339Nano, v)
		return t, err == nil
	}
	return time.Time{}, false
}

// pageVisited answers nothing, although the message is kept (recorded in both versions).
func (c *Session) pageVisited(params []any) (any, error) {
	p := arguments(params)
	token, _ := p.text(0)
	rid, _ := p.text(1)
	page, err := p.object(2)
	if err != nil {
		return nil, err
	}
	plain, _ := wire.Plain(page.Object).(doc)
	c.srv.core.VisitPage(token, rid, plain)
	return nothing, nil
}

func (c *Session) saveSurvey(params []any) (any, error) {
	p := arguments(params)
	token, ok1 := p.text(0)
	rid, ok2 := p.text(1)
	if !ok1 || !ok2 || len(params) < 3 {
		return nil, errMatch
	}
	list, isList := params[2].([]any)
	answers := make([]core.Answer, len(list))
	for i, item := range list {
		o, isObject := item.(*wire.Object)
		if !isObject || !(&argument{o}).texts("name", "value") {
			return nil, errMatch
		}
		answers[i] = core.Answer{Name: o.Str("name"), Value: o.Str("value")}
	}
	if !isList {
		return nil, errMatch
	}
	if result, done := c.srv.core.RateQuietly(rid, token, answers); done {
		return result, nil
	}
	return nothing, nil
}

func (c *Session) setDepartment(params []any) (any, error) {
	o, _ := arguments(params).object(0)
	if o == nil || !o.texts("roomId", "visitorToken", "departmentId") {
		return nil, errMatch
	}
	return c.srv.core.TransferQuietly(o.Str("roomId"), o.Str("visitorToken"), o.Str("departmentId"))
}
