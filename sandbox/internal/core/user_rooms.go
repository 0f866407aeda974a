package core

import "slices"

// roomIDs are the rooms in which u is a member.
func (c *Core) roomIDs(u *User) []string {
	var ids []string
	for _, s := range c.roomsOfUser(u) {
		ids = append(ids, s.room.id)
	}
	return ids
}

// lastOwned names the rooms that would be left without an owner if u went.
func (c *Core) lastOwned(u *User) []string {
	var names []string
	for _, s := range c.roomsOfUser(u) {
		if !s.owns() {
			continue
		}
		another := slices.ContainsFunc(c.members(s.room), func(other *subscription) bool { return other != s && other.owns() })
		if !another {
			names = append(names, s.name)
		}
	}
	return names
}

// owns says whether the member has the role owner in the room.
func (s *subscription) owns() bool {
	roles, _ := s.extra["roles"].([]string)
	return slices.Contains(roles, "owner")
}
