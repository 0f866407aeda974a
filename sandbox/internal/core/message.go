package core

import (
	"maps"
	"time"
)

// message is a stored message: its document, and what the rules ask of it.
type message struct {
	id, author string
	room       *room
	ts         time.Time
	doc        doc // replaced as a whole on each change
}

// hidden messages are stored, but neither told to anybody nor part of a history.
func (m *message) hidden() bool { return m.doc["_hidden"] == true }

// chatMessage stores an ordinary message of a visitor or an agent.
func (c *Core) chatMessage(r *room, id, text string, author, extra doc) *message {
	if id == "" {
		id = c.ids.random17()
	}
	ts := c.stamp(r)
	d := doc{"_id": id, "rid": r.id, "msg": text, "ts": ts, "u": author, "_updatedAt": ts}
	maps.Copy(d, extra)
	c.annotate(d, false)
	return c.store(r, d, true)
}

// textMessage stores a system message that the server sends through the same path as people's.
func (c *Core) textMessage(r *room, kind, text string, author, extra doc) {
	ts := c.stamp(r)
	d := doc{
		"_id": c.ids.random17(), "t": kind, "rid": r.id, "msg": text, "groupable": false,
		"ts": ts, "u": author, "_updatedAt": ts,
	}
	maps.Copy(d, extra)
	c.annotate(d, false)
	m := c.store(r, d, true)
	c.roomChanged(r)
	c.notice(m)
}

// systemMessage stores a system message that the server writes into the database directly: it has neither mentions nor
// markdown, and the room does not count it as its last message.
func (c *Core) systemMessage(r *room, kind, text string, author, extra doc) {
	c.systemMessageAt(c.stamp(r), r, kind, text, author, extra)
}

func (c *Core) systemMessageAt(ts time.Time, r *room, kind, text string, author, extra doc) {
	c.store(r, c.systemDocument(ts, r.id, kind, text, author, extra), false)
}

// noteMessage is a system message that older servers do not count as one of the room's messages.
func (c *Core) noteMessage(r *room, kind, text string, author, extra doc) *message {
	m := c.store(r, c.systemDocument(c.stamp(r), r.id, kind, text, author, extra), false)
	if c.Facts.silentNotes {
		r.msgs--
	}
	return m
}

func (c *Core) systemDocument(ts time.Time, rid, kind, text string, author, extra doc) doc {
	d := doc{
		"_id": c.newID(), "t": kind, "rid": rid, "msg": text, "groupable": false, "ts": ts, "u": author, "_updatedAt": ts,
	}
	maps.Copy(d, extra)
	return d
}

// store keeps a message and tells of it. What counts took the way of people's messages.
func (c *Core) store(r *room, d doc, counts bool) *message {
	m := &message{id: d["_id"].(string), author: d["u"].(doc)["_id"].(string), room: r, ts: d["ts"].(time.Time), doc: d}
	c.messages[m.id] = m
	r.timeline = append(r.timeline, m)
	spoken := counts && r.kind == livechatRoom
	if spoken && d["token"] == nil {
		c.answered(r, d, m.ts) // noted before the message is
		c.roomChanged(r)
	}
	r.msgs++
	r.updated = m.ts
	if counts {
		r.lm = m.ts
		r.last = m.doc
	}
	c.emitMessage(m)
	if counts || !c.Facts.settled { // else nothing of what is told of a room has changed
		c.roomChanged(r)
	}
	if spoken {
		c.spoken(r, d)
	}
	return m
}
