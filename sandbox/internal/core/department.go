package core

import (
	"maps"
	"slices"
	"time"
)

// department is a Livechat department.
type department struct {
	id, name       string
	enabled        bool
	archived       bool
	onRegistration bool // showOnRegistration
	onOfflineForm  bool // showOnOfflineForm
	fields         doc  // what else it was saved with: email, description, requestTagBeforeClosingChat...
	counted        bool // its agents were counted once, since when it tells their number
	members        []member
	updated        time.Time
}

// member is an agent's place in a department.
type member struct {
	id           string // of the membership
	username     string
	count, order int
	updated      time.Time
}

// addDepartment keeps the order of Seed.Departments.
func (c *Core) addDepartment(d Department) *department {
	dep := &department{
		id: d.ID, name: d.Name, enabled: !d.Disabled, onRegistration: !d.HideOnRegistration, onOfflineForm: !d.HideOnOfflineForm,
		counted: true, updated: c.millis(),
	}
	if dep.id == "" {
		dep.id = c.ids.random17()
	}
	for _, username := range d.Agents {
		dep.members = append(dep.members, member{id: c.newID(), username: username, updated: dep.updated})
	}
	c.departments = append(c.departments, dep)
	return dep
}

func (d *department) has(u *User) bool { return d.member(u) != nil }

// member is u's place in the department, nil where he has none. It may be changed.
func (d *department) member(u *User) *member {
	i := slices.IndexFunc(d.members, func(m member) bool { return u != nil && m.username == u.Username })
	if i < 0 {
		return nil
	}
	return &d.members[i]
}

func (d *department) flag(key string) bool { return d.fields[key] == true }

// document is the record. A department whose agents were never counted does not tell their number.
func (d *department) document() doc {
	out := doc{
		"_id": d.id, "enabled": d.enabled, "name": d.name, "showOnRegistration": d.onRegistration, "showOnOfflineForm": d.onOfflineForm,
		"_updatedAt": d.updated,
	}
	maps.Copy(out, d.fields)
	if d.counted {
		out["numAgents"] = len(d.members)
	}
	if d.archived {
		out["archived"] = true
	}
	return out
}

// memberDocument is the record of an agent's place.
func (c *Core) memberDocument(d *department, m member) doc {
	out := doc{
		"_id": m.id, "departmentId": d.id, "username": m.username, "count": m.count, "order": m.order, "_updatedAt": m.updated,
	}
	if u := c.userNamed(m.username); u != nil {
		out["agentId"] = u.ID
	}
	if c.Facts.departmentEnabled {
		out["departmentEnabled"] = d.enabled
	}
	return out
}

func (c *Core) memberDocuments(d *department) []Doc {
	list := make([]doc, len(d.members))
	for i, m := range d.members {
		list[i] = c.memberDocument(d, m)
	}
	return list
}

// departmentNamed finds a department by id or by name, as registration accepts both.
func (c *Core) departmentNamed(key string) *department {
	for _, d := range c.departments {
		if key != "" && (d.id == key || d.name == key) {
			return d
		}
	}
	return nil
}

func (c *Core) departmentByID(id string) *department {
	for _, d := range c.departments {
		if d.id == id {
			return d
		}
	}
	return nil
}

// firstDepartmentOnline is where a visitor without department is put: the first one that is shown on registration and has an
// agent online. Empty when there is none.
func (c *Core) firstDepartmentOnline() string {
	for _, d := range c.departments {
		if d.enabled && d.onRegistration && len(c.onlineIn(d.id)) > 0 {
			return d.id
		}
	}
	return ""
}
