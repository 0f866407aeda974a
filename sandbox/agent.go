package sandbox

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Status is an agent's presence.
type Status string

// The presences of Rocket.Chat. An agent takes chats in every one but offline.
const (
	Online  Status = "online"
	Away    Status = "away"
	Busy    Status = "busy"
	Offline Status = "offline"
)

// agent is the core's record of an agent. The core's lock guards it.
type agent struct {
	spec   AgentSpec
	status Status
	absent bool // statusLivechat is "not-available"
	load   int  // chats ever assigned, what automatic routing compares
}

func (a *agent) online() bool { return !a.absent && (a.spec.Bot || a.status != Offline) }

// addAgent fills in what the spec leaves open. The caller holds the lock, or nobody else has the core yet.
func (c *core) addAgent(spec AgentSpec) *agent {
	if spec.ID == "" {
		spec.ID = c.ids.random17()
	}
	if spec.Name == "" {
		spec.Name = spec.Username
	}
	if spec.Email == "" {
		spec.Email = spec.Username + "@example.com"
	}
	a := &agent{spec: spec, status: Online}
	c.agents = append(c.agents, a)
	return a
}

func (c *core) agentNamed(username string) *agent {
	i := slices.IndexFunc(c.agents, func(a *agent) bool { return a.spec.Username == username })
	if i < 0 {
		return nil
	}
	return c.agents[i]
}

func (c *core) agentByID(id string) *agent {
	i := slices.IndexFunc(c.agents, func(a *agent) bool { return a.spec.ID == id })
	if id == "" || i < 0 {
		return nil
	}
	return c.agents[i]
}

// agentUser is the agent as the author of a message.
func (c *core) agentUser(a *agent) doc {
	if !c.facts.agentName {
		return doc{"_id": a.spec.ID, "username": a.spec.Username}
	}
	return doc{"_id": a.spec.ID, "username": a.spec.Username, "name": a.spec.Name}
}

// agentData is what a visitor may know of his agent.
func (c *core) agentData(a *agent) doc {
	if !c.flag("Livechat_show_agent_info") {
		return doc{"hiddenInfo": true}
	}
	d := doc{"_id": a.spec.ID, "username": a.spec.Username, "name": a.spec.Name, "status": string(a.status)}
	if c.flag("Livechat_show_agent_email") {
		d["emails"] = []doc{{"address": a.spec.Email, "verified": true}}
	}
	return d
}

// agentSends stores an agent's message. Rocket.Chat lets agents write into closed rooms too (measured in both versions).
func (c *core) agentSends(a *agent, roomID, text string) (string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.rooms[roomID]
	if r == nil {
		return "", fmt.Errorf("unknown room %s", roomID)
	}
	m := c.chatMessage(r, "", text, c.agentUser(a), nil)
	c.answered(r, a, m.ts)
	return m.id, nil
}

// answered notes who answered the visitor, when, and the month in which an agent was engaged.
func (c *core) answered(r *room, a *agent, ts time.Time) {
	r.waiting = false
	response := doc{"_id": a.spec.ID, "username": a.spec.Username, "lastMessageTs": ts}
	if c.facts.richRoom {
		response["firstResponseTs"] = ts
		if r.response != nil {
			response["firstResponseTs"] = r.response["firstResponseTs"]
		}
		month := ts.Format("2006-01")
		if !slices.Contains(r.visitor.activity, any(month)) {
			r.visitor.activity = append(slices.Clone(r.visitor.activity), month)
		}
		r.vActivity = r.visitor.activity
		r.metrics = maps.Clone(r.metrics)
		r.metrics["servedBy"] = doc{"lr": ts}
	}
	r.response = response
}

// agentEdits, agentDeletes and agentReacts act on a message by its id.
func (c *core) agentEdits(a *agent, messageID, text string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := c.messageByAgent(a, messageID)
	if err != nil {
		return err
	}
	c.edit(m, text, doc{"_id": a.spec.ID, "username": a.spec.Username})
	return nil
}

func (c *core) agentDeletes(a *agent, messageID string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := c.messageByAgent(a, messageID)
	if err != nil {
		return err
	}
	c.remove(m)
	return nil
}

func (c *core) messageByAgent(a *agent, id string) (*message, error) {
	m := c.messages[id]
	switch {
	case m == nil:
		return nil, fmt.Errorf("unknown message %s", id)
	case m.author != a.spec.ID:
		return nil, fmt.Errorf("message %s is not of %s", id, a.spec.Username)
	}
	return m, nil
}

// agentReacts adds the agent's reaction, or takes it back when it is there already.
func (c *core) agentReacts(a *agent, messageID, emoji string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.messages[messageID]
	if m == nil {
		return fmt.Errorf("unknown message %s", messageID)
	}
	d := maps.Clone(m.doc)
	if reactions := toggled(d["reactions"], emoji, a.spec.Username); len(reactions) > 0 {
		d["reactions"] = reactions
	} else {
		delete(d, "reactions")
	}
	if c.facts.reactionTwice {
		m.replace(maps.Clone(d))
		c.emitMessage(m)
	}
	d["_updatedAt"] = c.stamp(m.room)
	m.replace(d)
	c.emitMessage(m)
	return nil
}

func toggled(old any, emoji, username string) doc {
	reactions := doc{}
	if before, ok := old.(doc); ok {
		maps.Copy(reactions, before)
	}
	var names []string
	if entry, ok := reactions[emoji].(doc); ok {
		names = slices.Clone(entry["usernames"].([]string))
	}
	if i := slices.Index(names, username); i >= 0 {
		names = slices.Delete(names, i, i+1)
	} else {
		names = append(names, username)
	}
	if len(names) == 0 {
		delete(reactions, emoji)
	} else {
		reactions[emoji] = doc{"usernames": names}
	}
	return reactions
}

func (c *core) agentTypes(a *agent, roomID string, typing bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rooms[roomID] == nil {
		return fmt.Errorf("unknown room %s", roomID)
	}
	args := []any{a.spec.Username, typing}
	if c.facts.typingHasExtra {
		activities := []string{}
		if typing {
			activities = append(activities, "user-typing")
		}
		args = []any{a.spec.Username, activities, doc{}}
	}
	c.publish(event{stream: streamNotify, name: roomID + "/" + c.facts.typing, args: args})
	return nil
}

func (c *core) agentCloses(a *agent, roomID, comment string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.openByID(roomID)
	if err != nil {
		return err
	}
	c.closeRoom(r, doc{"_id": a.spec.ID, "username": a.spec.Username, "name": a.spec.Name}, comment)
	return nil
}

// setStatus changes an agent's presence and tells the visitors whom the agent serves.
func (c *core) setStatus(a *agent, status Status) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.status == status {
		return
	}
	a.status = status
	if !c.flag("Livechat_show_agent_info") {
		return
	}
	for _, r := range c.roomOrder {
		if r.open && r.servedBy == a {
			c.publish(event{stream: streamLivechat, name: r.id, args: []any{doc{"type": "agentStatus", "status": string(status)}}})
		}
	}
}
