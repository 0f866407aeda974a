package sandbox

import "github.com/rocketline/rocketline/sandbox/internal/core"

// Agent is a Livechat agent as the program that runs the sandbox plays it.
type Agent struct {
	srv  *Server
	user *core.User
}

// Agent answers the agent with that username. One who does not exist yet is made: online, available, with the username
// as name.
func (s *Server) Agent(username string) *Agent {
	s.core.Lock()
	defer s.core.Unlock()
	return &Agent{srv: s, user: s.core.Agent(username)}
}

// ID is the agent's user id.
func (a *Agent) ID() string { return a.user.ID }

// Username is the agent's username.
func (a *Agent) Username() string { return a.user.Username }

// Send writes into a room and answers the message's id. As on a real server the room may be closed.
func (a *Agent) Send(roomID, text string) (messageID string, err error) {
	a.srv.core.Lock()
	defer a.srv.core.Unlock()
	return a.srv.core.AgentSends(a.user, roomID, text)
}

// Edit changes one of the agent's own messages.
func (a *Agent) Edit(messageID, text string) error {
	a.srv.core.Lock()
	defer a.srv.core.Unlock()
	return a.srv.core.AgentEdits(a.user, messageID, text)
}

// Delete removes one of the agent's own messages.
func (a *Agent) Delete(messageID string) error {
	a.srv.core.Lock()
	defer a.srv.core.Unlock()
	return a.srv.core.AgentDeletes(a.user, messageID)
}

// React adds the agent's reaction to any message, for example ":smile:", or takes it back.
func (a *Agent) React(messageID, emoji string) error {
	a.srv.core.Lock()
	defer a.srv.core.Unlock()
	return a.srv.core.AgentReacts(a.user, messageID, emoji)
}

// Typing shows or hides that the agent is typing.
func (a *Agent) Typing(roomID string, typing bool) error {
	a.srv.core.Lock()
	defer a.srv.core.Unlock()
	return a.srv.core.AgentTypes(a.user, roomID, typing)
}

// Take serves a room that is in the queue. The agent must be online.
func (a *Agent) Take(roomID string) error {
	a.srv.core.Lock()
	defer a.srv.core.Unlock()
	return a.srv.core.Take(a.user, roomID)
}

// Transfer hands a room that the agent serves to another agent, who must be online.
func (a *Agent) Transfer(roomID, toUsername, comment string) error {
	a.srv.core.Lock()
	defer a.srv.core.Unlock()
	return a.srv.core.Transfer(a.user, roomID, toUsername, comment)
}

// ReturnToQueue gives a room that the agent serves back. It waits there for Take, under automatic routing too.
func (a *Agent) ReturnToQueue(roomID string) error {
	a.srv.core.Lock()
	defer a.srv.core.Unlock()
	return a.srv.core.ReturnToQueue(a.user, roomID)
}

// CloseRoom ends an open room.
func (a *Agent) CloseRoom(roomID, comment string) error {
	a.srv.core.Lock()
	defer a.srv.core.Unlock()
	return a.srv.core.AgentCloses(a.user, roomID, comment)
}

// SetStatus changes the agent's presence. The visitors he serves are told. An agent who is Offline gets no rooms.
func (a *Agent) SetStatus(status Status) {
	a.srv.core.Lock()
	defer a.srv.core.Unlock()
	a.srv.core.SetStatus(a.user, core.Status(status))
}

// SetAvailable changes the agent's Livechat status, "available" or "not-available". Presence aside, one who is not available
// gets no rooms. Nobody is told.
func (a *Agent) SetAvailable(available bool) {
	a.srv.core.Lock()
	defer a.srv.core.Unlock()
	a.srv.core.SetAvailable(a.user, available)
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
