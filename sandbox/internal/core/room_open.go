package core

// RoomRequest is what GET livechat/room asks.
type RoomRequest struct {
	Token, RID, AgentID string
	Source              doc
	Text                string // of the message for which the room is made
}

// OpenRoom answers the visitor's room and whether it was made just now.
func (c *Core) OpenRoom(in RoomRequest) (Doc, bool, error) {
	v := c.tokens[in.Token]
	if v == nil {
		return nil, false, errInvalidToken
	}
	r, id, err := c.findRoom(in)
	if err != nil {
		return nil, false, err
	}
	if r != nil {
		return r.document(c.Facts), false, nil
	}
	r, err = c.newRoom(v, id, in)
	if err != nil {
		return nil, false, err
	}
	return r.document(c.Facts), true, nil
}

// findRoom answers the room asked for, or nil and the id that a new one must have.
func (c *Core) findRoom(in RoomRequest) (*room, string, error) {
	if c.Facts.roomByAnyID {
		return c.anyRoom(in.RID, in.Token)
	}
	if in.RID == "" {
		return c.openRoomOf(in.Token), c.ids.random17(), nil
	}
	r := c.rooms[in.RID]
	if r == nil || r.token != in.Token || !r.open {
		return nil, "", errInvalidRoom
	}
	return r, "", nil
}

// anyRoom is how the older REST route, and sendMessageLivechat of every version, find a room: an unknown id is that of a new one, a
// closed room makes way for one with another id.
func (c *Core) anyRoom(rid, token string) (*room, string, error) {
	r := c.rooms[rid]
	switch {
	case rid == "":
		return nil, c.ids.random17(), nil
	case r == nil:
		return nil, rid, nil
	case r.kind != livechatRoom:
		return nil, "", errNoGuestRoom
	case !r.open:
		return nil, c.ids.random17(), nil
	case r.token != token:
		return nil, "", errForeignRoom
	}
	return r, "", nil
}

func (c *Core) newRoom(v *visitor, id string, in RoomRequest) (*room, error) {
	if c.Facts.enabledIsChecked && !c.flag("Livechat_enabled") {
		return nil, errDisabled
	}
	wanted := c.userByID(in.AgentID)
	dep := v.department
	if c.departmentByID(dep) == nil {
		dep = "" // removed since
	}
	if wanted == nil && dep == "" {
		dep = c.firstDepartmentOnline()
	}
	if !c.canServe(wanted, dep) {
		return nil, errNoAgentOnline
	}
	now := c.millis()
	r := &room{
		id: id, kind: livechatRoom, fname: v.name, token: v.token, visitor: v, department: dep, source: in.Source,
		open: true, users: 1, ts: now, lm: now, updated: now, queuedAt: now, waiting: true, lastStamp: now,
		vActivity: v.activity, vStatus: string(Online),
	}
	if r.fname == "" {
		r.fname = v.username
	}
	c.rooms[id] = r
	c.roomOrder = append(c.roomOrder, r)
	c.roomsOf[r.token] = append(c.roomsOf[r.token], r)
	v.lastChat = doc{"_id": id, "ts": now}
	if c.Facts.startedMessage {
		c.textMessage(r, "livechat-started", "", v.user(), nil)
	}
	c.adoptPages(r)
	c.route(r, c.newInquiry(r, in.Text), wanted)
	return r, nil
}
