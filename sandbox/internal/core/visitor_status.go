package core

// SetVisitorStatus is POST livechat/visitor.status: any text is taken, and told to the visitor's open rooms.
func (c *Core) SetVisitorStatus(token, status string) error {
	if c.tokens[token] == nil {
		return ErrUnknownVisitor
	}
	c.guestStatus(token, status)
	return nil
}

func (c *Core) guestStatus(token, status string) {
	for _, r := range c.roomsOf[token] {
		if !r.open {
			continue
		}
		r.vStatus, r.updated = status, c.millis()
		if q := c.inquiryOf(r); q != nil && q.status == queued {
			q.guest = withFlags(q.guest, doc{"status": status})
			c.inquiryChanged("changed", q)
		}
		c.roomChanged(r)
	}
}

// GuestLeft is told when the connection ends over which a visitor said livechat:setUpConnection.
func (c *Core) GuestLeft(token string) { c.guestStatus(token, string(Offline)) }

// SetCallStatus is POST livechat/visitor.callStatus. Whose room it is is not looked at (rest-visitor 4.6).
func (c *Core) SetCallStatus(token, rid, callID, status string) error {
	if c.tokens[token] == nil {
		return ErrUnknownVisitor
	}
	r := c.rooms[rid]
	if r != nil {
		r.calling, r.updated = status, c.millis()
	}
	if status != "ended" && status != "declined" {
		return nil
	}
	m := c.messages[callID]
	if m == nil {
		return &Fault{Code: "Invalid message ID.", Plain: true}
	}
	d := withFlags(m.doc, doc{"msg": status, "webRtcCallEndTs": c.millis(), "actionLinks": []doc{}, "_updatedAt": c.stamp(m.room)})
	m.replace(d)
	c.emitMessage(m)
	return nil
}
