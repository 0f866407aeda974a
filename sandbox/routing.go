package sandbox

import (
	"cmp"
	"fmt"
	"slices"
)

type department struct {
	Department
}

// addDepartment keeps the order of Options.Departments. The caller holds the lock, or nobody else has the core yet.
func (c *core) addDepartment(d Department) {
	if d.ID == "" {
		d.ID = c.ids.random17()
	}
	c.departments = append(c.departments, &department{d})
}

// departmentNamed finds a department by id or by name, as registration accepts both.
func (c *core) departmentNamed(key string) *department {
	for _, d := range c.departments {
		if key != "" && (d.ID == key || d.Name == key) {
			return d
		}
	}
	return nil
}

func (c *core) departmentByID(id string) *department {
	for _, d := range c.departments {
		if d.ID == id {
			return d
		}
	}
	return nil
}

// firstDepartmentOnline is where a visitor without department is put: the first one that is shown on registration and has an
// agent online. Empty when there is none.
func (c *core) firstDepartmentOnline() string {
	for _, d := range c.departments {
		if !d.Disabled && !d.HideOnRegistration && len(c.onlineIn(d.ID)) > 0 {
			return d.ID
		}
	}
	return ""
}

// onlineIn are the agents who could take a chat of the department, or of any when it is empty.
func (c *core) onlineIn(dep string) []*agent {
	var found []*agent
	d := c.departmentByID(dep)
	for _, a := range c.agents {
		member := dep == "" || d != nil && slices.Contains(d.Agents, a.spec.Username)
		if member && a.online() {
			found = append(found, a)
		}
	}
	return found
}

// canServe is the test before a room is made. With an agent asked for, only that agent's presence counts (6.5.3: offline
// is no-agent-online, unknown is as if none had been asked for).
func (c *core) canServe(wanted *agent, dep string) bool {
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
func (c *core) isOnline(dep string) bool {
	return c.flag("Livechat_accept_chats_with_no_agents") || len(c.onlineIn(dep)) > 0
}

// route gives a new room to an agent where the workspace's routing does so.
func (c *core) route(r *room, wanted *agent) {
	if c.routing == ManualSelection && (wanted == nil || !c.facts.agentIDServes) {
		return
	}
	if wanted == nil {
		wanted = c.leastLoaded(c.onlineIn(r.department))
	}
	if wanted == nil {
		return
	}
	c.assign(r, wanted)
	c.emitAgent(r)
}

// leastLoaded picks by the count of chats ever assigned, then by username.
func (c *core) leastLoaded(agents []*agent) *agent {
	if len(agents) == 0 {
		return nil
	}
	return slices.MinFunc(agents, func(a, b *agent) int {
		return cmp.Or(cmp.Compare(a.load, b.load), cmp.Compare(a.spec.Username, b.spec.Username))
	})
}

// assign makes a the server of r and writes what the room then shows.
func (c *core) assign(r *room, a *agent) {
	r.servedBy = a
	r.servedAt = c.millis()
	r.users++
	a.load++
	ts := c.stamp(r) // both are written at once
	c.systemMessageAt(ts, r, "command", "connected", c.agentUser(a), nil)
	if c.facts.joinOnTake {
		c.systemMessageAt(ts, r, "uj", "", c.agentUser(a), nil)
	}
}

// leave writes that a no longer serves the room.
func (c *core) leave(r *room, a *agent) {
	r.users--
	c.systemMessage(r, "ul", a.spec.Username, c.agentUser(a), nil)
}

// emitAgent tells the visitor who serves him now; without data, nobody.
func (c *core) emitAgent(r *room) {
	arg := doc{"type": "agentData"}
	if r.servedBy != nil {
		arg["data"] = c.agentData(r.servedBy)
	}
	c.publish(event{stream: streamLivechat, name: r.id, args: []any{arg}})
}

// take gives a queued room to an agent.
func (c *core) take(a *agent, roomID string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.openByID(roomID)
	switch {
	case err != nil:
		return err
	case r.servedBy != nil:
		return fmt.Errorf("room %s is served by %s", roomID, r.servedBy.spec.Username)
	case !a.online():
		return fmt.Errorf("agent %s is not online", a.spec.Username)
	}
	c.assign(r, a)
	c.emitAgent(r)
	return nil
}

// transfer hands a served room to another agent.
func (c *core) transfer(a *agent, roomID, username, comment string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.servedByID(roomID, a)
	if err != nil {
		return err
	}
	to := c.agentNamed(username)
	switch {
	case to == nil || !to.online():
		return fmt.Errorf("transfer to %s: error-user-is-offline", username)
	case to == a:
		return fmt.Errorf("transfer to %s: error-selected-agent-room-agent-are-same", username)
	}
	c.assign(r, to)
	c.emitAgent(r)
	data := c.transferData(r, a, "agent", comment)
	data["transferredTo"] = doc{"_id": to.spec.ID, "username": to.spec.Username, "name": to.spec.Name}
	c.transferMessage(r, a, data)
	c.leave(r, a)
	if !c.facts.joinOnTake {
		c.systemMessage(r, "uj", to.spec.Username, c.agentUser(to), nil)
	}
	return nil
}

// returnToQueue takes a room from its agent. It stays in the queue, also under automatic routing, until an agent takes it.
func (c *core) returnToQueue(a *agent, roomID string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.servedByID(roomID, a)
	if err != nil {
		return err
	}
	r.servedBy = nil
	c.transferMessage(r, a, c.transferData(r, a, "queue", ""))
	c.emitAgent(r)
	c.leave(r, a)
	return nil
}

func (c *core) transferData(r *room, by *agent, scope, comment string) doc {
	d := doc{
		"transferredBy": doc{"_id": by.spec.ID, "username": by.spec.Username, "name": by.spec.Name, "type": "agent"},
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

func (c *core) transferMessage(r *room, by *agent, data doc) {
	const kind = "livechat_transfer_history"
	if c.facts.markdown { // there the message goes the way of people's messages
		c.textMessage(r, kind, "", c.agentUser(by), doc{"transferData": data})
		return
	}
	c.systemMessage(r, kind, "", c.agentUser(by), doc{"transferData": data})
}

func (c *core) openByID(id string) (*room, error) {
	r := c.rooms[id]
	switch {
	case r == nil:
		return nil, fmt.Errorf("unknown room %s", id)
	case !r.open:
		return nil, fmt.Errorf("room %s is closed", id)
	}
	return r, nil
}

func (c *core) servedByID(id string, a *agent) (*room, error) {
	r, err := c.openByID(id)
	if err != nil {
		return nil, err
	}
	if r.servedBy != a {
		return nil, fmt.Errorf("room %s is not served by %s", id, a.spec.Username)
	}
	return r, nil
}
