package rest

import (
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

var (
	tokenField = field{name: "token"}
	ridField   = field{name: "rid"}
	msgField   = field{name: "msg"}
)

// fieldValue is the shape of a value for a custom field; all three keys are demanded.
var fieldValue = []field{{name: "key"}, {name: "value"}, {name: "overwrite", kind: aBoolean}}

// visitorRoutes are about a visitor as a person.
func (a *API) visitorRoutes() []*route {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	return append([]*route{
		{verb: get, path: "livechat/config", check: byRelease, handle: (*API).getConfig, fields: a.configFields()},
		{verb: post, path: "livechat/visitor", check: byPattern, inBody: true, handle: (*API).postVisitor, fields: []field{
			{name: "visitor", kind: anObject, open: true, fields: []field{
				tokenField, {name: "name", optional: true}, {name: "email", optional: true}, {name: "department", optional: true},
				{name: "phone", optional: true}, {name: "username", optional: true}, {name: "id", optional: true},
				{name: "customFields", kind: aList, optional: true, fields: fieldValue},
			}},
		}},
		{verb: get, path: "livechat/visitor/:token", handle: (*API).getVisitor},
		{verb: del, path: "livechat/visitor/:token", coded: true, handle: (*API).deleteVisitor},
		{verb: get, path: "livechat/visitor/:token/room", user: true, permissions: []string{"view-livechat-manager"},
			handle: (*API).getVisitorRooms},
		{verb: post, path: "livechat/visitor.status", check: byPattern, inBody: true, handle: (*API).postVisitorStatus,
			fields: []field{tokenField, {name: "status"}}},
		{verb: post, path: "livechat/visitor.callStatus", since: 402, check: byPattern, inBody: true,
			handle: (*API).postCallStatus, fields: []field{tokenField, {name: "callStatus"}, ridField, {name: "callId"}}},
		{verb: get, path: "livechat/agent.info/:rid/:token", handle: (*API).getAgentInfo},
		{verb: get, path: "livechat/agent.next/:token", check: byRelease, handle: (*API).getNextAgent,
			fields: []field{{name: "department", optional: true}}},
		// Calls, messages of other channels, and the enterprise edition's triggers are described too thinly to be played.
		{verb: get, path: "livechat/webrtc.call", since: 402, check: fromAbsent},
		{verb: put, path: "livechat/webrtc.call/:callId", since: 402, check: fromAbsent},
		{verb: post, path: "livechat/sms-incoming/:service", check: fromAbsent},
		{verb: post, path: "livechat/facebook", until: 600, check: fromAbsent},
		{verb: post, path: "livechat/triggers/:_id/external-service/call", since: 607, check: fromAbsent},
	}, a.formRoutes()...)
}

func (a *API) configFields() []field {
	fields := []field{{name: "token", optional: true}, {name: "department", optional: true}}
	if a.core.Facts.Schemas {
		fields = append(fields, field{name: "businessUnit", optional: true})
	}
	return fields
}

func (a *API) getConfig(c *call) (doc, error) {
	return doc{"config": a.core.Config(c.in.Str("token"), c.in.Str("department"), a.URL)}, nil
}

func (a *API) postVisitor(c *call) (doc, error) {
	v := c.in.Values["visitor"].(*wire.Object)
	record, err := a.core.Register(core.Registration{
		Token: v.Str("token"), Name: v.Str("name"), Email: v.Str("email"), Phone: v.Str("phone"),
		Username: v.Str("username"), Department: v.Str("department"), ID: v.Str("id"), Fields: fieldValues(v, "customFields"),
		Origin: core.Origin{UserAgent: c.request.UserAgent(), IP: ClientIP(c.request), Host: c.request.Host},
	})
	if err != nil {
		return nil, err
	}
	return doc{"visitor": record}, nil
}

// fieldValues reads the list of custom fields under a key of o, whose shape has been checked.
func fieldValues(o *wire.Object, key string) []core.FieldValue {
	list, _ := o.Values[key].([]any)
	values := make([]core.FieldValue, len(list))
	for i, item := range list {
		values[i] = fieldOf(item.(*wire.Object))
	}
	return values
}

func fieldOf(o *wire.Object) core.FieldValue {
	return core.FieldValue{Key: o.Str("key"), Value: o.Str("value"), Overwrite: o.Values["overwrite"] == true}
}

func (a *API) getVisitor(c *call) (doc, error) {
	record := a.core.VisitorByToken(c.params["token"])
	switch {
	case record != nil:
		return doc{"visitor": record}, nil
	case a.core.Facts.SilentUnknownVisitor:
		return doc{}, nil
	}
	return nil, core.ErrUnknownVisitor
}

func (a *API) deleteVisitor(c *call) (doc, error) {
	id, at, err := a.core.RemoveVisitor(c.params["token"])
	if err != nil {
		return nil, err
	}
	return doc{"visitor": doc{"_id": id, "ts": at}}, nil
}

func (a *API) getVisitorRooms(c *call) (doc, error) {
	return doc{"rooms": a.core.RoomsOf(c.params["token"])}, nil
}

func (a *API) postVisitorStatus(c *call) (doc, error) {
	token, status := c.in.Str("token"), c.in.Str("status")
	if err := a.core.SetVisitorStatus(token, status); err != nil {
		return nil, err
	}
	return doc{"token": token, "status": status}, nil
}

func (a *API) postCallStatus(c *call) (doc, error) {
	token, status := c.in.Str("token"), c.in.Str("callStatus")
	if err := a.core.SetCallStatus(token, c.in.Str("rid"), c.in.Str("callId"), status); err != nil {
		return nil, err
	}
	return doc{"token": token, "callStatus": status}, nil
}

func (a *API) getAgentInfo(c *call) (doc, error) {
	agent, err := a.core.AgentInfo(c.params["rid"], c.params["token"])
	if err != nil {
		return nil, err
	}
	return doc{"agent": agent}, nil
}

// getNextAgent answers nobody to a visitor who has a room.
func (a *API) getNextAgent(c *call) (doc, error) {
	agent, err := a.core.NextAgent(c.params["token"], c.in.Str("department"))
	switch {
	case err != nil:
		return nil, err
	case agent == nil:
		return doc{}, nil
	}
	return doc{"agent": agent}, nil
}
