package core

import "maps"

// Transfer moves a room to an agent, to a department, or to an agent of a department.
type Transfer struct{ RID, UserID, Department, Comment string }

// mover is who transfers a room.
type mover struct {
	data   doc // transferredBy
	author doc // of the message about it
}

// moverOf is a user as he moves r: its agent, or just some user.
func (c *Core) moverOf(u *User, r *room) mover {
	kind := "user"
	if r.servedBy == u {
		kind = "agent"
	}
	return mover{doc{"_id": u.ID, "username": u.Username, "name": u.Name, "type": kind}, c.author(u)}
}

// moverVisitor is the room's visitor.
func (c *Core) moverVisitor(r *room) mover {
	v := r.visitor
	author := v.user()
	if !c.Facts.agentName {
		author = doc{"_id": v.id, "username": v.username}
	}
	return mover{doc{"_id": v.id, "username": v.username, "name": r.fname, "type": "visitor"}, author}
}

// transferReasons are what older versions say beside the code, and in which of their functions. Newer ones throw the bare code.
var transferReasons = map[string][2]string{
	"error-user-is-offline":                    {"User is offline", "forwardRoomToAgent"},
	"error-invalid-inquiry":                    {"Invalid inquiry", "forwardRoomToAgent"},
	"error-selected-agent-room-agent-are-same": {"The selected agent and the room agent are the same", "forwardRoomToAgent"},
	"error-forwarding-chat-same-department": {
		"The selected department and the current room department are the same", "forwardRoomToDepartment",
	},
	"error-user-not-belong-to-department": {"The selected user does not belong to this department", "forwardRoomToDepartment"},
}

// errCodeOnHold refuses to move a room that is on hold.
const errCodeOnHold = "error-room-onHold"

func (c *Core) transferFault(code string) *Fault {
	reason, known := transferReasons[code]
	if !c.Facts.RawErrors || !known {
		return &Fault{Code: code, Plain: !c.Facts.RawErrors}
	}
	return &Fault{Code: code, Reason: reason[0], Details: doc{"function": reason[1]}}
}

// errNobodyAvailable comes after the room was queued all the same.
var errNobodyAvailable = &Fault{Code: "no-agent-available", Reason: "Sorry, no available agents."}

// transfer moves an open room. False without an error is a transfer that did not happen, for no reason given.
func (c *Core) transfer(r *room, by mover, t Transfer) (bool, error) {
	if r.onHold {
		return false, c.transferFault(errCodeOnHold)
	}
	data := doc{"transferredBy": by.data, "scope": "agent"}
	if t.Comment != "" {
		data["comment"] = t.Comment
	}
	if to := c.userByID(t.UserID); to != nil {
		data["transferredTo"] = doc{"_id": to.ID, "username": to.Username, "name": to.Name}
	}
	if t.Department == "" {
		if t.UserID == "" {
			return false, nil
		}
		return c.transferToAgent(r, by, t, data)
	}
	if d := c.departmentByID(t.Department); d != nil {
		data["scope"], data["nextDepartment"] = "department", doc{"_id": d.id, "name": d.name}
	} else if c.Facts.departmentChecked {
		return false, c.transferFault("error-invalid-department")
	}
	return c.transferToDepartment(r, by, t, data)
}

func (c *Core) transferToAgent(r *room, by mover, t Transfer, data doc) (bool, error) {
	to, old := c.userByID(t.UserID), r.servedBy
	switch {
	case to == nil || !to.online():
		return false, c.transferFault("error-user-is-offline")
	case c.inquiryOf(r) == nil:
		return false, c.transferFault("error-invalid-inquiry")
	case to == old:
		return false, c.transferFault("error-selected-agent-room-agent-are-same")
	}
	c.handOver(r, by, to, data, nil, "")
	return true, nil
}

// handOver gives the room to another agent, of another department where q and dep name one, and tells the story. Newer versions write
// in that case only that he came, once more, and the old agent goes last.
func (c *Core) handOver(r *room, by mover, to *User, data doc, q *inquiry, dep string) {
	old, late := r.servedBy, dep != "" && c.Facts.joinOnTake
	c.seat(r, to, "")
	c.greet(r, to)
	c.transferMessage(r, by, data, r.department)
	if old != nil && !late {
		c.leave(r, c.release(r, old, to))
	}
	if late || !c.Facts.joinOnTake {
		c.systemMessage(r, "uj", to.Username, c.author(to), nil)
	}
	if dep != "" {
		c.moveTo(r, q, dep)
	}
	if old != nil && late {
		c.leave(r, c.release(r, old, to))
	}
}

func (c *Core) transferToDepartment(r *room, by mover, t Transfer, data doc) (bool, error) {
	q, to := c.inquiryOf(r), (*User)(nil)
	switch d := c.departmentByID(t.Department); {
	case q == nil:
		return false, c.transferFault("error-transferring-inquiry")
	case r.department == t.Department:
		return false, c.transferFault("error-forwarding-chat-same-department")
	case t.UserID == "":
	default:
		if to = c.userByID(t.UserID); to == nil || !to.online() {
			return false, c.transferFault("error-user-is-offline")
		}
		if d == nil || !d.has(to) {
			return false, c.transferFault("error-user-not-belong-to-department")
		}
	}
	if !c.assignsItself() || c.receivesOffline(t.Department) {
		return c.toQueue(r, q, by, t.Department, data, true)
	}
	old := r.servedBy
	if to == nil {
		to = c.nextAgent(t.Department)
	}
	if to == nil || to == old {
		if c.Facts.offlineTargetFails && old != nil {
			return false, c.transferFault("error-no-agents-online-in-department")
		}
		if old != nil {
			return false, nil
		}
	}
	if to != nil {
		c.handOver(r, by, to, data, q, t.Department)
	} else {
		c.moveTo(r, q, t.Department)
	}
	r.visitor.department = t.Department
	return true, nil
}

// receivesOffline says that a department takes chats into its queue while nobody of it is online.
func (c *Core) receivesOffline(dep string) bool {
	d := c.departmentByID(dep)
	return d != nil && d.flag("allowReceiveForwardOffline") && len(c.onlineIn(dep)) == 0
}

// moveTo makes the room one of another department.
func (c *Core) moveTo(r *room, q *inquiry, dep string) {
	r.department, q.department, q.updated = dep, dep, c.millis()
	for _, s := range c.members(r) {
		if !c.Facts.namedSubscriptions {
			break
		}
		s.extra = maps.Clone(s.extra)
		s.extra["department"] = dep
		c.change(s)
	}
	c.inquiryChanged("changed", q)
	c.roomChanged(r)
}

// toQueue takes the room from its agent and, with queue, puts it into the queue, of another department where one is named. A failure comes
// after all of that was done.
func (c *Core) toQueue(r *room, q *inquiry, by mover, dep string, data doc, queue bool) (bool, error) {
	old, from := r.servedBy, r.department
	c.transferMessage(r, by, data, from)
	if dep != "" && dep != q.department {
		c.moveTo(r, q, dep)
	}
	var gone []*User
	if c.Facts.settled { // the record of the membership goes before the room's changes
		gone = c.release(r, old, nil)
	}
	if old != nil {
		r.servedBy, r.queuedAt = nil, c.millis()
		c.roomChanged(r)
		if !c.Facts.settled {
			gone = c.release(r, old, nil)
		}
		c.emitAgent(r)
	}
	if queue {
		c.enqueue(q) // before the leaving is written: who may look into the queue is shown that (6.5.3)
	}
	c.leave(r, gone)
	if !queue {
		return true, nil
	}
	if d := c.departmentByID(q.department); c.Facts.emptyQueueFails && q.department != "" && (d == nil || len(d.members) == 0) {
		return false, errNobodyAvailable
	}
	c.newInQueue(q)
	return true, nil
}

// transferMessage writes what happened into the room, and completes data with the moment and the department that the room comes from.
func (c *Core) transferMessage(r *room, by mover, data doc, from string) {
	const kind = "livechat_transfer_history"
	data["ts"] = c.millis()
	if from != "" {
		data["previousDepartment"] = from
	}
	if c.Facts.markdown { // there the message goes the way of people's messages
		c.textMessage(r, kind, "", by.author, doc{"transferData": data})
		return
	}
	c.noteMessage(r, kind, "", by.author, doc{"transferData": data})
}

// TransferHistory are the transfers of a room, oldest first. The second result is false for a room that does not exist.
func (c *Core) TransferHistory(roomID string) ([]Doc, bool) {
	r := c.rooms[roomID]
	if r == nil {
		return nil, false
	}
	list := []doc{}
	for _, m := range r.timeline {
		if data, ok := m.doc["transferData"].(doc); ok {
			list = append(list, data)
		}
	}
	return list, true
}
