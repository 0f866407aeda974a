package core

import (
	"cmp"
	"slices"
	"strings"
)

// Room is a room of users that a route has found.
type Room struct{ r *room }

// ID is the room's _id.
func (r Room) ID() string { return r.r.id }

// FindDirect is a direct room by its id, or the one with the user of that name or id, which is made where there is none. How a
// foreign one is refused depends on the version.
func (c *Core) FindDirect(u *User, wanted string) (Room, error) {
	r := c.rooms[wanted]
	if r == nil {
		other := c.FindUser(wanted, "")
		if other == nil {
			other = c.userNamed(wanted)
		}
		if other == nil {
			return Room{}, ErrNoChannel
		}
		members := []*User{u, other}
		if u == other {
			members = members[:1]
		}
		if known := c.talks.direct[directKey(idsOf(members))]; known != nil {
			return Room{known}, nil
		}
		found, err := c.direct(u, members)
		return Room{found}, err
	}
	switch {
	case r.kind != directRoom:
		return Room{}, ErrNoChannel
	case c.mayAccess(u, r):
		return Room{r}, nil
	case c.Facts.HistoryForbids:
		return Room{}, errUnauthorizedRoom
	}
	return Room{}, ErrRoomNotFound(byIDOrUsername, "direct message")
}

// FindChannel is a public channel; the older version takes the room of a visitor for one too.
func (c *Core) FindChannel(id, name string) (Room, error) {
	r := c.namedRoom(id, name)
	if r == nil || r.kind != channelRoom && (r.kind != livechatRoom || !c.Facts.LivechatHistory) {
		return Room{}, ErrRoomNotFound(byIDOrName, "channel")
	}
	return Room{r}, nil
}

// FindGroup is a private group of which u is a member.
func (c *Core) FindGroup(u *User, id, name string) (Room, error) {
	r := c.namedRoom(id, name)
	if r == nil || r.kind != groupRoom || c.subscriptionOf(u, r) == nil {
		return Room{}, ErrRoomNotFound(byIDOrName, "group")
	}
	return Room{r}, nil
}

// RoomInfo is any room that u may see, as the database has it.
func (c *Core) RoomInfo(u *User, id, name string) (Doc, error) {
	r := c.namedRoom(id, name)
	switch {
	case r == nil:
		return nil, ErrRoomNotFound(byIDOrName, "channel")
	case !c.mayAccess(u, r):
		return nil, errRoomInfo
	}
	return r.raw(c.Facts), nil
}

// roomsOfKind are the rooms that u is in, by name where they have one.
func (c *Core) roomsOfKind(u *User, kind string) []Doc {
	docs := []doc{}
	list := c.roomsOfUser(u)
	slices.SortStableFunc(list, func(a, b *subscription) int {
		return cmp.Or(cmp.Compare(roomName(a.room), roomName(b.room)), a.room.ts.Compare(b.room.ts))
	})
	for _, s := range list {
		if s.room.kind == kind {
			docs = append(docs, s.room.raw(c.Facts))
		}
	}
	return docs
}

func roomName(r *room) string {
	if r.talk == nil {
		return ""
	}
	return r.talk.name
}

// DirectRooms are u's direct rooms.
func (c *Core) DirectRooms(u *User) []Doc { return c.roomsOfKind(u, directRoom) }

// Groups are those that u is in.
func (c *Core) Groups(u *User) []Doc { return c.roomsOfKind(u, groupRoom) }

// JoinedChannels are the channels that u is in.
func (c *Core) JoinedChannels(u *User) []Doc { return c.roomsOfKind(u, channelRoom) }

// DirectMembers are the users of a direct room. Newer servers begin with the record that changed last.
func (c *Core) DirectMembers(r Room) []Doc {
	members := slices.Clone(r.r.talk.members)
	slices.SortStableFunc(members, func(a, b *User) int {
		if c.Facts.membersByTime {
			if order := b.updated.Compare(a.updated); order != 0 {
				return order
			}
		}
		return strings.Compare(a.Username, b.Username)
	})
	docs := []doc{}
	for _, u := range members {
		docs = append(docs, u.memberDocument())
	}
	return docs
}

// GroupMembers are the users of a channel or group, those who are connected first.
func (c *Core) GroupMembers(r Room) []Doc {
	members := c.members(r.r)
	slices.SortStableFunc(members, func(a, b *subscription) int {
		if a.user.status != b.user.status {
			return strings.Compare(string(b.user.status), string(a.user.status))
		}
		return strings.Compare(a.user.Username, b.user.Username)
	})
	docs := []doc{}
	for _, s := range members {
		d := s.user.memberDocument()
		if c.Facts.membersTime {
			d["_updatedAt"] = s.user.updated
		}
		docs = append(docs, d)
	}
	return docs
}

// memberDocument is a user as the lists of members show him.
func (u *User) memberDocument() doc {
	d := doc{"_id": u.ID, "username": u.Username, "name": u.Name, "status": string(u.status)}
	for _, field := range []string{"statusText", "utcOffset"} {
		if value, ok := u.more[field]; ok {
			d[field] = value
		}
	}
	return d
}

// Counters are the numbers of im.counters; those that there are none of are null.
func (c *Core) Counters(u *User, found Room) Doc {
	r := found.r
	d := doc{
		"joined": false, "members": r.users, "unreads": nil, "unreadsFrom": nil, "msgs": r.msgs, "latest": r.updated, "userMentions": nil,
	}
	if !r.lm.IsZero() {
		d["latest"] = r.lm
	}
	if s := c.subscriptionOf(u, r); s != nil && s.open {
		d["joined"], d["userMentions"] = true, s.userMentions
		if !s.seen.IsZero() && r.msgs > 0 {
			d["unreads"], d["unreadsFrom"] = s.unread, s.seen
		}
	}
	return d
}
