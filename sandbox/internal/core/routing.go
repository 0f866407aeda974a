package core

import (
	"cmp"
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
	return c.flag("Livechat_accept_chats_with_no_agents") || c.botAnswers(dep) || len(c.onlineIn(dep)) > 0
}

// botAnswers says whether new chats go to a bot first, and there is one.
func (c *Core) botAnswers(dep string) bool {
	return c.flag("Livechat_assign_new_conversation_to_bot") &&
		slices.ContainsFunc(c.onlineIn(dep), func(a *User) bool { return a.has(RoleBot) })
}

func (c *Core) assignsItself() bool { return c.routing() != ManualSelection }

// route gives a new room to an agent where the workspace's routing does so, and else puts it into the queue.
func (c *Core) route(r *room, q *inquiry, wanted *User) {
	if !c.assignsItself() && (wanted == nil || !c.Facts.agentIDServes) {
		q.defaultAgent = wanted
		c.enqueue(q)
		c.newInQueue(q)
		return
	}
	if wanted == nil || !wanted.online() {
		wanted = c.nextAgent(r.department)
	}
	if wanted != nil { // else it stays ready: nobody ever looks at it again (rest-agent C.10)
		c.assign(r, wanted)
	}
}

// nextAgent picks who gets the next chat, and counts it. In a department the fewest chats of its own count, then the order that was given
// to the agents, then the username; else the chats of all departments together, then the username.
func (c *Core) nextAgent(dep string) *User {
	agents := c.onlineIn(dep)
	if len(agents) == 0 {
		return nil
	}
	d := c.departmentByID(dep)
	if d == nil {
		a := slices.MinFunc(agents, func(a, b *User) int {
			return cmp.Or(cmp.Compare(a.load, b.load), cmp.Compare(a.Username, b.Username))
		})
		a.load++
		return a
	}
	a := slices.MinFunc(agents, func(a, b *User) int {
		x, y := d.member(a), d.member(b)
		return cmp.Or(cmp.Compare(x.count, y.count), cmp.Compare(x.order, y.order), cmp.Compare(a.Username, b.Username))
	})
	m := d.member(a)
	m.count++
	m.updated = c.millis()
	c.agentPlaceChanged("updated", d, *m)
	return a
}

// assign makes a the server of r and writes what the room then shows. It happens also where the room has been taken by somebody else
// meanwhile, whose membership lives on: taking is a race that both win (measured in both versions).
func (c *Core) assign(r *room, a *User) {
	c.seat(r, a, r.department)
	c.greet(r, a)
}

// seat makes a the server of r, in steps that his clients see. Newer memberships carry a department, but not those of a transfer (6.5.3).
func (c *Core) seat(r *room, a *User, department string) {
	if q := c.inquiryOf(r); q != nil {
		c.markTaken(q)
	}
	c.subscribe(a, r, department)
	r.servedBy, r.servedAt, r.place = a, c.millis(), nil
	c.roomChanged(r)
	r.users++
	c.roomChanged(r)
	c.emitAgent(r)
}

// greet writes that a serves the room.
func (c *Core) greet(r *room, a *User) {
	ts := c.stamp(r) // both are written at once
	c.systemMessageAt(ts, r, "command", "connected", c.author(a), nil)
	if c.Facts.joinOnTake {
		c.systemMessageAt(ts, r, "uj", "", c.author(a), nil)
	}
}

// release ends memberships in a room that changes hands, and answers whose: those of all but one, where older versions know only the
// old agent. Their clients still see the room with fewer users.
func (c *Core) release(r *room, old, but *User) []*User {
	var gone []*User
	for _, s := range c.members(r) {
		if s.user != but && (!c.Facts.closeKeepsOthers || s.user == old) {
			gone = append(gone, s.user)
		}
	}
	r.users -= len(gone)
	if !c.Facts.settled {
		c.roomChanged(r)
	}
	for _, u := range gone {
		c.unsubscribe(u, r)
	}
	if c.Facts.settled {
		c.roomChanged(r)
	}
	return gone
}

// leave writes who no longer serves the room. Where changes are told as they happen, his own clients learn even that.
func (c *Core) leave(r *room, gone []*User) {
	for _, a := range gone {
		c.systemMessage(r, "ul", a.Username, c.author(a), nil)
		if !c.Facts.settled {
			c.emit(StreamUser, a.ID+"/rooms-changed", "updated", c.publicRoom(r.document(c.Facts)))
		}
	}
}

// emitAgent tells the visitor who serves him now; without data, nobody.
func (c *Core) emitAgent(r *room) {
	arg := doc{"type": "agentData"}
	if r.servedBy != nil {
		arg["data"] = c.agentData(r.servedBy)
	}
	c.emit(StreamLivechat, r.id, arg)
}
