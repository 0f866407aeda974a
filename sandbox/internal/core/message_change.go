package core

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// edit gives a message another text. With Message_KeepHistory the old one stays as a hidden copy.
func (c *Core) edit(m *message, text string, by doc) {
	c.keepCopy(m)
	ts := c.stamp(m.room)
	d := maps.Clone(m.doc)
	d["msg"] = text
	d["_updatedAt"], d["editedAt"], d["editedBy"] = ts, ts, by
	c.annotate(d, true)
	m.replace(d)
	c.emitMessage(m)
}

// Amend changes other fields of a message than its text, and tells of it; nil takes a field away.
func (c *Core) Amend(messageID string, fields doc) error {
	m := c.messages[messageID]
	if m == nil {
		return fmt.Errorf("unknown message %s", messageID)
	}
	d := maps.Clone(m.doc)
	for key, value := range fields {
		switch key {
		case "_id", "rid", "ts", "u", "t", "msg", "_updatedAt":
			return fmt.Errorf("field %s of message %s is not for amending", key, messageID)
		}
		d[key] = value
		if value == nil {
			delete(d, key)
		}
	}
	d["_updatedAt"] = c.stamp(m.room)
	m.replace(d)
	c.emitMessage(m)
	return nil
}

// replace gives the message another document, also where the room shows it as its last. There it keeps the flags that were meant for
// the visitor (recorded in 3.4.0).
func (m *message) replace(d doc) {
	if last := m.room.last; last != nil && last["_id"] == m.id {
		m.room.last = d
		if _, flagged := last["newRoom"]; flagged {
			m.room.last = withFlags(d, doc{"newRoom": last["newRoom"], "showConnecting": last["showConnecting"]})
		}
	}
	m.doc = d
}

// remove deletes a message as the workspace wants it (rest-visitor 6.4): without trace, hidden, or with its place kept.
func (c *Core) remove(m *message, by doc) time.Time {
	keep, show := c.flag("Message_KeepHistory"), c.flag("Message_ShowDeletedStatus")
	ts := c.stamp(m.room)
	m.room.msgs-- // also where its place is kept (recorded in 3.4.0)
	switch {
	case show:
		c.keepCopy(m)
		c.empty(m, by, ts)
		return ts
	case keep:
		d := maps.Clone(m.doc)
		d["_hidden"], d["_updatedAt"] = true, ts
		m.replace(d)
	default:
		c.forget(m)
	}
	m.room.lastAgain(m)
	c.roomChanged(m.room)
	c.emit(StreamNotify, m.room.id+"/deleteMessage", doc{"_id": m.id})
	return ts
}

// empty leaves a deleted message's place, as recorded in 3.4.0; newer servers also drop its parsed text.
func (c *Core) empty(m *message, by doc, ts time.Time) {
	if !c.flag("Message_KeepHistory") {
		c.releaseFiles(filesOf(m.doc)...)
	}
	d := maps.Clone(m.doc)
	delete(d, "md")
	d["msg"], d["t"] = "", "rm"
	for _, key := range []string{"urls", "mentions", "attachments", "reactions"} {
		d[key] = []doc{}
	}
	d["_updatedAt"], d["editedAt"], d["editedBy"] = ts, ts, by
	m.replace(d)
	c.emitMessage(m)
	m.room.lastAgain(m)
}

// forget drops the record of a message.
func (c *Core) forget(m *message) {
	delete(c.messages, m.id)
	c.releaseFiles(filesOf(m.doc)...)
	m.room.gone = append(m.room.gone, burial{m.id, c.millis()})
	m.room.timeline = slices.DeleteFunc(slices.Clone(m.room.timeline), func(other *message) bool { return other == m })
}

// keepCopy keeps the message as it is now under another id, where nobody sees it.
func (c *Core) keepCopy(m *message) {
	if !c.flag("Message_KeepHistory") {
		return
	}
	d := maps.Clone(m.doc)
	d["_id"], d["_hidden"], d["parent"] = c.newID(), true, m.id
	kept := &message{id: d["_id"].(string), author: m.author, room: m.room, ts: m.ts, doc: d}
	c.messages[kept.id] = kept
	m.room.timeline = append(m.room.timeline, kept)
}

// lastAgain looks for the room's last message after that one is gone: the newest that is no system message. lm stays.
func (r *room) lastAgain(gone *message) {
	if r.last == nil || r.last["_id"] != gone.id {
		return
	}
	r.last = nil
	var newest *message
	for _, m := range r.timeline {
		if m.doc["t"] == nil && !m.hidden() && (newest == nil || !m.ts.Before(newest.ts)) {
			newest = m
		}
	}
	if newest != nil {
		r.last = newest.doc
	}
}
