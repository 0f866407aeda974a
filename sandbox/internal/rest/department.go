package rest

import (
	"net/http"
	"slices"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// departmentRoutes manage departments.
func (a *API) departmentRoutes() []*route {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	manage := []string{"manage-livechat-departments"}
	if a.core.Facts.RightsInside {
		manage = nil
	}
	seat := field{name: "agents", kind: aList, optional: true, fields: []field{
		{name: "agentId"}, {name: "count", kind: aNumber, optional: true}, {name: "order", kind: aNumber, optional: true},
	}}
	saved := []field{{name: "department", kind: anObject, open: true, fields: departmentFields}, seat,
		{name: "departmentUnit", kind: anObject, open: true, optional: true}}
	if a.core.Facts.RightsInside { // only that there is a department is checked
		saved = []field{{name: "department", kind: anObject, open: true}}
	}
	return []*route{
		{verb: get, path: "livechat/department", user: true, coded: true, handle: (*API).listDepartments},
		{verb: post, path: "livechat/department", user: true, check: byRelease, open: a.core.Facts.RightsInside, inBody: true,
			permissions: manage, handle: (*API).postDepartment, fields: saved},
		{verb: get, path: "livechat/departments/archived", since: 500, user: true, coded: true, handle: (*API).archivedDepartments},
		{verb: get, path: "livechat/department/isDepartmentCreationAvailable", since: 700, user: true, coded: true,
			handle: (*API).departmentCreation},
		{verb: get, path: "livechat/department/:_id", user: true, coded: true, handle: (*API).getDepartment},
		{verb: put, path: "livechat/department/:_id", user: true, inBody: true, handle: (*API).putDepartment},
		{verb: del, path: "livechat/department/:_id", user: true, permissions: manage, handle: (*API).removeDepartment},
		{verb: post, path: "livechat/department/:_id/archive", since: 500, user: true, coded: true, permissions: manage,
			handle: (*API).archiveDepartment},
		{verb: post, path: "livechat/department/:_id/unarchive", since: 500, user: true, coded: true, permissions: manage,
			handle: (*API).unarchiveDepartment},
		{verb: get, path: "livechat/department/:_id/agents", until: 305, serve: (*API).outsideAPI},
		{verb: get, path: "livechat/department/:_id/agents", since: 305, user: true, coded: true, handle: (*API).departmentAgents},
		{verb: post, path: "livechat/department/:_id/agents", since: 305, user: true, coded: true, check: byPattern, inBody: true,
			permissions: []string{"manage-livechat-departments", "add-livechat-department-agents"}, handle: (*API).seatAgents,
			fields: []field{
				{name: "upsert", kind: aList, fields: []field{{name: "agentId"}, {name: "username"}}, open: true},
				{name: "remove", kind: aList, fields: []field{{name: "agentId"}}, open: true},
			}},
		{verb: get, path: "livechat/department.autocomplete", user: true, coded: true, handle: (*API).completeDepartment},
		{verb: get, path: "livechat/department.listByIds", user: true, coded: true, handle: (*API).departmentsByID},
	}
}

// departmentFields are what newer servers demand of a department; other keys are kept as they are.
var departmentFields = []field{
	{name: "name"}, {name: "email"}, {name: "enabled", kind: aBoolean}, {name: "showOnRegistration", kind: aBoolean},
	{name: "showOnOfflineForm", kind: aBoolean},
}

// seeDepartments is the test of all reading.
func (a *API) seeDepartments(c *call) error {
	return a.may(c, "view-livechat-departments", "view-l-room")
}

func (a *API) listDepartments(c *call) (doc, error) {
	if err := a.seeDepartments(c); err != nil {
		return nil, err
	}
	return a.listOf(c, "departments", a.core.Departments(core.DepartmentFilter{
		Text: c.in.Str("text"), Enabled: c.in.Str("enabled") == "true", Without: c.in.Str("excludeDepartmentId"),
		Archived: c.in.Str("showArchived") == "true",
	}))
}

func (a *API) archivedDepartments(c *call) (doc, error) {
	if err := a.seeDepartments(c); err != nil {
		return nil, err
	}
	return a.listOf(c, "departments", a.core.ArchivedDepartments())
}

func (a *API) departmentCreation(*call) (doc, error) {
	return doc{"isDepartmentCreationAvailable": a.core.CanMakeDepartment()}, nil
}

// getDepartment tells the agents to those who may see departments, unless they ask not to.
func (a *API) getDepartment(c *call) (doc, error) {
	if err := a.seeDepartments(c); err != nil {
		return nil, err
	}
	d, agents := a.core.Department(c.params["_id"])
	out := doc{"department": nil}
	if d != nil {
		out["department"] = d
	}
	include, sent := c.in.Values["includeAgents"]
	if a.core.May(c.user, "view-livechat-departments") && (!sent || include == "true") {
		out["agents"] = agents
	}
	return out, nil
}

func (a *API) postDepartment(c *call) (doc, error) {
	if a.core.Facts.RightsInside && !a.core.May(c.user, "manage-livechat-departments") {
		return nil, errUnauthorized
	}
	d, agents, err := a.core.MakeDepartment(departmentEdit(c.in), seats(c.in.Values["agents"]))
	switch {
	case err != nil:
		return nil, err
	case a.core.Facts.BareDepartmentSave:
		return doc{}, nil
	}
	return doc{"department": d, "agents": agents}, nil
}

func (a *API) putDepartment(c *call) (doc, error) {
	switch {
	case a.core.May(c.user, "manage-livechat-departments"):
	case !a.core.Facts.RightsInside && a.core.May(c.user, "add-livechat-department-agents"):
		return nil, &core.Fault{Code: "error-not-allowed", Plain: true}
	default:
		return nil, a.deskRefusal()
	}
	d, agents, err := a.core.EditDepartment(c.params["_id"], departmentEdit(c.in), seats(c.in.Values["agents"]))
	switch {
	case err != nil:
		return nil, err
	case a.core.Facts.BareDepartmentSave:
		return nil, errBareFailure
	}
	return doc{"department": d, "agents": agents}, nil
}

func departmentEdit(o *wire.Object) core.DepartmentEdit {
	in := core.DepartmentEdit{Fields: doc{}}
	sent, _ := o.Values["department"].(*wire.Object)
	if sent == nil {
		return in
	}
	for key, value := range wire.Plain(sent).(doc) {
		switch key {
		case "name":
			in.Name, _ = value.(string)
		case "enabled":
			in.Enabled = value == true
		case "showOnRegistration":
			in.OnRegistration = value == true
		case "showOnOfflineForm":
			in.OnOfflineForm = value == true
		default:
			in.Fields[key] = value
		}
	}
	return in
}

func seats(v any) []core.Seat {
	list, _ := v.([]any)
	var out []core.Seat
	for _, item := range list {
		if o, ok := item.(*wire.Object); ok {
			out = append(out, core.Seat{AgentID: o.Str("agentId"), Count: whole(o.Values["count"]), Order: whole(o.Values["order"])})
		}
	}
	return out
}

func (a *API) removeDepartment(c *call) (doc, error) {
	if a.core.Facts.RightsInside && !a.core.May(c.user, "manage-livechat-departments") {
		return nil, errUnauthorized
	}
	return doc{}, a.core.RemoveDepartment(c.params["_id"])
}

func (a *API) archiveDepartment(c *call) (doc, error) {
	return doc{}, a.core.ArchiveDepartment(c.params["_id"], true)
}

func (a *API) unarchiveDepartment(c *call) (doc, error) {
	return doc{}, a.core.ArchiveDepartment(c.params["_id"], false)
}

func (a *API) departmentAgents(c *call) (doc, error) {
	if err := a.seeDepartments(c); err != nil {
		return nil, err
	}
	_, agents := a.core.Department(c.params["_id"])
	slices.SortStableFunc(agents, func(x, y doc) int { return compareValues(x["username"], y["username"]) })
	return a.listOf(c, "agents", agents)
}

func (a *API) seatAgents(c *call) (doc, error) {
	var gone []string
	for _, seat := range seats(c.in.Values["remove"]) {
		gone = append(gone, seat.AgentID)
	}
	return doc{}, a.core.SeatAgents(c.params["_id"], seats(c.in.Values["upsert"]), gone)
}

// completeDepartment finds departments by a part of the name.
func (a *API) completeDepartment(c *call) (doc, error) {
	if err := a.seeDepartments(c); err != nil {
		return nil, err
	}
	raw := c.in.Str("selector")
	if raw == "" {
		return nil, &core.Fault{Code: "The 'selector' param is required", Plain: true}
	}
	value, err := parseJSON(raw)
	if err != nil {
		return nil, err
	}
	selector, _ := value.(*wire.Object)
	if selector == nil {
		selector = &wire.Object{}
	}
	without, _ := texts(selector.Values["exceptions"])
	items := []doc{}
	for _, d := range a.core.Departments(core.DepartmentFilter{Text: selector.Str("term")}) {
		skip := false
		for _, id := range without {
			skip = skip || d["_id"] == any(id)
		}
		if !skip {
			items = append(items, doc{"_id": d["_id"], "name": d["name"]})
		}
	}
	return doc{"items": items}, nil
}

func (a *API) departmentsByID(c *call) (doc, error) {
	ids, isList := texts(c.in.Values["ids"])
	if !isList || c.in.Values["ids"] == nil {
		return nil, &core.Fault{Code: "The 'ids' param is required", Plain: true}
	}
	return doc{"departments": a.core.Departments(core.DepartmentFilter{Only: ids, Archived: true})}, nil
}
