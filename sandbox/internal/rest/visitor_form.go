package rest

import (
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// formRoutes are the forms that a visitor fills in, and the tracks that he leaves.
func (a *API) formRoutes() []*route {
	const post = http.MethodPost
	return []*route{
		{verb: post, path: "livechat/offline.message", check: byRelease, inBody: true, handle: (*API).postOfflineMessage,
			fields: []field{
				{name: "name"}, {name: "email"}, {name: "message"}, {name: "department", optional: true},
				{name: "host", optional: true},
			}},
		{verb: post, path: "livechat/page.visited", check: byRelease, inBody: true, handle: (*API).postPageVisited,
			fields: []field{tokenField, {name: "rid", optional: true}, a.pageField()}},
		{verb: post, path: "livechat/custom.field", check: byRelease, inBody: true, handle: (*API).postCustomField,
			fields: append([]field{tokenField}, fieldValue...)},
		{verb: post, path: "livechat/custom.fields", coded: true, check: byRelease, inBody: true, handle: (*API).postCustomFields,
			fields: []field{tokenField, {name: "customFields", kind: aList, fields: fieldValue}}},
		{verb: post, path: "livechat/transcript", check: byRelease, inBody: true, handle: (*API).postTranscript,
			fields: []field{tokenField, ridField, {name: "email"}}},
		{verb: post, path: "livechat/room.survey", check: byRelease, inBody: true, handle: (*API).postSurvey,
			fields: []field{ridField, tokenField, {name: "data", kind: aList, atLeastOne: a.core.Facts.Schemas,
				open: !a.core.Facts.Schemas, fields: []field{{name: "name"}, {name: "value"}}}}},
	}
}

// pageField is the page that a visitor was on. Before there were schemas it could have more keys (rest-visitor 7.4).
func (a *API) pageField() field {
	open := !a.core.Facts.Schemas
	return field{name: "pageInfo", kind: anObject, open: open, fields: []field{
		{name: "change"}, {name: "title"}, {name: "location", kind: anObject, open: open, fields: []field{{name: "href"}}},
	}}
}

func (a *API) postOfflineMessage(c *call) (doc, error) {
	err := a.core.LeaveMessage(core.OfflineMessage{
		Name: c.in.Str("name"), Email: c.in.Str("email"), Message: c.in.Str("message"),
		Department: c.in.Str("department"), Host: c.in.Str("host"),
	})
	if err != nil {
		return nil, err
	}
	return doc{"message": "Livechat offline message sent"}, nil
}

func (a *API) postPageVisited(c *call) (doc, error) {
	page, _ := wire.Plain(c.in.Values["pageInfo"]).(doc)
	visited := a.core.VisitPage(c.in.Str("token"), c.in.Str("rid"), page)
	if visited == nil {
		return doc{}, nil
	}
	return doc{"page": visited}, nil
}

func (a *API) postCustomField(c *call) (doc, error) {
	value := fieldOf(c.in)
	if err := a.core.SetField(c.in.Str("token"), value); err != nil {
		return nil, err
	}
	return doc{"field": doc{"key": value.Key, "value": value.Value, "overwrite": value.Overwrite}}, nil
}

// postCustomFields answers with a capital K, as the real servers do.
func (a *API) postCustomFields(c *call) (doc, error) {
	values := fieldValues(c.in, "customFields")
	if err := a.core.SetFields(c.in.Str("token"), values); err != nil {
		return nil, err
	}
	fields := make([]doc, len(values))
	for i, v := range values {
		fields[i] = doc{"Key": v.Key, "value": v.Value, "overwrite": v.Overwrite}
	}
	return doc{"fields": fields}, nil
}

func (a *API) postTranscript(c *call) (doc, error) {
	if err := a.core.SendTranscript(c.in.Str("token"), c.in.Str("rid"), c.in.Str("email")); err != nil {
		return nil, err
	}
	return doc{"message": "Omnichannel transcript sent"}, nil
}

func (a *API) postSurvey(c *call) (doc, error) {
	list := c.in.Values["data"].([]any)
	answers := make([]core.Answer, len(list))
	for i, item := range list {
		o := item.(*wire.Object)
		answers[i] = core.Answer{Name: o.Str("name"), Value: o.Str("value")}
	}
	data, err := a.core.Rate(c.in.Str("rid"), c.in.Str("token"), answers)
	if err != nil {
		return nil, err
	}
	return doc{"rid": c.in.Str("rid"), "data": data}, nil
}
