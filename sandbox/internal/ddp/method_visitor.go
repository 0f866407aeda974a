package ddp

import (
	"log/slog"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// visitorMethods are what visitors call without a login, as realtime 11.1 and 11.3 list them.
var visitorMethods = thrown(map[string]method{
	"livechat:getInitialData":          {until: 500, run: (*Session).initialData},
	"livechat:startVideoCall":          {until: 500, run: (*Session).startVideoCall},
	"livechat:startFileUploadRoom":     {until: 500, run: (*Session).startFileUploadRoom},
	"livechat:closeByVisitor":          {until: 600, run: (*Session).closeByVisitor},
	"livechat:registerGuest":           {until: 800, run: (*Session).registerGuest}, // in 7.0 and 8.0 as the pages suppose
	"livechat:loginByToken":            {until: 700, run: (*Session).loginByToken},
	"livechat:loadHistory":             {until: 700, run: (*Session).visitorHistory},
	"livechat:pageVisited":             {until: 700, run: (*Session).pageVisited},
	"livechat:saveSurveyFeedback":      {until: 700, run: (*Session).saveSurvey},
	"livechat:setCustomField":          {until: 700, run: (*Session).setCustomField},
	"livechat:setDepartmentForVisitor": {until: 700, run: (*Session).setDepartment},
	"livechat:sendOfflineMessage":      {until: 700, run: (*Session).sendOfflineMessage},
	"livechat:getNextAgent":            {until: 700, run: (*Session).nextAgent},
	"livechat:getAgentData":            {until: 700, run: (*Session).agentData},
	"livechat:setUpConnection":         {until: 800, run: (*Session).setUpConnection},
	"sendMessageLivechat":              {run: (*Session).sendAsVisitor},
})

func (c *Session) initialData(params []any) (any, error) {
	p := arguments(params)
	token, known := p.text(0)
	dep, _ := p.text(1)
	return c.srv.core.InitialData(token, known, dep), nil
}

// startVideoCall is for accounts, although visitors' widgets had it.
func (c *Session) startVideoCall([]any) (any, error) {
	if c.user == nil {
		return nil, &core.Fault{Code: "error-not-authorized", Reason: "Not authorized"}
	}
	const name = "livechat:startVideoCall"
	c.srv.Log.Warn("the sandbox has no calls", slog.String("method", name))
	return nil, &core.Fault{Number: 404, Reason: "Method '" + name + "' not found"}
}

func (c *Session) startFileUploadRoom(params []any) (any, error) {
	p := arguments(params)
	rid, _ := p.text(0)
	token, _ := p.text(1)
	if c.srv.core.VisitorByToken(token) == nil {
		return nil, errInternal
	}
	room, _, err := c.srv.core.OpenRoom(core.RoomRequest{Token: token, RID: rid, Source: doc{"type": "api"}})
	return room, err
}

func (c *Session) closeByVisitor(params []any) (any, error) {
	o, err := arguments(params).object(0)
	if err != nil {
		return nil, err
	}
	return c.srv.core.CloseQuietly(o.Str("roomId"), o.Str("token")), nil
}

// registerGuest answers a shorter visitor than the REST route does.
func (c *Session) registerGuest(params []any) (any, error) {
	o, _ := arguments(params).object(0)
	if o == nil {
		o = &argument{&wire.Object{}} // no argument is as good as an empty one
	}
	token, isText := o.Values["token"].(string)
	if !c.srv.core.Facts.StrictGuest && (o.Values["token"] == nil || isText && token == "") {
		return nil, &core.Fault{Code: "error-invalid-token", Reason: "Invalid token", Details: doc{"method": "livechat:registerGuest"}}
	}
	if !isText {
		return nil, errMatch
	}
	guest, err := c.srv.core.RegisterGuest(core.Registration{
		Token: token, Name: o.Str("name"), Email: o.Str("email"), Department: o.Str("department"), Fields: guestFields(o.Object),
	})
	if err != nil {
		return nil, err
	}
	return doc{"userId": guest["_id"], "visitor": guest}, nil
}

// guestFields are the custom fields that a guest brings; those of rooms are left out.
func guestFields(o *wire.Object) []core.FieldValue {
	var values []core.FieldValue
	list, _ := o.Values["customFields"].([]any)
	for _, item := range list {
		if f, ok := item.(*wire.Object); ok && f.Str("scope") != "room" {
			values = append(values, core.FieldValue{Key: f.Str("key"), Value: f.Str("value"), Overwrite: f.Values["overwrite"] == true})
		}
	}
	return values
}

// loginByToken is no login: nobody is the connection's user afterwards.
func (c *Session) loginByToken(params []any) (any, error) {
	token, isText := arguments(params).text(0)
	if !isText {
		return nil, errMatch
	}
	v := c.srv.core.VisitorByToken(token)
	if v == nil {
		return nothing, nil
	}
	return doc{"_id": v["_id"]}, nil
}

func (c *Session) setCustomField(params []any) (any, error) {
	p := arguments(params)
	token, _ := p.text(0)
	key, _ := p.text(1)
	value, _ := p.text(2)
	overwrite := len(params) < 4 || params[3] == nil || params[3] == true
	return c.srv.core.SetFieldQuietly(token, core.FieldValue{Key: key, Value: value, Overwrite: overwrite}), nil
}

func (c *Session) sendOfflineMessage(params []any) (any, error) {
	in, ok := arguments(params).exact(0, "name", "email", "message")
	if !ok {
		return nil, errMatch
	}
	result, err := c.srv.core.LeaveMessageQuietly(core.OfflineMessage{
		Name: in.Str("name"), Email: in.Str("email"), Message: in.Str("message"),
	})
	return orNothing(result), err
}

// setUpConnection binds the connection to a visitor, who is marked offline when it ends. Only the first one counts.
func (c *Session) setUpConnection(params []any) (any, error) {
	in, ok := arguments(params).exact(0, "token")
	if !ok {
		return nil, errMatch
	}
	if c.guest == "" {
		c.guest = in.Str("token")
	}
	return nothing, nil
}
