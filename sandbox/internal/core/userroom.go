package core

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// makeGeneral makes the channel that every workspace has. Nobody is in it yet.
func (c *Core) makeGeneral() {
	t := &talk{name: "general"}
	if c.Facts.generalOwner {
		t.maker = doc{"_id": catID, "username": catID, "name": "Rocket.Cat"}
	}
	c.newTalk(general, channelRoom, t)
}

// JoinDefaultChannels makes a new user a member of the default channels, of which the sandbox has one.
func (c *Core) JoinDefaultChannels(u *User) { c.joinTalk(c.rooms[general], u, "uj", u, u.ref()) }

// joinTalk makes u a member of a channel or group and writes that he came (uj), or who brought him (au). In a subscription that he
// did not ask for himself at a channel, named is as the room's other documents name him.
func (c *Core) joinTalk(r *room, u *User, kind string, by *User, named doc) {
	if c.subscriptionOf(u, r) != nil {
		return
	}
	now := c.millis()
	s := &subscription{
		room: r, user: u, name: r.talk.name, open: true, alert: true, unread: 1, userMentions: 1, ts: now, updated: now,
		extra: doc{"u": named},
	}
	if r.id != general {
		s.fname = r.talk.name
		if c.Facts.bulkMembers {
			s.extra["customFields"] = r.talk.fields
		}
	}
	c.join(s)
	r.users++
	c.touched(r)
	author := by.ref()
	if kind == "uj" {
		author = c.author(by)
	}
	c.systemMessage(r, kind, u.Username, author, nil)
	c.touched(r)
}

// NewRoom asks for a channel or a group.
type NewRoom struct {
	Name     string
	Members  []string // usernames; those that nobody has are left out
	ReadOnly bool
	Fields   Doc // customFields
	Extra    Doc // extraData, whose keys become keys of the room
}

var roomNameShape = regexp.MustCompile(`^[0-9a-zA-Z-_.]+$`)

// CreateChannel makes a public channel, CreateGroup a private group. Both answer the room.
func (c *Core) CreateChannel(u *User, in NewRoom) (Doc, error) {
	return c.createTalk(u, channelRoom, "create-c", in)
}

// CreateGroup makes a private group with its first members.
func (c *Core) CreateGroup(u *User, in NewRoom) (Doc, error) {
	return c.createTalk(u, groupRoom, "create-p", in)
}

func (c *Core) createTalk(u *User, kind, permission string, in NewRoom) (Doc, error) {
	switch {
	case !c.May(u, permission):
		return nil, errUnauthorizedRoom
	case !roomNameShape.MatchString(in.Name):
		return nil, errRoomName(in.Name)
	case c.talks.named[in.Name] != nil:
		return nil, errRoomNameTaken(in.Name)
	}
	if in.Fields == nil {
		in.Fields = doc{}
	}
	t := &talk{name: in.Name, maker: u.ref(), readOnly: in.ReadOnly, fields: in.Fields, extra: in.Extra}
	if c.Facts.makerName {
		t.maker = doc{"_id": u.ID, "username": u.Username, "name": u.Name}
	}
	r := c.newTalk(c.newID(), kind, t)
	members := []*User{u}
	for _, username := range in.Members {
		if other := c.userNamed(username); other != nil && !slices.Contains(members, other) {
			members = append(members, other)
		}
	}
	for _, member := range members {
		s := &subscription{room: r, user: member, name: t.name, fname: t.name, open: true, ts: r.ts, updated: r.ts, extra: doc{}}
		if c.Facts.bulkMembers {
			s.updated, s.extra["customFields"] = time.Time{}, t.fields
		}
		if member == u {
			s.seen, s.extra["roles"] = r.ts, []string{"owner"}
		}
		c.join(s)
		if member == u && !c.Facts.bulkMembers {
			c.change(s) // the role is given afterwards
		}
	}
	r.users = len(members)
	c.touched(r)
	return r.document(c.Facts), nil
}

// directKey names the set of a direct room's members.
func directKey(uids []string) string { return strings.Join(uids, " ") }

// DirectRoom answers the direct room of u with the users of the given names, which is made where there is none. One's own name is
// that of a room with oneself.
func (c *Core) DirectRoom(u *User, usernames []string) (Doc, error) {
	members := []*User{u}
	for _, username := range usernames {
		other := c.userNamed(username)
		if other == nil {
			return nil, errDirectUser
		}
		if !slices.Contains(members, other) {
			members = append(members, other)
		}
	}
	r, err := c.direct(u, members)
	if err != nil {
		return nil, err
	}
	return doc{"t": r.kind, "rid": r.id, "usernames": r.talk.usernames}, nil
}

func (c *Core) direct(u *User, members []*User) (*room, error) {
	uids := idsOf(members)
	r := c.talks.direct[directKey(uids)]
	switch {
	case !c.May(u, "create-d") && (r == nil || !c.May(u, "view-d-room")):
		return nil, errDirectForbidden
	case len(members) > c.number("DirectMesssage_maxUsers"):
		return nil, c.errDirectTooMany()
	case r != nil:
		c.openDirect(u, r)
		return r, nil
	}
	slices.SortStableFunc(members, func(a, b *User) int { return strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)) })
	t := &talk{uids: uids, members: members}
	for _, member := range members {
		t.usernames = append(t.usernames, member.Username)
	}
	id := c.newID()
	if len(members) == 2 {
		id = uids[0] + uids[1]
	}
	r = c.newTalk(id, directRoom, t)
	r.users = len(members)
	for _, member := range members {
		c.joinDirect(r, member, member == u || len(members) > 2)
	}
	return r, nil
}

// idsOf are the members' ids as a direct room has them.
func idsOf(members []*User) []string {
	var uids []string
	for _, member := range members {
		uids = append(uids, member.ID)
	}
	slices.Sort(uids)
	return slices.Compact(uids)
}

// joinDirect gives a member of a direct room his subscription, which is named after the others.
func (c *Core) joinDirect(r *room, u *User, open bool) {
	var names, usernames []string
	for _, other := range r.talk.members {
		if other != u || len(r.talk.members) == 1 {
			names, usernames = append(names, other.Name), append(usernames, other.Username)
		}
	}
	c.join(&subscription{
		id: c.ids.random17(), room: r, user: u, fname: strings.Join(names, ", "), name: strings.Join(usernames, ", "), open: open, updated: c.millis(),
		extra: doc{},
	})
}

// openDirect is what asking for a direct room that exists does: it opens for the one who asks, and every member's subscription is
// written anew.
func (c *Core) openDirect(u *User, r *room) {
	for _, member := range r.talk.members {
		s := c.subscriptionOf(member, r)
		if s == nil {
			c.joinDirect(r, member, member == u)
			continue
		}
		s.open = s.open || member == u
		c.change(s)
	}
}

// leaveTalks takes a deleted user out of every room: his direct rooms with one other die, all others lose him.
func (c *Core) leaveTalks(u *User) {
	for _, s := range c.roomsOfUser(u) {
		r := s.room
		if r.talk == nil {
			continue
		}
		if r.kind == directRoom && len(r.talk.uids) <= 2 {
			c.eraseTalk(r)
			continue
		}
		if r.kind == directRoom {
			t := *r.talk
			delete(c.talks.direct, directKey(t.uids))
			t.members = slices.DeleteFunc(slices.Clone(t.members), func(other *User) bool { return other == u })
			t.usernames = slices.DeleteFunc(slices.Clone(t.usernames), func(name string) bool { return name == u.Username })
			t.uids = slices.DeleteFunc(slices.Clone(t.uids), func(id string) bool { return id == u.ID })
			r.talk = &t
			c.talks.direct[directKey(t.uids)] = r
		} else {
			r.users--
		}
		c.unsubscribe(u, r)
		c.touched(r)
	}
}

// setExtra changes a further key of a subscription.
func (s *subscription) setExtra(key string, value any) {
	extra := maps.Clone(s.extra)
	if extra == nil {
		extra = doc{}
	}
	extra[key] = value
	s.extra = extra
}
