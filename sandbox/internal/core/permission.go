package core

import (
	"maps"
	"slices"
	"time"
)

// Beginning is before everything that has a date.
var Beginning time.Time

// grant is who has a permission.
type grant struct {
	roles   []string
	updated time.Time
}

func (c *Core) defaultGrants() map[string]grant {
	grants := make(map[string]grant, len(permissions))
	for permission, roles := range permissions {
		grants[permission] = grant{slices.Clone(roles), c.millis()}
	}
	return grants
}

// May says whether one of the user's roles has the permission.
func (c *Core) May(u *User, permission string) bool {
	return u != nil && slices.ContainsFunc(u.roles, func(role string) bool {
		return slices.Contains(c.grants[permission].roles, role)
	})
}

// Grant gives a permission to these roles and to no others.
func (c *Core) Grant(permission string, roles []string) {
	c.grants[permission] = grant{roles, c.millis()}
	c.tellPermission(permission)
}

// KnowsPermission says whether there is such a permission, and whether there are all of these roles.
func (c *Core) KnowsPermission(permission string, roles []string) (known, all bool) {
	_, known = c.grants[permission]
	return known, !slices.ContainsFunc(roles, func(role string) bool { return !slices.Contains(knownRoles, role) })
}

// Permissions lists the permissions that the sandbox knows and that changed after a date, in the order of their ids.
func (c *Core) Permissions(after time.Time) []Doc {
	list := []doc{}
	for _, id := range slices.Sorted(maps.Keys(c.grants)) {
		if g := c.grants[id]; g.updated.After(after) {
			list = append(list, doc{"_id": id, "roles": g.roles, "_updatedAt": g.updated})
		}
	}
	return list
}
