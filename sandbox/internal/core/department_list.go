package core

import (
	"slices"
	"strings"
)

// DepartmentFilter is what a list of departments may ask.
type DepartmentFilter struct {
	Text     string // part of the name, ignoring case
	Enabled  bool   // the enabled ones only
	Without  string // an id that is left out
	Archived bool   // with the archived ones
	Only     []string
}

// Departments lists departments by name.
func (c *Core) Departments(f DepartmentFilter) []Doc {
	list := []doc{}
	for _, d := range c.byName() {
		switch {
		case f.Text != "" && !strings.Contains(strings.ToLower(d.name), strings.ToLower(f.Text)):
		case f.Enabled && !d.enabled, d.id == f.Without, d.archived && !f.Archived:
		case f.Only != nil && !slices.Contains(f.Only, d.id):
		default:
			list = append(list, d.document())
		}
	}
	return list
}

func (c *Core) byName() []*department {
	sorted := slices.Clone(c.departments)
	slices.SortStableFunc(sorted, func(a, b *department) int { return strings.Compare(a.name, b.name) })
	return sorted
}

// ArchivedDepartments are those out of use.
func (c *Core) ArchivedDepartments() []Doc {
	list := []doc{}
	for _, d := range c.byName() {
		if d.archived {
			list = append(list, d.document())
		}
	}
	return list
}

// Department is a department with its agents, nil without one of that id.
func (c *Core) Department(id string) (Doc, []Doc) {
	d := c.departmentByID(id)
	if d == nil {
		return nil, []doc{}
	}
	return d.document(), c.memberDocuments(d)
}

// DepartmentsOf are the places of an agent in departments. One who does not exist has none.
func (c *Core) DepartmentsOf(agentID string, enabledOnly bool) []Doc {
	list := []doc{}
	u := c.userByID(agentID)
	for _, d := range c.departments {
		if m := d.member(u); m != nil && (d.enabled || !enabledOnly) {
			list = append(list, c.memberDocument(d, *m))
		}
	}
	return list
}

// CanMakeDepartment says whether one more is allowed.
func (c *Core) CanMakeDepartment() bool { return !c.Facts.oneDepartment || len(c.departments) == 0 }
