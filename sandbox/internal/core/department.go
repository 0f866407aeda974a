package core

import (
	"slices"
	"time"
)

// department is a Livechat department.
type department struct {
	id, name           string
	email, description string
	enabled            bool
	onRegistration     bool // showOnRegistration
	onOfflineForm      bool // showOnOfflineForm
	members            []member
	updated            time.Time
}

// member is an agent's place in a department.
type member struct {
	id           string // of the membership
	username     string
	count, order int
}

// addDepartment keeps the order of Seed.Departments.
func (c *Core) addDepartment(d Department) *department {
	dep := &department{
		id: d.ID, name: d.Name, enabled: !d.Disabled, onRegistration: !d.HideOnRegistration, onOfflineForm: !d.HideOnOfflineForm,
		updated: c.millis(),
	}
	if dep.id == "" {
		dep.id = c.ids.random17()
	}
	for _, username := range d.Agents {
		dep.members = append(dep.members, member{id: c.newID(), username: username})
	}
	c.departments = append(c.departments, dep)
	return dep
}

func (d *department) has(u *User) bool {
	return slices.ContainsFunc(d.members, func(m member) bool { return m.username == u.Username })
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
