package core

import (
	"cmp"
	"fmt"
	"slices"
)

// onlineIn are the agents who could take a chat of the department, or of any when it is empty.
func (c *Core) onlineIn(dep string) []*User {
	var found []*User
	d := c.departmentByID(dep)
	for _, a := range c.users {
		member := dep == "" || d != nil && d.has(a)
		if member && a.online() {
			found = append(found, a)
		}
	}
	return found
}

// canServe is the test before a room is made. With an agent asked for, only that agent's presence counts (6.5.3: offline
// is no-agent-online, unknown is as if none had been asked for).
func (c *Core) canServe(wanted *User, dep string) bool {
	switch {
	case !c.flag("Livechat_enabled"):
		return false // where this has no error of its own
	case c.flag("Livechat_accept_chats_with_no_agents"):
		return true
	case wanted != nil:
		return wanted.online()
	}
	return len(c.onlineIn(dep)) > 0
}

// isOnline is what livechat/config tells.
func (c *Core) isOnline(dep string) bool {
	return c.flag("Livechat_accept_chats_with_no_agents") || len(c.onlineIn(dep)) > 0
}

// route gives a new room to an agent where the workspace's routing does so, and else puts it into the queue.
func (c *Core) route(r *room, q *inquiry, wanted *User) {
	manual := c.routing() == ManualSelection
	if wanted == nil && !manual {
		wanted = c.leastLoaded(c.onlineIn(r.department))
	}
	if manual && (wanted == nil || !c.Facts.agentIDServes) {
		c.enqueue(q)
		return
	}
	if wanted == nil {
		return // stays ready: nobody ever looks at it again (rest-agent C.10)
	}
	c.assign(r, wanted)
	c.emitAgent(r)
}

// leastLoaded picks by the count of chats ever assigned, then by username.
func (c *Core) leastLoaded(agents []*User) *User {
	if len(agents) == 0 {
		return nil
	}
	return slices.MinFunc(agents, func(a, b *User) int {
		return cmp.Or(cmp.Compare(a.load, b.load), cmp.Compare(a.Username, b.Username))
	})
}

// assign makes a the server of r and writes what the room then shows.
func (c *Core) assign(r *room, a *User) {
	r.servedBy = a
	r.servedAt = c.millis()
	r.users++
	a.load++
	c.subscribe(a, r)
	if q := c.inquiryOf(r); q != nil {
		c.markTaken(q)
	}
	ts := c.stamp(r) // both are written at once
	c.systemMessageAt(ts, r, "command", "connected", c.author(a), nil)
	if c.Facts.joinOnTake {
		c.systemMessageAt(ts, r, "uj", "", c.author(a), nil)
	}
}

// leave writes that a no longer serves the room.
func (c *Core) leave(r *room, a *User) {
	r.users--
	c.unsubscribe(a, r)
	c.systemMessage(r, "ul", a.Username, c.author(a), nil)
}

// emitAgent tells the visitor who serves him now; without data, nobody.
func (c *Core) emitAgent(r *room) {
	arg := doc{"type": "agentData"}
	if r.servedBy != nil {
		arg["data"] = c.agentData(r.servedBy)
	}
	c.publish(Event{Stream: StreamLivechat, Name: r.id, Args: []any{arg}})
}

// Take gives a queued room to an agent.
func (c *Core) Take(a *User, roomID string) error {
	r, err := c.openByID(roomID)
	switch {
	case err != nil:
		return err
	case r.servedBy != nil:
		return fmt.Errorf("room %s is served by %s", roomID, r.servedBy.Username)
	case !a.online():
		return fmt.Errorf("agent %s is not online", a.Username)
	}
	c.assign(r, a)
	c.emitAgent(r)
	return nil
}

// Transfer hands a served room to another agent.
func (c *Core) Transfer(a *User, roomID, username, comment string) error {
	r, err := c.servedByID(roomID, a)
	if err != nil {
		return err
	}
	to := c.userNamed(username)
	switch {
	case to == nil || !to.online():
		return fmt.Errorf("transfer to %s: error-user-is-offline", username)
	case to == a:
		return fmt.Errorf("transfer to %s: error-selected-agent-room-agent-are-same", username)
	}
	c.assign(r, to)
	c.emitAgent(r)
	data := c.transferData(r, a, "agent", comment)
	data["transferredTo"] = doc{"_id": to.ID, "username": to.Username, "name": to.Name}
	c.transferMessage(r, a, data)
	c.leave(r, a)
	if !c.Facts.joinOnTake {
		c.systemMessage(r, "uj", to.Username, c.author(to), nil)
	}
	return nil
}

// ReturnToQueue takes a room from its agent. It stays in the queue, also under automatic routing, until an agent takes it.
func (c *Core) ReturnToQueue(a *User, roomID string) error {
	r, err := c.servedByID(roomID, a)
	if err != nil {
		return err
	}
	r.servedBy = nil
	if q := c.inquiryOf(r); q != nil {
		c.enqueue(q)
	}
	c.transferMessage(r, a, c.transferData(r, a, "queue", ""))
	c.emitAgent(r)
	c.leave(r, a)
	return nil
}

func (c *Core) transferData(r *room, by *User, scope, comment string) doc {
	d := doc{
		"transferredBy": doc{"_id": by.ID, "username": by.Username, "name": by.Name, "type": "agent"},
		"ts":            c.millis(), "scope": scope,
	}
	if comment != "" {
		d["comment"] = comment
	}
	if r.department != "" {
		d["previousDepartment"] = r.department
	}
	return d
}

func (c *Core) transferMessage(r *room, by *User, data doc) {
	const kind = "livechat_transfer_history"
	if c.Facts.markdown { // there the message goes the way of people's messages
		c.textMessage(r, kind, "", c.author(by), doc{"transferData": data})
		return
	}
	c.systemMessage(r, kind, "", c.author(by), doc{"transferData": data})
}

func (c *Core) openByID(id string) (*room, error) {
	r := c.rooms[id]
	switch {
	case r == nil:
		return nil, fmt.Errorf("unknown room %s", id)
	case !r.open:
		return nil, fmt.Errorf("room %s is closed", id)
	}
	return r, nil
}

func (c *Core) servedByID(id string, a *User) (*room, error) {
	r, err := c.openByID(id)
	if err != nil {
		return nil, err
	}
	if r.servedBy != a {
		return nil, fmt.Errorf("room %s is not served by %s", id, a.Username)
	}
	return r, nil
}
