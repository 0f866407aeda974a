package core

import "errors"

func deskFault(method, code, reason string) *Fault {
	return &Fault{Code: code, Reason: reason, Details: doc{"method": method}}
}

// ForwardRoom transfers a room as POST livechat/room.forward of newer versions does: who may forward may forward any room.
func (c *Core) ForwardRoom(u *User, t Transfer) error {
	r := c.rooms[t.RID]
	switch {
	case r == nil || r.kind != livechatRoom:
		return &Fault{Code: "error-invalid-room", Plain: true}
	case !r.open:
		return &Fault{Code: "This_conversation_is_already_closed", Plain: true}
	}
	done, err := c.transfer(r, c.moverOf(u, r), t)
	if err == nil && !done {
		err = &Fault{Code: "error-forwarding-chat", Plain: true}
	}
	return err
}

// errNoSuchUser is of a user to whom a room was to go: older versions break on him.
var errNoSuchUser = errors.New("Cannot read property '_id' of undefined") //nolint:staticcheck // the server's own words

// openAtDesk is an open livechat room that an agent may act on by a DDP method.
func (c *Core) openAtDesk(u *User, rid, method string) (*room, error) {
	r := c.rooms[rid]
	switch {
	case !c.May(u, "view-l-room"):
		return nil, deskFault(method, "error-not-allowed", "Not allowed")
	case r == nil || r.kind != livechatRoom:
		return nil, deskFault(method, "error-invalid-room", "Invalid room")
	case !r.open:
		return nil, deskFault(method, "room-closed", "Room closed")
	}
	return r, nil
}

// TransferRoom transfers a room as DDP's livechat:transfer does. False is a transfer that did not happen, for no reason given.
func (c *Core) TransferRoom(u *User, t Transfer) (bool, error) {
	const method = "livechat:transfer"
	r, err := c.openAtDesk(u, t.RID, method)
	switch {
	case err != nil:
		return false, err
	case c.subscriptionOf(u, r) == nil && !c.May(u, "transfer-livechat-guest"):
		return false, deskFault(method, "error-not-authorized", "Not authorized")
	case t.UserID != "" && c.userByID(t.UserID) == nil && c.Facts.RawErrors:
		return false, errNoSuchUser
	}
	return c.transfer(r, c.moverOf(u, r), t)
}

// ReturnRoom gives a room back to the queue as DDP's livechat:returnAsInquiry does, for any agent. False is a room that nobody serves.
func (c *Core) ReturnRoom(u *User, roomID, department string) (bool, error) {
	const method = "livechat:returnAsInquiry"
	r, err := c.openAtDesk(u, roomID, method)
	switch {
	case err != nil:
		return false, err
	case r.servedBy == nil || c.inquiryOf(r) == nil:
		return false, nil
	case r.onHold:
		return false, deskFault(method, errCodeOnHold, "Room On Hold")
	}
	// Under automatic routing the room loses its agent but its inquiry stays taken (rest-agent C.5).
	if _, err := c.returnToQueue(r, department, !c.assignsItself()); err != nil {
		return false, deskFault("livechat:returnRoomAsInquiry", "error-returning-inquiry", "Error returning inquiry to the queue")
	}
	return true, nil
}

// returnToQueue writes it as an act of the agent who serves, whoever did it.
func (c *Core) returnToQueue(r *room, department string, queue bool) (bool, error) {
	by := c.moverOf(r.servedBy, r)
	data := doc{"transferredBy": by.data, "scope": "queue"}
	return c.toQueue(r, c.inquiryOf(r), by, department, data, queue)
}

// JoinRoom makes an agent a member of a room that somebody else may serve. The membership is a plain one, as in any channel.
func (c *Core) JoinRoom(u *User, roomID string) error {
	r := c.rooms[roomID]
	switch {
	case r == nil || r.kind != livechatRoom:
		return &Fault{Code: "error-invalid-room", Plain: true}
	case !c.mayAccess(u, r):
		return &Fault{Code: "error-not-allowed", Plain: true}
	}
	if c.subscriptionOf(u, r) != nil {
		return nil
	}
	now, ref := c.millis(), u.ref()
	ref["name"] = u.Name
	c.join(&subscription{
		room: r, user: u, fname: r.fname, open: true, alert: true, unread: 1, userMentions: 1, ts: now, updated: now, extra: doc{"u": ref},
	})
	r.users++
	c.systemMessage(r, "uj", u.Username, c.author(u), nil)
	c.roomChanged(r)
	return nil
}

// CloseAsMethod closes a room as DDP's livechat:closeRoom does.
func (c *Core) CloseAsMethod(u *User, in Closing) error {
	const method = "livechat:closeRoom"
	r := c.rooms[in.RID]
	member := u != nil && r != nil && c.subscriptionOf(u, r) != nil
	switch {
	case !c.May(u, "close-livechat-room"):
		return deskFault(method, "error-not-authorized", "Not authorized")
	case r == nil || r.kind != livechatRoom:
		return deskFault(method, "error-invalid-room", "Invalid room")
	case !r.open && member && !c.Facts.closeKeepsOthers: // a lost race's remains
		c.dropMembers(r)
		return nil
	case !r.open:
		return deskFault(method, "room-closed", "Room closed")
	case !member && !c.May(u, "close-others-livechat-room"):
		return deskFault(method, "error-not-authorized", "Not authorized")
	}
	return c.closeAs(u, r, in)
}
