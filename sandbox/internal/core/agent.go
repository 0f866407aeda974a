package core

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// AddAgent makes an agent whom the program plays: online until it says otherwise.
func (c *Core) AddAgent(spec AgentSpec) *User {
	roles := []string{RoleUser, RoleAgent}
	if spec.Bot {
		roles = append(roles, RoleBot)
	}
	u := c.addAccount(Account{ID: spec.ID, Username: spec.Username, Name: spec.Name, Email: spec.Email, Roles: roles})
	u.pinned, u.status = Online, Online
	return u
}

// Agent is the agent with that username; one who does not exist is made.
func (c *Core) Agent(username string) *User {
	if u := c.userNamed(username); u != nil {
		return u
	}
	return c.AddAgent(AgentSpec{Username: username})
}

// agentData is what a visitor may know of his agent.
func (c *Core) agentData(a *User) doc {
	if !c.flag("Livechat_show_agent_info") {
		return doc{"hiddenInfo": true}
	}
	d := doc{"_id": a.ID, "username": a.Username, "name": a.Name, "status": string(a.status)}
	if c.flag("Livechat_show_agent_email") {
		d["emails"] = []doc{{"address": a.email, "verified": true}}
	}
	return d
}

// AgentSends stores an agent's message. Rocket.Chat lets agents write into closed rooms too (measured in both versions).
func (c *Core) AgentSends(a *User, roomID, text string) (string, error) {
	r := c.rooms[roomID]
	if r == nil {
		return "", fmt.Errorf("unknown room %s", roomID)
	}
	m := c.chatMessage(r, "", text, c.author(a), nil)
	c.answered(r, a, m.ts)
	return m.id, nil
}

// answered notes who answered the visitor, when, and the month in which an agent was engaged.
func (c *Core) answered(r *room, a *User, ts time.Time) {
	r.waiting = false
	response := doc{"_id": a.ID, "username": a.Username, "lastMessageTs": ts}
	if c.Facts.richRoom {
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
func (c *Core) AgentEdits(a *User, messageID, text string) error {
	m, err := c.messageByAgent(a, messageID)
	if err != nil {
		return err
	}
	c.edit(m, text, doc{"_id": a.ID, "username": a.Username})
	return nil
}

func (c *Core) AgentDeletes(a *User, messageID string) error {
	m, err := c.messageByAgent(a, messageID)
	if err != nil {
		return err
	}
	c.remove(m)
	return nil
}

func (c *Core) messageByAgent(a *User, id string) (*message, error) {
	m := c.messages[id]
	switch {
	case m == nil:
		return nil, fmt.Errorf("unknown message %s", id)
	case m.author != a.ID:
		return nil, fmt.Errorf("message %s is not of %s", id, a.Username)
	}
	return m, nil
}

// AgentReacts adds the agent's reaction, or takes it back when it is there already.
func (c *Core) AgentReacts(a *User, messageID, emoji string) error {
	m := c.messages[messageID]
	if m == nil {
		return fmt.Errorf("unknown message %s", messageID)
	}
	d := maps.Clone(m.doc)
	if reactions := toggled(d["reactions"], emoji, a.Username); len(reactions) > 0 {
		d["reactions"] = reactions
	} else {
		delete(d, "reactions")
	}
	if c.Facts.reactionTwice {
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

func (c *Core) AgentTypes(a *User, roomID string, typing bool) error {
	if c.rooms[roomID] == nil {
		return fmt.Errorf("unknown room %s", roomID)
	}
	args := []any{a.Username, typing}
	if c.Facts.typingHasExtra {
		activities := []string{}
		if typing {
			activities = append(activities, "user-typing")
		}
		args = []any{a.Username, activities, doc{}}
	}
	c.publish(Event{Stream: StreamNotify, Name: roomID + "/" + c.Facts.typing, Args: args})
	return nil
}

func (c *Core) AgentCloses(a *User, roomID, comment string) error {
	r, err := c.openByID(roomID)
	if err != nil {
		return err
	}
	c.closeRoom(r, doc{"_id": a.ID, "username": a.Username, "name": a.Name}, comment)
	return nil
}

// SetStatus changes an agent's presence and tells the visitors whom the agent serves.
func (c *Core) SetStatus(a *User, status Status) {
	if a.status == status {
		return
	}
	a.status = status
	if !c.flag("Livechat_show_agent_info") {
		return
	}
	for _, r := range c.roomOrder {
		if r.open && r.servedBy == a {
			c.publish(Event{Stream: StreamLivechat, Name: r.id, Args: []any{doc{"type": "agentStatus", "status": string(status)}}})
		}
	}
}

// SetAvailable changes an agent's livechat status. Nobody is told.
func (c *Core) SetAvailable(u *User, is bool) {
	u.livechat = notAvailable
	if is {
		u.livechat = available
	}
}

// RoomState is a livechat room in short.
type RoomState struct {
	ID           string
	VisitorToken string
	Open         bool
	ServedBy     string
	Messages     int
}

// Rooms lists the livechat rooms in the order in which they were made.
func (c *Core) Rooms() []RoomState {
	var rooms []RoomState
	for _, r := range c.roomOrder {
		if r.kind != livechatRoom {
			continue
		}
		state := RoomState{ID: r.id, VisitorToken: r.token, Open: r.open, Messages: len(r.timeline)}
		if r.servedBy != nil {
			state.ServedBy = r.servedBy.Username
		}
		rooms = append(rooms, state)
	}
	return rooms
}
