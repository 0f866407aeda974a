package core

import "strings"

// JoinChannel makes u a member of a public channel and answers it. One who is a member already stays as he is.
func (c *Core) JoinChannel(u *User, found Room) (Doc, error) {
	if !c.mayAccess(u, found.r) {
		return nil, errForeign("joinRoom")
	}
	c.joinTalk(found.r, u, "uj", u, doc{"_id": u.ID, "username": u.Username, "name": u.Name})
	return found.r.document(c.Facts), nil
}

// Invite makes a user a member of the inviter's group and answers it.
func (c *Core) Invite(by *User, found Room, u *User) (Doc, error) {
	if !c.mayInRoom(by, found.r, "add-user-to-joined-room") {
		return nil, errForeign("addUsersToRoom")
	}
	c.joinTalk(found.r, u, "au", by, doc{"_id": u.ID, "username": u.Username, "name": u.Name})
	return found.r.document(c.Facts), nil
}

// Kick ends a user's membership. His clients are told of the room until the membership is over.
func (c *Core) Kick(by *User, found Room, u *User) error {
	r := found.r
	switch {
	case !c.mayInRoom(by, r, "remove-user"):
		return errForeign("removeUserFromRoom")
	case c.subscriptionOf(u, r) == nil:
		return NotPlayed("removing one who is no member")
	}
	r.users--
	c.touched(r)
	author := by.ref()
	if c.Facts.kickNamed {
		author = c.author(by)
	}
	if c.Facts.settled { // there the message comes too late for one with no other sub
		c.unsubscribe(u, r)
	}
	c.systemMessage(r, "ru", u.Username, author, nil)
	c.touched(r)
	c.unsubscribe(u, r)
	return nil
}

// DeleteRoom deletes a group with everything in it.
func (c *Core) DeleteRoom(by *User, found Room) error {
	if !c.mayInRoom(by, found.r, "delete-"+found.r.kind) {
		return errForeign("eraseRoom")
	}
	c.eraseTalk(found.r)
	return nil
}

// PostMessage is chat.postMessage to one target: "#name", "@username", the id of a room or user, or such a name without a mark. A
// public channel is joined on the way.
func (c *Core) PostMessage(u *User, target string, message Doc) (Doc, error) {
	r, err := c.target(u, target)
	if err != nil {
		return nil, err
	}
	if r.kind == channelRoom && c.mayAccess(u, r) {
		c.joinTalk(r, u, "uj", u, doc{"_id": u.ID, "username": u.Username, "name": u.Name})
	}
	d := doc{"rid": r.id}
	for key, value := range message {
		d[key] = value
	}
	return c.SendMessage(u, Sending{Message: d, Named: true, Quiet: true})
}

func (c *Core) target(u *User, target string) (*room, error) {
	name, isRoom := strings.CutPrefix(target, "#")
	username, isUser := strings.CutPrefix(target, "@")
	var r *room
	switch {
	case isRoom:
		r = c.talks.named[name]
	case !isUser:
		if r = c.rooms[target]; r == nil {
			r = c.talks.named[target]
		}
	}
	if r != nil {
		return r, nil
	}
	if isRoom || target == "" {
		return nil, ErrNoChannel
	}
	found, err := c.FindDirect(u, username)
	return found.r, err
}

// Message is a message's document, nil for none. Whether the caller may see it is not asked.
func (c *Core) Message(id string) Doc {
	if m := c.messages[id]; m != nil {
		return m.doc
	}
	return nil
}

// directsFollow is what happens to a user's direct rooms when he is deactivated or comes back: older servers archive the others'
// subscriptions, newer ones let nobody write there.
func (c *Core) directsFollow(u *User, active bool) {
	for _, s := range c.roomsOfUser(u) {
		if s.room.kind != directRoom || len(s.room.talk.uids) != 2 {
			continue
		}
		if c.Facts.roomDefaults {
			t := *s.room.talk
			t.readOnly, t.extra = !active, doc{"reactWhenReadOnly": false}
			s.room.talk = &t
			c.touched(s.room)
			continue
		}
		for _, other := range c.members(s.room) {
			if other.name == u.Username {
				other.setExtra("archived", !active)
				c.change(other)
			}
		}
	}
}
