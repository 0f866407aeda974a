package rest

import (
	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// postMessages lets a backend write in a visitor's name.
func (a *API) postMessages(c *call) (doc, error) {
	if needed := a.core.Facts.BulkPermission; needed != "" && !a.core.May(c.user, needed) {
		return nil, errUnauthorized
	}
	if err := bulkMistake(c.in); err != nil {
		return nil, err
	}
	v := c.in.Values["visitor"].(*wire.Object)
	var texts []string
	for _, item := range c.in.Values["messages"].([]any) {
		if o, ok := item.(*wire.Object); ok {
			texts = append(texts, o.Str("msg"))
		}
	}
	said, err := a.core.SendMany(core.Registration{
		Token: v.Str("token"), Name: v.Str("name"), Email: v.Str("email"), Department: v.Str("department"),
	}, texts)
	if err != nil {
		return nil, err
	}
	return doc{"messages": said}, nil
}

// bulkMistake is what the older server finds wrong with such a call. What passed a schema passes here too.
func bulkMistake(in *wire.Object) error {
	v, isObject := in.Values["visitor"].(*wire.Object)
	list, isList := in.Values["messages"].([]any)
	var text string
	switch {
	case in.Values["visitor"] == nil:
		text = `Body param "visitor" is required`
	case !isObject || v.Str("token") == "":
		text = `Body param "visitor.token" is required`
	case in.Values["messages"] == nil:
		text = `Body param "messages" is required`
	case !isList:
		text = `Body param "messages" is not an array`
	case len(list) == 0:
		text = `Body param "messages" is empty`
	default:
		return nil
	}
	return &core.Fault{Code: text, Plain: true}
}
