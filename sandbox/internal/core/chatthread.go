package core

import (
	"maps"
	"slices"
)

// noticeThread tells of a message in a thread: its followers have something unread, and the first message of the thread counts it.
// Followers are who wrote the thread's first message, and everybody who ever wrote into it.
func (c *Core) noticeThread(m *message) {
	parent := c.messages[textOf(m.doc["tmid"])]
	if parent == nil {
		return
	}
	followers, _ := parent.doc["replies"].([]string)
	followers = slices.Clone(followers)
	for _, id := range []string{parent.author, m.author} {
		if !slices.Contains(followers, id) {
			followers = append(followers, id)
		}
	}
	members := c.members(m.room)
	for _, s := range members {
		if s.user.ID != m.author && !s.alert {
			s.alert = true
			c.change(s)
		} else if s.user.ID == m.author && c.Facts.ownWritingReads {
			s.markRead(c.millis())
			c.change(s)
		}
	}
	for _, s := range members {
		if slices.Contains(followers, s.user.ID) {
			s.read = c.millis()
			c.change(s)
		}
	}
	c.countReply(parent, m, followers)
	for _, s := range members {
		if s.user.ID == m.author || !slices.Contains(followers, s.user.ID) {
			continue
		}
		if !slices.Contains(s.threads, parent.id) {
			s.threads = append(slices.Clone(s.threads), parent.id)
			c.change(s)
		}
		c.notify(s, m)
	}
}

// countReply notes a reply at the first message of its thread.
func (c *Core) countReply(parent, m *message, followers []string) {
	d := maps.Clone(parent.doc)
	count, _ := d["tcount"].(int)
	d["tcount"], d["tlm"], d["replies"] = count+1, m.ts, followers
	d["_updatedAt"] = c.stamp(m.room)
	parent.replace(d)
	c.emitMessage(parent)
}
