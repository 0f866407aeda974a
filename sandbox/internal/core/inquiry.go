package core

import "time"

// The states of an inquiry. It is ready until the routing has looked at it.
const (
	ready  = "ready"
	queued = "queued"
	taken  = "taken"
)

// inquiry is a room's place in the queue. Every open livechat room has one.
type inquiry struct {
	id         string
	room       *room
	status     string
	message    string
	department string
	ts         time.Time
	queuedAt   time.Time
	takenAt    time.Time
	updated    time.Time
}

func (c *Core) inquiryOf(r *room) *inquiry {
	for _, q := range c.inquiries {
		if q.room == r {
			return q
		}
	}
	return nil
}

func (c *Core) newInquiry(r *room, message string) *inquiry {
	now := c.millis()
	q := &inquiry{id: c.newID(), room: r, status: ready, message: message, department: r.department, ts: now, updated: now}
	c.inquiries = append(c.inquiries, q)
	return q
}

func (c *Core) removeInquiry(r *room) {
	for i, q := range c.inquiries {
		if q.room == r {
			c.inquiries = append(c.inquiries[:i:i], c.inquiries[i+1:]...)
			c.inquiryChanged("removed", q)
			return
		}
	}
}

// enqueue puts the inquiry into the queue where agents see it.
func (c *Core) enqueue(q *inquiry) {
	q.status = queued
	q.queuedAt, q.updated = c.millis(), c.millis()
	c.inquiryChanged("added", q)
}

func (c *Core) markTaken(q *inquiry) {
	q.status = taken
	q.takenAt, q.updated = c.millis(), c.millis()
	c.inquiryChanged("changed", q)
}

func (q *inquiry) document(*Core) doc {
	d := doc{
		"_id": q.id, "rid": q.room.id, "name": q.room.fname, "ts": q.ts, "message": q.message, "status": q.status, "t": livechatRoom,
		"v": q.room.guest(), "_updatedAt": q.updated,
	}
	if q.department != "" {
		d["department"] = q.department
	}
	return d
}
