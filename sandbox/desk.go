package sandbox

import "github.com/rocketline/rocketline/sandbox/internal/core"

// Agent is a Livechat agent as the program that runs the sandbox plays it.
type Agent struct {
	srv          *Server
	id, username string
}

// Agent answers the agent with that username. One who does not exist yet is made: online, available, with the username
// as name.
func (s *Server) Agent(username string) *Agent {
	s.core.Lock()
	defer s.core.Unlock()
	u := s.core.Agent(username)
	return &Agent{srv: s, id: u.ID, username: u.Username}
}

// ID is the agent's user id.
func (a *Agent) ID() string { return a.id }

// Username is the agent's username.
func (a *Agent) Username() string { return a.username }

// act does something as the agent. He is looked up each time: Load may have replaced everything since.
func (a *Agent) act(do func(*core.Core, *core.User) error) error {
	a.srv.core.Lock()
	defer a.srv.core.Unlock()
	return do(a.srv.core, a.srv.core.Agent(a.username))
}

// Send writes into a room and answers the message's id. As on a real server the room may be closed.
func (a *Agent) Send(roomID, text string) (messageID string, err error) {
	err = a.act(func(c *core.Core, u *core.User) error {
		messageID, err = c.AgentSends(u, roomID, text)
		return err
	})
	return messageID, err
}

// Edit changes one of the agent's own messages.
func (a *Agent) Edit(messageID, text string) error {
	return a.act(func(c *core.Core, u *core.User) error { return c.AgentEdits(u, messageID, text) })
}

// Delete removes one of the agent's own messages.
func (a *Agent) Delete(messageID string) error {
	return a.act(func(c *core.Core, u *core.User) error { return c.AgentDeletes(u, messageID) })
}

// React adds the agent's reaction to any message, for example ":smile:", or takes it back.
func (a *Agent) React(messageID, emoji string) error {
	return a.act(func(c *core.Core, u *core.User) error { return c.AgentReacts(u, messageID, emoji) })
}

// Typing shows or hides that the agent is typing.
func (a *Agent) Typing(roomID string, typing bool) error {
	return a.act(func(c *core.Core, u *core.User) error { return c.AgentTypes(u, roomID, typing) })
}

// Take serves a room that is in the queue. The agent must be online.
func (a *Agent) Take(roomID string) error {
	return a.act(func(c *core.Core, u *core.User) error { return c.Take(u, roomID) })
}

// Transfer hands a room that the agent serves to another agent, who must be online.
func (a *Agent) Transfer(roomID, toUsername, comment string) error {
	return a.act(func(c *core.Core, u *core.User) error { return c.Transfer(u, roomID, toUsername, comment) })
}

// TransferToDepartment hands a room that the agent serves to a department: to its next agent, and where agents take rooms by hand to its
// queue.
func (a *Agent) TransferToDepartment(roomID, departmentID, comment string) error {
	return a.act(func(c *core.Core, u *core.User) error {
		return c.TransferToDepartment(u, roomID, departmentID, comment)
	})
}

// ReturnToQueue gives a room that the agent serves back. It waits there for Take, under automatic routing too.
func (a *Agent) ReturnToQueue(roomID string) error {
	return a.act(func(c *core.Core, u *core.User) error { return c.ReturnToQueue(u, roomID) })
}

// Hold puts a room that the agent serves on hold, which Rocket.Chat 3.4 does not know. It is resumed by Resume, by a message of the visitor,
// and by being closed. A room on hold cannot be transferred.
func (a *Agent) Hold(roomID, comment string) error {
	return a.act(func(c *core.Core, u *core.User) error { return c.Hold(u, roomID, comment) })
}

// Resume takes a room that the agent serves off hold.
func (a *Agent) Resume(roomID, comment string) error {
	return a.act(func(c *core.Core, u *core.User) error { return c.Resume(u, roomID, comment) })
}

// CloseRoom ends an open room.
func (a *Agent) CloseRoom(roomID, comment string) error {
	return a.act(func(c *core.Core, u *core.User) error { return c.AgentCloses(u, roomID, comment) })
}

// SetStatus changes the agent's presence. The visitors he serves are told. An agent who is Offline gets no rooms.
func (a *Agent) SetStatus(status Status) {
	_ = a.act(func(c *core.Core, u *core.User) error { c.SetStatus(u, core.Status(status)); return nil })
}

// SetAvailable changes the agent's Livechat status, "available" or "not-available". Presence aside, one who is not available
// gets no rooms. Nobody is told.
func (a *Agent) SetAvailable(available bool) {
	_ = a.act(func(c *core.Core, u *core.User) error { c.SetAvailable(u, available); return nil })
}

// Status is an agent's presence.
type Status string

// The presences of Rocket.Chat. An agent takes chats in every one but offline.
const (
	Online  Status = "online"
	Away    Status = "away"
	Busy    Status = "busy"
	Offline Status = "offline"
)

// Room is the state of a room, for assertions and for finding one to act in.
type Room struct {
	ID           string
	VisitorToken string
	Open         bool
	// ServedBy is the agent's username, empty while the room is in the queue.
	ServedBy string
	// Messages are counted with system messages.
	Messages int
}

// Rooms lists every livechat room in the order in which they were made.
func (s *Server) Rooms() []Room {
	s.core.Lock()
	defer s.core.Unlock()
	var rooms []Room
	for _, r := range s.core.Rooms() {
		rooms = append(rooms, Room(r))
	}
	return rooms
}
