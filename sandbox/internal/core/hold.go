package core

import (
	"errors"
	"fmt"
	"maps"
)

// Rooms on hold (realtime 10, rest-agent C.7): of servers with a licence, which the sandbox plays for whoever runs it, not for clients.
const (
	heldType    = "omnichannel_placed_chat_on_hold"
	resumedType = "omnichannel_on_hold_chat_resumed"
)

var errNoHold = errors.New("this version of Rocket.Chat has no rooms on hold")

// Hold puts a room that the agent serves on hold.
func (c *Core) Hold(a *User, roomID, comment string) error {
	r, err := c.servedByID(roomID, a)
	switch {
	case err != nil:
		return err
	case !c.Facts.hold:
		return errNoHold
	case r.onHold:
		return fmt.Errorf("room %s is on hold", roomID)
	}
	c.setHold(r, true)
	c.systemMessage(r, heldType, "", c.author(a), doc{"comment": comment})
	return nil
}

// Resume takes a room off hold for the agent who serves it.
func (c *Core) Resume(a *User, roomID, comment string) error {
	r, err := c.servedByID(roomID, a)
	switch {
	case err != nil:
		return err
	case !r.onHold:
		return fmt.Errorf("room %s is not on hold", roomID)
	}
	c.endHold(r, a, comment)
	return nil
}

// resumeForVisitor takes the room of a visitor who writes off hold. The server does it, and names the visitor in its comment.
func (c *Core) resumeForVisitor(r *room) {
	if r.onHold {
		c.endHold(r, c.userByID(catID), "The chat was automatically resumed from On Hold upon receiving a new message from "+r.fname)
	}
}

func (c *Core) endHold(r *room, by *User, comment string) {
	c.setHold(r, false)
	c.systemMessage(r, resumedType, "", c.author(by), doc{"comment": comment})
}

// setHold changes the room and the memberships in it.
func (c *Core) setHold(r *room, on bool) {
	r.onHold = on
	c.roomChanged(r)
	for _, s := range c.members(r) {
		extra := maps.Clone(s.extra)
		delete(extra, "onHold")
		if on {
			extra["onHold"] = true
		}
		s.extra = extra
		c.change(s)
	}
}
