package core

import (
	"errors"
	"fmt"
	"maps"
	"slices"
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
	return c.post(r, doc{"msg": text, "u": c.author(a)}).id, nil
}

// AgentEdits changes one of the agent's own messages.
func (c *Core) AgentEdits(a *User, messageID, text string) error {
	m, err := c.messageByAgent(a, messageID)
	if err != nil {
		return err
	}
	c.edit(m, text, a.ref())
	return nil
}

// AgentDeletes removes one of the agent's own messages.
func (c *Core) AgentDeletes(a *User, messageID string) error {
	m, err := c.messageByAgent(a, messageID)
	if err != nil {
		return err
	}
	c.discard(a, m)
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
	c.react(m, emoji, a.Username)
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

// AgentTypes shows or hides that the agent is typing.
func (c *Core) AgentTypes(a *User, roomID string, typing bool) error {
	if c.rooms[roomID] == nil {
		return fmt.Errorf("unknown room %s", roomID)
	}
	name := a.Username
	if c.flag("UI_Use_Real_Name") {
		name = a.Name
	}
	args := []any{name, typing}
	if c.Facts.typingHasExtra {
		activities := []string{}
		if typing {
			activities = append(activities, "user-typing")
		}
		args = []any{name, activities, doc{}}
	}
	c.publish(Event{Stream: StreamNotify, Name: roomID + "/" + c.Facts.typing, Args: args})
	return nil
}

// AgentCloses ends an open room.
func (c *Core) AgentCloses(a *User, roomID, comment string) error {
	r, err := c.openByID(roomID)
	if err != nil {
		return err
	}
	c.endRoom(r, ending{by: doc{"_id": a.ID, "username": a.Username, "name": a.Name}, closer: "user", comment: comment})
	return nil
}

// CloseInactive ends an open room in the name of the server itself.
func (c *Core) CloseInactive(roomID, comment string) error {
	r, err := c.openByID(roomID)
	if err != nil {
		return err
	}
	c.endRoom(r, ending{by: c.author(c.userByID(catID)), closer: "user", comment: comment})
	return nil
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
	return nil
}

// Transfer hands a served room to another agent.
func (c *Core) Transfer(a *User, roomID, username, comment string) error {
	r, err := c.servedByID(roomID, a)
	if err != nil {
		return err
	}
	to := c.userNamed(username)
	if to == nil {
		return fmt.Errorf("transfer to %s: %w", username, c.transferFault("error-user-is-offline"))
	}
	if _, err := c.transfer(r, c.moverOf(a, r), Transfer{UserID: to.ID, Comment: comment}); err != nil {
		return fmt.Errorf("transfer to %s: %w", username, err)
	}
	return nil
}

// TransferToDepartment hands a served room to a department: to its next agent, or to its queue where rooms are taken by hand.
func (c *Core) TransferToDepartment(a *User, roomID, department, comment string) error {
	r, err := c.servedByID(roomID, a)
	if err != nil {
		return err
	}
	done, err := c.transfer(r, c.moverOf(a, r), Transfer{Department: department, Comment: comment})
	if err == nil && !done {
		err = errors.New("nobody there can take it")
	}
	if err != nil {
		return fmt.Errorf("transfer to department %s: %w", department, err)
	}
	return nil
}

// ReturnToQueue takes a room from its agent. It stays in the queue, also under automatic routing, until an agent takes it.
func (c *Core) ReturnToQueue(a *User, roomID string) error {
	r, err := c.servedByID(roomID, a)
	if err != nil {
		return err
	}
	if r.onHold {
		return fmt.Errorf("return room %s: %w", roomID, c.transferFault(errCodeOnHold))
	}
	if _, err := c.returnToQueue(r, "", true); err != nil {
		return fmt.Errorf("return room %s: %w", roomID, err)
	}
	return nil
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

// CloseByServer closes an open livechat room in the name of the agent who serves it, or of its visitor. Any other room is left alone.
func (c *Core) CloseByServer(rid string) {
	r := c.rooms[rid]
	if r == nil || r.kind != livechatRoom || !r.open {
		return
	}
	by := r.visitor.user()
	if r.servedBy != nil {
		by = c.author(r.servedBy)
	}
	c.closeRoom(r, by, "")
}
