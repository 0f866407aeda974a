package core

import (
	"slices"
	"time"
)

// livechatRoom is the kind of the rooms of visitors.
const livechatRoom = "l"

// room is a conversation.
type room struct {
	id, fname  string
	kind       string // "l", "d", "c" or "p"
	token      string // of the visitor when the room was made; another token of the same visitor does not open it
	visitor    *visitor
	department string
	source     doc
	open       bool
	servedBy   *User
	servedAt   time.Time
	closedAt   time.Time
	msgs       int
	users      int
	lm, ts     time.Time
	updated    time.Time
	queuedAt   time.Time
	waiting    bool // no agent has answered yet
	vLast      time.Time
	vActivity  []any
	last       doc // lastMessage
	metrics    doc
	response   doc // responseBy
	lastStamp  time.Time
	timeline   []*message // in the order of writing
}

// RoomRequest is what GET livechat/room asks.
type RoomRequest struct {
	Token, RID, AgentID string
	Source              doc
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
	r := c.rooms[in.RID]
	if c.Facts.roomByAnyID {
		switch {
		case in.RID == "", r != nil && !r.open:
			return nil, c.ids.random17(), nil
		case r == nil:
			return nil, in.RID, nil
		case r.token != in.Token:
			return nil, "", errForeignRoom
		}
		return r, "", nil
	}
	if in.RID != "" {
		if r == nil || r.token != in.Token || !r.open {
			return nil, "", errInvalidRoom
		}
		return r, "", nil
	}
	return c.openRoomOf(in.Token), c.ids.random17(), nil
}

// openRoomOf is the first open room of a token, or nil.
func (c *Core) openRoomOf(token string) *room {
	for _, r := range c.roomsOf[token] {
		if r.open {
			return r
		}
	}
	return nil
}

func (c *Core) newRoom(v *visitor, id string, in RoomRequest) (*room, error) {
	if c.Facts.enabledIsChecked && !c.flag("Livechat_enabled") {
		return nil, errDisabled
	}
	wanted := c.userByID(in.AgentID)
	dep := v.department
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
		vActivity: v.activity,
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
		// The server counts its own first message as an answer, whoever looks at these numbers.
		r.metrics = firstResponse(r.ts, c.stamp(r))
	}
	c.route(r, c.newInquiry(r, ""), wanted)
	return r, nil
}

// firstResponse is the metrics document of a room answered once.
func firstResponse(asked, answered time.Time) doc {
	s := answered.Sub(asked).Seconds()
	return doc{
		"response": doc{"avg": s, "fd": answered, "ft": s, "total": 1, "tt": s},
		"reaction": doc{"fd": answered, "ft": s, "tt": s},
	}
}

// CloseByVisitor ends the visitor's own room and answers the comment that the server writes into it.
func (c *Core) CloseByVisitor(rid, token string) (string, error) {
	r, err := c.ownRoom(rid, token)
	if err != nil {
		return "", err
	}
	if !r.open {
		return "", errRoomClosed
	}
	const comment = "Closed by visitor"
	c.closeRoom(r, r.visitor.user(), comment)
	return comment, nil
}

// ownRoom is the room of a visitor, open or not.
func (c *Core) ownRoom(rid, token string) (*room, error) {
	if c.tokens[token] == nil {
		return nil, errInvalidToken
	}
	r := c.rooms[rid]
	if r == nil || r.token != token {
		return nil, errInvalidRoom
	}
	return r, nil
}

// closeRoom writes livechat-close, then the offer of a transcript. Nothing goes out on stream-livechat-room.
func (c *Core) closeRoom(r *room, by doc, comment string) {
	r.open = false
	r.closedAt = c.millis()
	c.removeInquiry(r)
	for _, s := range slices.Clone(c.subscriptions) {
		if s.room == r {
			c.unsubscribe(s.user, r)
		}
	}
	c.textMessage(r, "livechat-close", comment, by, doc{"transcriptRequested": false})
	c.systemMessage(r, "command", "promptTranscript", doc{"_id": by["_id"], "username": by["username"]}, nil)
}

// guest is the visitor as the room names him.
func (r *room) guest() doc {
	return doc{"_id": r.visitor.id, "username": r.visitor.username, "token": r.token, "status": "online"}
}

func (r *room) document(f Facts) doc {
	v := r.guest()
	d := doc{
		"_id": r.id, "t": r.kind, "fname": r.fname, "ts": r.ts, "lm": r.lm, "_updatedAt": r.updated,
		"msgs": r.msgs, "usersCount": r.users, "cl": false, "v": v,
	}
	if r.open {
		d["open"] = true
	}
	if r.waiting {
		d["waitingResponse"] = true
	}
	if r.department != "" {
		d["departmentId"] = r.department
	}
	if r.servedBy != nil {
		d["servedBy"] = r.servedRef()
	}
	if !r.vLast.IsZero() {
		v["lastMessageTs"] = r.vLast
	}
	if r.last != nil {
		d["lastMessage"] = r.last
	}
	if r.response != nil {
		d["responseBy"] = r.response
	}
	if r.metrics != nil {
		d["metrics"] = r.metrics
	}
	if f.richRoom {
		d["source"] = r.source
		d["queuedAt"] = r.queuedAt
		d["priorityWeight"] = 99
		d["estimatedWaitingTimeQueue"] = 9999999
		if r.vActivity != nil {
			v["activity"] = r.vActivity
		}
	}
	return d
}

func (r *room) servedRef() doc {
	return doc{"_id": r.servedBy.ID, "username": r.servedBy.Username, "ts": r.servedAt}
}
