package core

import "slices"

// permissions are the roles that have a permission on a fresh server (rest-agent C.0).
var permissions = map[string][]string{}

func defaultGrants() map[string][]string {
	grants := make(map[string][]string, len(permissions))
	for permission, roles := range permissions {
		grants[permission] = slices.Clone(roles)
	}
	return grants
}

// May says whether one of the user's roles has the permission.
func (c *Core) May(u *User, permission string) bool {
	return u != nil && slices.ContainsFunc(u.roles, func(role string) bool { return slices.Contains(c.grants[permission], role) })
}

// mayAccess says whether u may read the room's messages now.
func (c *Core) mayAccess(u *User, r *room) bool {
	if c.subscriptionOf(u, r) != nil {
		return true
	}
	return r.kind == livechatRoom && (r.servedBy == u || c.May(u, "view-livechat-rooms"))
}
