package rest

import (
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// deskRoutes are the agents' side of livechat.
func (a *API) deskRoutes() []*route {
	var all []*route
	for _, part := range [][]*route{
		a.queueRoutes(), a.deskRoomRoutes(), a.deskWorkRoutes(), a.deskUserRoutes(), a.deskSetupRoutes(), a.enterpriseRoutes(),
	} {
		all = append(all, part...)
	}
	return all
}

// deskSetupRoutes tell how livechat is set up.
func (a *API) deskSetupRoutes() []*route {
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	return []*route{
		{verb: get, path: "livechat/custom-fields", user: true, coded: true, handle: (*API).listFields},
		{verb: get, path: "livechat/custom-fields/:_id", user: true, coded: true, handle: (*API).getField},
		{verb: get, path: "livechat/triggers", user: true, coded: true, handle: (*API).listTriggers},
		{verb: get, path: "livechat/triggers/:_id", user: true, coded: true, handle: (*API).getTrigger},
		{verb: post, path: "livechat/triggers", check: fromAbsent},
		{verb: del, path: "livechat/triggers/:_id", since: 605, user: true, coded: true, handle: (*API).removeTrigger},
		{verb: get, path: "livechat/appearance", until: 305, user: true, coded: true, handle: (*API).appearance},
		{verb: get, path: "livechat/appearance", since: 305, check: fromAbsent}, // records differ, and were not recorded
		{verb: get, path: "livechat/integrations.settings", until: 305, user: true, coded: true, handle: (*API).integrations},
		{verb: get, path: "livechat/integrations.settings", since: 305, check: fromAbsent},
		{verb: post, path: "livechat/webhook.test", since: 504, check: fromAbsent},
		{verb: post, path: "omnichannel/integrations", since: 602, check: fromAbsent},
	}
}

func (a *API) appearance(c *call) (doc, error) {
	return doc{"appearance": a.core.Appearance()}, a.may(c, "view-livechat-manager")
}

func (a *API) integrations(c *call) (doc, error) {
	return doc{"settings": a.core.Integrations()}, a.may(c, "view-livechat-manager")
}

func (a *API) listFields(c *call) (doc, error) { return a.listOf(c, "customFields", a.core.Fields()) }

func (a *API) getField(c *call) (doc, error) {
	if f := a.core.Field(c.params["_id"]); f != nil {
		return doc{"customField": f}, nil
	}
	return doc{"customField": nil}, nil
}

func (a *API) listTriggers(c *call) (doc, error) {
	if err := a.may(c, "view-livechat-manager"); err != nil {
		return nil, err
	}
	return a.listOf(c, "triggers", a.core.Triggers())
}

func (a *API) getTrigger(c *call) (doc, error) {
	if err := a.may(c, "view-livechat-manager"); err != nil {
		return nil, err
	}
	if t := a.core.Trigger(c.params["_id"]); t != nil {
		return doc{"trigger": t}, nil
	}
	return doc{"trigger": nil}, nil
}

func (a *API) removeTrigger(c *call) (doc, error) {
	if err := a.may(c, "view-livechat-manager"); err != nil {
		return nil, err
	}
	a.core.RemoveTrigger(c.params["_id"])
	return doc{}, nil
}

// enterpriseRoutes exist on servers with a licence, or are not described well enough.
func (a *API) enterpriseRoutes() []*route {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	var all []*route
	for _, absent := range []struct{ verb, path string }{
		{post, "livechat/room.onHold"}, {post, "livechat/room.resumeOnHold"}, {post, "livechat/room/:rid/priority"},
		{del, "livechat/room/:rid/priority"}, {put, "livechat/inquiry.setSLA"}, {get, "livechat/tags"}, {get, "livechat/tags/:id"},
		{get, "livechat/priorities"}, {get, "livechat/sla"}, {get, "livechat/units"}, {get, "livechat/monitors"},
		{get, "livechat/business-hours"}, {get, "livechat/business-hour"}, {get, "canned-responses"}, {get, "canned-responses.get"},
		{post, "omnichannel/:rid/request-transcript"}, {get, "livechat/analytics/dashboards/conversation-totalizers"},
		{get, "livechat/analytics/dashboards/agents-productivity-totalizers"}, {get, "livechat/analytics/dashboards/chats-totalizers"},
		{get, "livechat/analytics/dashboards/productivity-totalizers"}, {get, "livechat/analytics/dashboards/charts/chats"},
		{get, "livechat/analytics/dashboards/charts/chats-per-agent"}, {get, "livechat/analytics/dashboards/charts/agents-status"},
		{get, "livechat/analytics/dashboards/charts/chats-per-department"}, {get, "livechat/analytics/dashboards/charts/timings"},
	} {
		all = append(all, &route{verb: absent.verb, path: absent.path, check: fromAbsent})
	}
	return all
}

// roles are the kinds of users that livechat/users knows.
var roles = map[string]string{"agent": core.RoleAgent, "manager": core.RoleManager}
