package core

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// notice tells the members of a room of a new message: their subscriptions count it, and those who are there get a notification.
// Messages that the server writes into the database directly never come here.
func (c *Core) notice(m *message) {
	r := m.room
	if q := c.inquiryOf(r); q != nil && c.Facts.lastInInquiry && m.doc["t"] == nil {
		defer func() { // after everything else, as recorded
			q.last, q.updated = c.WithFileLink(m.doc), c.millis()
			c.inquiryChanged("changed", q)
		}()
	}
	members := c.members(r)
	for _, s := range members {
		if s.user.ID != m.author {
			c.count(s, m)
		} else if c.Facts.ownWritingReads {
			s.markRead(c.millis())
			c.change(s)
		}
	}
	for _, s := range members {
		if s.user.ID != m.author {
			c.notify(s, m)
		}
	}
}

// count is what a message of another one does to a subscription. One that was alerted already and counts nothing stays as it is.
func (c *Core) count(s *subscription, m *message) {
	before := *s
	mentioned, group := mentionsOf(m, s.user)
	switch {
	case mentioned:
		s.userMentions++
	case group:
		s.groupMentions++
	}
	if mentioned || group || m.room.kind == "d" || m.room.kind == livechatRoom && c.Facts.countsVisitors {
		s.unread++
		s.open = true
	}
	s.alert = true
	if s.unread != before.unread || s.alert != before.alert || s.open != before.open {
		c.change(s)
	}
}

// mentionsOf says whether a message names u, and whether it names everybody.
func mentionsOf(m *message, u *User) (user, group bool) {
	list, _ := m.doc["mentions"].([]doc)
	user = slices.ContainsFunc(list, func(d doc) bool { return d["_id"] == u.ID })
	group = slices.ContainsFunc(list, func(d doc) bool { return d["_id"] == "all" || d["_id"] == "here" })
	return user, group
}

// notify shows a message on the desktop of a member who is there and not busy. Old, edited and threads' messages are not shown (read
// in the source).
func (c *Core) notify(s *subscription, m *message) {
	if s.user.status == Offline || s.user.status == Busy || c.millis().Sub(m.ts) > time.Minute {
		return
	}
	c.tell(func() {
		c.publish(Event{Stream: StreamUser, Name: s.user.ID + "/notification", Make: func() []any { return []any{c.notification(m)} }})
	})
}

func (c *Core) notification(m *message) doc {
	r := m.room
	sender := m.doc["u"].(doc)
	username, _ := sender["username"].(string)
	text := shownText(m.doc["msg"].(string))
	payload := doc{
		"_id": m.id, "rid": r.id, "sender": sender, "type": r.kind, "message": doc{"msg": m.doc["msg"]},
	}
	if thread, ok := m.doc["tmid"]; ok {
		payload["tmid"] = thread
	}
	if kind, ok := m.doc["t"]; ok {
		payload["message"] = doc{"msg": m.doc["msg"], "t": kind}
	}
	var title, name string
	switch r.kind {
	case livechatRoom:
		title, name = "[Omnichannel] "+r.fname, r.fname
	case "d":
		title, name = username, username
	default:
		name, _ = r.document(c.Facts)["name"].(string)
		title, text = "#"+name, username+": "+text
	}
	if c.Facts.namedPayload || r.kind == "c" || r.kind == "p" {
		payload["name"] = name
	}
	return doc{"title": title, "text": text, "payload": payload}
}

var boldShape = regexp.MustCompile(`\*([^*\s](?:[^*\n]*[^*\s])?)\*`)

// shownText is a message as a notification shows it: without the marks of bold text, and with emoji for their names.
func shownText(text string) string {
	return strings.TrimSpace(withEmoji(boldShape.ReplaceAllString(text, "$1")))
}
