package rest

import (
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// subscriptionRoutes are about a user's place in his rooms.
func subscriptionRoutes() []*route {
	const get, post = http.MethodGet, http.MethodPost
	return []*route{
		{verb: get, path: "subscriptions.get", handle: (*API).subscriptionsGet},
		{verb: get, path: "subscriptions.getOne", check: bySchema, handle: (*API).subscriptionsGetOne, fields: []field{{name: "roomId"}}},
		{verb: post, path: "subscriptions.read", inBody: true, handle: (*API).subscriptionsRead},
		{verb: post, path: "subscriptions.unread", inBody: true, handle: (*API).subscriptionsUnread},
	}
}

func (a *API) subscriptionsGet(c *call) (doc, error) {
	at, err := since(c, errLastUpdate)
	if err != nil {
		return nil, err
	}
	found := a.core.SubscriptionChanges(c.user, at)
	return doc{"update": found.Update, "remove": found.Remove}, nil
}

func (a *API) subscriptionsGetOne(c *call) (doc, error) {
	rid := c.in.Str("roomId")
	if rid == "" {
		return nil, &core.Fault{Code: "The 'roomId' param is required", Plain: true}
	}
	found := a.core.Subscription(c.user, rid)
	switch {
	case found != nil:
		return doc{"subscription": found}, nil
	case a.core.Facts.NullForeign:
		return doc{"subscription": nil}, nil
	}
	return doc{}, nil
}

func (a *API) subscriptionsRead(c *call) (doc, error) {
	if !a.core.Facts.ReadPlain {
		if err := match([]field{ridField}, false, c.in, ""); err != nil {
			return nil, err
		}
		return doc{}, a.core.MarkReadByREST(c.user, c.in.Str("rid"), false)
	}
	rid := firstText(c.in, "rid", "roomId")
	if rid == "" {
		return nil, eitherMissing("anyOf", "rid", "roomId")
	}
	return doc{}, a.core.MarkReadByREST(c.user, rid, c.in.Values["readThreads"] == true)
}

// eitherMissing is what the schema validator says where one of two shapes would do and both lack their key.
func eitherMissing(how, first, second string) error {
	end := "must match a schema in anyOf"
	if how == "oneOf" {
		end = "must match exactly one schema in oneOf"
	}
	return &schemaError{text: "must have required property '" + first + "'\n must have required property '" + second + "'\n " + end}
}

func (a *API) subscriptionsUnread(c *call) (doc, error) {
	first, _ := c.in.Values["firstUnreadMessage"].(*wire.Object)
	if first == nil {
		first = &wire.Object{}
	}
	rid, id := c.in.Str("roomId"), first.Str("_id")
	if rid == "" && id == "" {
		return nil, core.NotPlayed("subscriptions.unread without roomId and firstUnreadMessage._id")
	}
	return doc{}, a.core.MarkUnread(c.user, rid, id)
}
