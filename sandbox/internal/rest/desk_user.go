package rest

import (
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// deskUserRoutes are agents and managers.
func (a *API) deskUserRoutes() []*route {
	const get, post, del = http.MethodGet, http.MethodPost, http.MethodDelete
	filters := append([]field{
		{name: "text", optional: true}, {name: "onlyAvailable", optional: true}, {name: "excludeId", optional: true},
		{name: "showIdleAgents", optional: true},
	}, pageFields...)
	return []*route{
		{verb: get, path: "livechat/users/:type", user: true, coded: true, check: bySchema, handle: (*API).listDeskUsers, fields: filters},
		{verb: post, path: "livechat/users/:type", user: true, coded: true, check: bySchema, inBody: true, handle: (*API).addDeskUser,
			permissions: a.rights("view-livechat-manager"), fields: []field{{name: "username"}}},
		{verb: get, path: "livechat/users/:type/:_id", user: true, coded: true, handle: (*API).getDeskUser},
		{verb: del, path: "livechat/users/:type/:_id", user: true, coded: true, handle: (*API).removeDeskUser},
		{verb: get, path: "livechat/agents/:agentId/departments", user: true, coded: true, check: bySchema, handle: (*API).departmentsOfAgent,
			permissions: a.rights("view-l-room"), fields: []field{{name: "enabledDepartmentsOnly", optional: true}}},
	}
}

var (
	errInvalidType = &core.Fault{Code: "Invalid type", Plain: true}
	errBareFailure = &core.Fault{Body: doc{"success": false}}
)

// listDeskUsers checks rights by the kind of user, and says so in its own words.
func (a *API) listDeskUsers(c *call) (doc, error) {
	role := roles[c.params["type"]]
	needed := map[string][]string{
		core.RoleAgent:   {"transfer-livechat-guest", "edit-omnichannel-contact"},
		core.RoleManager: {"view-livechat-manager"},
	}[role]
	switch {
	case role == "":
		return nil, errInvalidType
	case a.core.Facts.RightsInside:
		if err := a.may(c, "view-livechat-manager"); err != nil {
			return nil, err
		}
	case a.may(c, needed...) != nil:
		return nil, errUnauthorized
	}
	all := a.core.DeskUsers(role, core.AgentFilter{
		Text: c.in.Str("text"), Without: c.in.Str("excludeId"), OnlyAvailable: c.in.Str("onlyAvailable") == "true",
		NotIdle: c.in.Str("showIdleAgents") == "false",
	})
	return a.listOf(c, "users", all)
}

func (a *API) addDeskUser(c *call) (doc, error) {
	kind := c.params["type"]
	if !a.core.May(c.user, "view-livechat-manager") {
		return nil, a.deskRefusal()
	}
	username, sent := c.in.Values["username"].(string)
	if old := a.core.Facts.RightsInside; roles[kind] == "" || old && !sent {
		if old {
			return nil, errBareFailure
		}
		return nil, errInvalidType
	}
	if u := a.core.AddDeskUser(roles[kind], username); u != nil {
		return doc{"user": u}, nil
	}
	if a.core.Facts.RightsInside {
		return nil, &core.Fault{Code: "error-invalid-user", Plain: true}
	}
	method := map[string]string{"agent": "livechat:addAgent", "manager": "livechat:addManager"}[kind]
	return nil, &core.Fault{Code: "error-invalid-user", Reason: "Invalid user", Details: doc{"method": method}}
}

func (a *API) getDeskUser(c *call) (doc, error) {
	if !a.core.May(c.user, "view-livechat-manager") {
		return nil, a.deskRefusal()
	}
	role := roles[c.params["type"]]
	if role == "" {
		return nil, errInvalidType
	}
	u, known := a.core.DeskUser(role, c.params["_id"])
	switch {
	case !known:
		return nil, &core.Fault{Code: "User not found", Plain: true}
	case u == nil:
		return doc{"user": nil}, nil
	}
	return doc{"user": u}, nil
}

func (a *API) removeDeskUser(c *call) (doc, error) {
	if !a.core.May(c.user, "view-livechat-manager") {
		return nil, a.deskRefusal()
	}
	role := roles[c.params["type"]]
	if role == "" || !a.core.RemoveDeskUser(role, c.params["_id"]) {
		return nil, errBareFailure
	}
	return doc{}, nil
}

// deskRefusal is what the routes say that ask for a manager.
func (a *API) deskRefusal() error {
	if a.core.Facts.RightsInside {
		return errUnauthorized
	}
	return errNoPermission
}

func (a *API) departmentsOfAgent(c *call) (doc, error) {
	if err := a.may(c, "view-l-room"); err != nil {
		return nil, err
	}
	return doc{"departments": a.core.DepartmentsOf(c.params["agentId"], c.in.Str("enabledDepartmentsOnly") == "true")}, nil
}
