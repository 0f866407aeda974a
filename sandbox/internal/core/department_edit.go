package core

import (
	"maps"
	"slices"
)

// DepartmentEdit is what saving a department says: the known keys, and all others as they were sent.
type DepartmentEdit struct {
	Name                          string
	Enabled                       bool
	OnRegistration, OnOfflineForm bool
	Fields                        Doc
}

// Seat is an agent's place in a department as it is saved. Agents who do not exist are left out.
type Seat struct {
	AgentID      string
	Count, Order int
}

const saveDepartmentMethod = "livechat:saveDepartment"

var (
	errDepartmentLimit = &Fault{
		Code: "error-max-departments-number-reached", Reason: "Maximum number of departments reached",
		Details: doc{"method": saveDepartmentMethod},
	}
	errDepartmentUnknown = &Fault{
		Code: "error-department-not-found", Reason: "Department not found", Details: doc{"method": saveDepartmentMethod},
	}
	errDepartmentArchived = &Fault{
		Code: "error-archived-department-cant-be-enabled", Plain: true,
	}
	// ErrNoDepartment is of the routes that act on a department which does not exist.
	ErrNoDepartment = &Fault{Code: "error-department-not-found", Plain: true}
)

// MakeDepartment makes a department and answers it with its agents.
func (c *Core) MakeDepartment(in DepartmentEdit, agents []Seat) (Doc, []Doc, error) {
	if c.Facts.oneDepartment && len(c.departments) > 0 {
		return nil, nil, errDepartmentLimit
	}
	d := &department{id: c.newID()}
	c.departments = append(c.departments, d)
	c.fill(d, in)
	made := d.document()
	c.seatAgents(d, agents)
	return made, c.memberDocuments(d), nil
}

// EditDepartment changes a department and takes in agents. Those who are not among them lose their places in older versions only.
func (c *Core) EditDepartment(id string, in DepartmentEdit, agents []Seat) (Doc, []Doc, error) {
	d := c.departmentByID(id)
	switch {
	case d == nil:
		return nil, nil, errDepartmentUnknown
	case d.archived && in.Enabled:
		return nil, nil, errDepartmentArchived
	}
	c.fill(d, in)
	if c.Facts.departmentReplaced {
		c.unseatOthers(d, agents)
	}
	c.seatAgents(d, agents)
	return d.document(), c.memberDocuments(d), nil
}

func (c *Core) fill(d *department, in DepartmentEdit) {
	d.name, d.enabled, d.onRegistration, d.onOfflineForm = in.Name, in.Enabled, in.OnRegistration, in.OnOfflineForm
	fields := maps.Clone(d.fields)
	if fields == nil {
		fields = doc{}
	}
	maps.Copy(fields, in.Fields)
	d.fields, d.updated = fields, c.millis()
	d.counted = d.counted || c.Facts.BareDepartmentSave
}

// seatAgents gives places in the department, or changes them.
func (c *Core) seatAgents(d *department, agents []Seat) {
	for _, seat := range agents {
		u := c.userByID(seat.AgentID)
		if u == nil {
			continue
		}
		action, m := "updated", d.member(u)
		if m == nil {
			d.members = append(d.members, member{id: c.newID(), username: u.Username})
			action, m = "inserted", &d.members[len(d.members)-1]
		}
		m.count, m.order, m.updated = seat.Count, seat.Order, c.millis()
		d.counted, d.updated = true, c.millis()
		c.agentPlaceChanged(action, d, *m)
	}
}

// unseat takes u's place in the department away.
func (c *Core) unseat(d *department, u *User) {
	m := d.member(u)
	if m == nil {
		return
	}
	gone := *m
	d.members = slices.DeleteFunc(slices.Clone(d.members), func(m member) bool { return m.id == gone.id })
	d.counted, d.updated = true, c.millis()
	c.agentPlaceChanged("removed", d, gone)
}

// unseatOthers takes the places of all who are not in the list.
func (c *Core) unseatOthers(d *department, agents []Seat) {
	for _, m := range d.members {
		u := c.userNamed(m.username)
		if u != nil && !slices.ContainsFunc(agents, func(s Seat) bool { return s.AgentID == u.ID }) {
			c.unseat(d, u)
		}
	}
}

// SeatAgents gives and takes places in a department.
func (c *Core) SeatAgents(id string, give []Seat, take []string) error {
	d := c.departmentByID(id)
	if d == nil {
		return &Fault{Code: "error-department-not-found", Reason: "Department not found"}
	}
	for _, agent := range take {
		c.unseat(d, c.userByID(agent))
	}
	c.seatAgents(d, give)
	return nil
}

// RemoveDepartment removes a department with its places. Rooms in the queue stay in it as they are, open and closed rooms lose it.
func (c *Core) RemoveDepartment(id string) error {
	d := c.departmentByID(id)
	if d == nil {
		if c.Facts.BareDepartmentSave {
			return &Fault{
				Code: "department-not-found", Reason: "Department not found", Details: doc{"method": "livechat:removeDepartment"},
			}
		}
		return ErrNoDepartment
	}
	c.departments = slices.DeleteFunc(slices.Clone(c.departments), func(other *department) bool { return other == d })
	for _, m := range d.members {
		c.agentPlaceChanged("removed", d, m)
	}
	return nil
}

// ArchiveDepartment takes a department out of use, or back in.
func (c *Core) ArchiveDepartment(id string, archived bool) error {
	d := c.departmentByID(id)
	if d == nil {
		return ErrNoDepartment
	}
	d.archived, d.updated = archived, c.millis()
	if archived {
		d.enabled = false
	}
	return nil
}
