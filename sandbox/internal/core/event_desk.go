package core

import (
	"maps"
	"time"
)

// inquiryChanged tells the agents' queues; action is "added", "changed" or "removed". The rules are in realtime 9.6, the shapes
// as recorded.
func (c *Core) inquiryChanged(action string, q *inquiry) {
	if c.Facts.quietAutomatic && c.routing() == AutoSelection {
		return
	}
	moved := q.told != q.department
	q.told = q.department
	at, department := c.millis(), q.department
	render := func() doc { return q.document(c) }
	if action != "changed" { // told as it was, also where changes are told later
		made := q.document(c)
		render = func() doc { return made }
	}
	c.tell(func() {
		if action == "changed" {
			department = q.department
		}
		c.publish(Event{Stream: StreamInquiry, Name: q.id, Make: func() []any { return []any{byID(action, render())} }})
		queued := func() []any {
			if action == "removed" {
				return []any{c.removed(render(), at)}
			}
			return []any{inQueue(action, render())}
		}
		if department == "" || c.Facts.publicToo && action == "changed" && !moved {
			c.publish(Event{Stream: StreamInquiry, Name: "public", Make: queued})
		}
		if department != "" {
			c.publish(Event{Stream: StreamInquiry, Name: "department/" + department, Make: queued})
		}
	})
}

func inQueue(action string, d doc) doc {
	d = maps.Clone(d)
	d["type"] = action
	return d
}

// removed is a removed inquiry: its id, or how the trash of the database keeps it.
func (c *Core) removed(d doc, at time.Time) doc {
	if c.Facts.bareRemoval {
		return doc{"type": "removed", "_id": d["_id"]}
	}
	d = inQueue("removed", d)
	d["_deletedAt"], d["__collection__"] = at, "livechat_inquiry"
	return d
}

// byID is the event for those who follow one inquiry, which calls the actions otherwise.
func byID(action string, d doc) doc {
	if action == "removed" {
		return doc{"_id": d["_id"], "clientAction": "removed"}
	}
	d = maps.Clone(d)
	d["clientAction"] = map[string]string{"added": "inserted", "changed": "updated"}[action]
	return d
}

// newInQueue alerts the agents who could take the chat (3.4.0 and 6.5.3: those online in its department, or all).
func (c *Core) newInQueue(q *inquiry) {
	guest := q.document(c)["v"].(doc)
	username, _ := guest["username"].(string)
	args := []any{doc{
		"title": "[Omnichannel] New chat in queue", "text": username + " started a new conversation",
		"payload": doc{"sender": guest, "type": livechatRoom, "name": "New chat in queue", "message": doc{}},
	}}
	for _, u := range c.onlineIn(q.department) {
		c.emit(StreamUser, u.ID+"/notification", args...)
	}
}

// agentPlaceChanged tells an agent of his place in a department; action is "inserted", "updated" or "removed".
func (c *Core) agentPlaceChanged(action string, d *department, m member) {
	u := c.userNamed(m.username)
	if u == nil || !c.Facts.departmentAgent {
		return
	}
	c.emit(StreamUser, u.ID+"/departmentAgentData", doc{"action": action, "_id": m.id, "agentId": u.ID, "departmentId": d.id})
}
