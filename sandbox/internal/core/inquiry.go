package core

import (
	"maps"
	"slices"
	"time"
)

// The states of an inquiry. It is ready until the routing has looked at it.
const (
	ready  = "ready"
	queued = "queued"
	taken  = "taken"
)

// inquiry is a room's place in the queue. Every open livechat room has one.
type inquiry struct {
	id           string
	room         *room
	name         string
	status       string
	message      string
	department   string
	guest        doc   // the visitor as he was when the room was made
	defaultAgent *User // whom the visitor asked for
	ts           time.Time
	queuedAt     time.Time
	takenAt      time.Time
	updated      time.Time
	last         doc    // the room's last message of a person, where the version keeps it here
	told         string // the department in which the inquiry was last told of
}

func (c *Core) inquiryOf(r *room) *inquiry { return r.inquiry }

func (c *Core) inquiryByID(id string) *inquiry {
	for _, q := range c.inquiries {
		if q.id == id {
			return q
		}
	}
	return nil
}

func (c *Core) newInquiry(r *room, message string) *inquiry {
	now := c.millis()
	q := &inquiry{
		id: c.newID(), room: r, name: r.fname, status: ready, message: message, department: r.department, guest: r.guest(),
		ts: now, updated: now,
	}
	if c.Facts.richRoom && r.vActivity != nil {
		q.guest["activity"] = r.vActivity
	}
	c.inquiries = append(c.inquiries, q)
	r.inquiry = q
	c.inquiryChanged("added", q)
	return q
}

func (c *Core) removeInquiry(r *room) {
	q := r.inquiry
	if q == nil {
		return
	}
	i := slices.Index(c.inquiries, q)
	c.inquiries = slices.Delete(c.inquiries, i, i+1)
	r.inquiry = nil
	c.inquiryChanged("removed", q)
}

// enqueue puts the inquiry into the queue where agents see it.
func (c *Core) enqueue(q *inquiry) {
	now := c.millis()
	q.status, q.queuedAt, q.takenAt, q.updated = queued, now, time.Time{}, now
	c.inquiryChanged("changed", q)
}

func (c *Core) markTaken(q *inquiry) {
	now := c.millis()
	q.status, q.takenAt, q.queuedAt, q.defaultAgent, q.updated = taken, now, time.Time{}, nil, now
	c.inquiryChanged("changed", q)
}

// inquiryEngaged notes the months in which the room's visitor talked with an agent.
func (c *Core) inquiryEngaged(r *room) {
	q := c.inquiryOf(r)
	if q == nil {
		return
	}
	q.guest = maps.Clone(q.guest)
	q.guest["activity"], q.updated = r.vActivity, c.millis()
	c.inquiryChanged("changed", q)
}

func (q *inquiry) document(c *Core) doc {
	d := doc{
		"_id": q.id, "rid": q.room.id, "name": q.name, "ts": q.ts, "message": q.message, "status": q.status, "t": livechatRoom,
		"v": q.guest, "_updatedAt": q.updated,
	}
	if q.department != "" {
		d["department"] = q.department
	}
	if c.Facts.queueOrder {
		d["queueOrder"], d["estimatedWaitingTimeQueue"], d["estimatedServiceTimeAt"] = 1, 0, q.ts
		return d
	}
	d["priorityWeight"], d["estimatedWaitingTimeQueue"], d["source"] = 99, 9999999, doc{"type": q.room.source["type"]}
	for key, at := range map[string]time.Time{"queuedAt": q.queuedAt, "takenAt": q.takenAt} {
		if !at.IsZero() {
			d[key] = at
		}
	}
	if q.last != nil {
		d["lastMessage"] = q.last
	}
	if q.defaultAgent != nil {
		d["defaultAgent"] = doc{"agentId": q.defaultAgent.ID, "username": q.defaultAgent.Username}
	}
	return d
}

// Inquiry is the place in the queue of a room, nil for a room without one.
func (c *Core) Inquiry(roomID string) Doc {
	r := c.rooms[roomID]
	if r == nil {
		return nil
	}
	if q := c.inquiryOf(r); q != nil {
		return q.document(c)
	}
	return nil
}

// QueuedInquiries are all places in the queue, of one department where it is named by id or name. A name that nobody has is no filter.
func (c *Core) QueuedInquiries(department string) []Doc {
	d := c.departmentNamed(department)
	list := []doc{}
	for _, q := range c.inquiries {
		if q.status != queued || d != nil && q.department != d.id {
			continue
		}
		full := q.document(c)
		short := doc{}
		for _, key := range []string{"_id", "rid", "name", "ts", "status", "department"} {
			if value, ok := full[key]; ok {
				short[key] = value
			}
		}
		list = append(list, short)
	}
	return list
}

var errNotHisDepartment = &Fault{Code: "error-not-authorized", Plain: true}

// InquiriesFor are the places in the queue that u may take: those of his departments, those of none, and those that ask for him. One who
// is in no department at all may name any, and still sees those of none only (recorded in 6.5.3).
func (c *Core) InquiriesFor(u *User, department string) ([]Doc, error) {
	var mine []string
	for _, d := range c.departments {
		if d.enabled && d.has(u) {
			mine = append(mine, d.id)
		}
	}
	if department != "" && len(mine) > 0 {
		if !slices.Contains(mine, department) {
			return nil, errNotHisDepartment
		}
		mine = []string{department}
	}
	list := []doc{}
	for _, q := range c.inquiries {
		if q.status == queued && (q.department == "" || q.defaultAgent == u || slices.Contains(mine, q.department)) {
			list = append(list, q.document(c))
		}
	}
	return list, nil
}
