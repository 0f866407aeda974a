package core

import "time"

// subscription is a user's membership in a room, and what the user's client shows of it.
type subscription struct {
	id         string
	room       *room
	user       *User
	open       bool
	alert      bool
	unread     int
	ts         time.Time
	seen, read time.Time // ls and lr
	updated    time.Time
}

func (c *Core) subscriptionOf(u *User, r *room) *subscription {
	for _, s := range c.subscriptions {
		if s.user == u && s.room == r {
			return s
		}
	}
	return nil
}

// subscribe makes u a member of r. One who is a member already stays as he is.
func (c *Core) subscribe(u *User, r *room) *subscription {
	if s := c.subscriptionOf(u, r); s != nil {
		return s
	}
	now := c.millis()
	s := &subscription{id: c.newID(), room: r, user: u, open: true, alert: true, unread: 1, ts: now, updated: now}
	c.subscriptions = append(c.subscriptions, s)
	c.subscriptionChanged("inserted", s)
	return s
}

// unsubscribe ends u's membership in r.
func (c *Core) unsubscribe(u *User, r *room) {
	for i, s := range c.subscriptions {
		if s.user == u && s.room == r {
			c.subscriptions = append(c.subscriptions[:i:i], c.subscriptions[i+1:]...)
			c.subscriptionChanged("removed", s)
			return
		}
	}
}

func (s *subscription) document(c *Core) doc {
	d := doc{
		"_id": s.id, "rid": s.room.id, "t": s.room.kind, "u": s.user.ref(), "ts": s.ts, "_updatedAt": s.updated,
		"open": s.open, "alert": s.alert, "unread": s.unread, "userMentions": 0, "groupMentions": 0,
		"name": s.room.fname, "fname": s.room.fname,
	}
	if !s.seen.IsZero() {
		d["ls"] = s.seen
	}
	if !s.read.IsZero() {
		d["lr"] = s.read
	}
	if s.room.kind == livechatRoom {
		d["v"] = s.room.guest()
		if s.room.department != "" {
			d["department"] = s.room.department
		}
	}
	return d
}
