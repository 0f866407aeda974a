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

// customFields is the shape of visitor.customFields; all three keys are demanded.
var customFields = field{name: "customFields", kind: aList, optional: true, fields: []field{
	{name: "key"}, {name: "value"}, {name: "overwrite", kind: aBoolean},
}}

// visitorRoutes are about a visitor as a person.
func (a *API) visitorRoutes() []*route {
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	return []*route{
		{verb: get, path: "livechat/config", check: byRelease, handle: (*API).getConfig, fields: a.configFields()},
		{verb: post, path: "livechat/visitor", check: byPattern, inBody: true, handle: (*API).postVisitor, fields: []field{
			{name: "visitor", kind: anObject, open: true, fields: []field{
				tokenField, {name: "name", optional: true}, {name: "email", optional: true}, {name: "department", optional: true},
				{name: "phone", optional: true}, {name: "username", optional: true}, {name: "id", optional: true}, customFields,
			}},
		}},
		{verb: get, path: "livechat/visitor/:token", handle: (*API).getVisitor},
		{verb: del, path: "livechat/visitor/:token", check: fromAbsent},
	}
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
	in := core.Registration{
		Token: v.Str("token"), Name: v.Str("name"), Email: v.Str("email"), Phone: v.Str("phone"),
		Username: v.Str("username"), Department: v.Str("department"), ID: v.Str("id"),
	}
	list, _ := v.Values["customFields"].([]any)
	for _, item := range list {
		o := item.(*wire.Object)
		in.Fields = append(in.Fields, core.FieldValue{o.Str("key"), o.Str("value"), o.Values["overwrite"] == true})
	}
	record, err := a.core.Register(in)
	if err != nil {
		return nil, err
	}
	return doc{"visitor": record}, nil
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
