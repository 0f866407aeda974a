package sandbox

// Agent is a Livechat agent as the program that runs the sandbox plays it.
type Agent struct {
	srv  *Server
	core *agent
}

// Agent answers the agent with that username. One who does not exist yet is made: online, available, with the username
// as name.
func (s *Server) Agent(username string) *Agent {
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	a := s.core.agentNamed(username)
	if a == nil {
		a = s.core.addAgent(AgentSpec{Username: username})
	}
	return &Agent{srv: s, core: a}
}

// ID is the agent's user id.
func (a *Agent) ID() string { return a.core.spec.ID }

// Username is the agent's username.
func (a *Agent) Username() string { return a.core.spec.Username }

// Send writes into a room and answers the message's id. As on a real server the room may be closed.
func (a *Agent) Send(roomID, text string) (messageID string, err error) {
	return a.srv.core.agentSends(a.core, roomID, text)
}

// Edit changes one of the agent's own messages.
func (a *Agent) Edit(messageID, text string) error {
	return a.srv.core.agentEdits(a.core, messageID, text)
}

// Delete removes one of the agent's own messages.
func (a *Agent) Delete(messageID string) error {
	return a.srv.core.agentDeletes(a.core, messageID)
}

// React adds the agent's reaction to any message, for example ":smile:", or takes it back.
func (a *Agent) React(messageID, emoji string) error {
	return a.srv.core.agentReacts(a.core, messageID, emoji)
}

// Typing shows or hides that the agent is typing.
func (a *Agent) Typing(roomID string, typing bool) error {
	return a.srv.core.agentTypes(a.core, roomID, typing)
}

// Take serves a room that is in the queue. The agent must be online.
func (a *Agent) Take(roomID string) error {
	return a.srv.core.take(a.core, roomID)
}

// Transfer hands a room that the agent serves to another agent, who must be online.
func (a *Agent) Transfer(roomID, toUsername, comment string) error {
	return a.srv.core.transfer(a.core, roomID, toUsername, comment)
}

// ReturnToQueue gives a room that the agent serves back. It waits there for Take, under automatic routing too.
func (a *Agent) ReturnToQueue(roomID string) error {
	return a.srv.core.returnToQueue(a.core, roomID)
}

// CloseRoom ends an open room.
func (a *Agent) CloseRoom(roomID, comment string) error {
	return a.srv.core.agentCloses(a.core, roomID, comment)
}

// SetStatus changes the agent's presence. The visitors he serves are told. An agent who is Offline gets no rooms.
func (a *Agent) SetStatus(status Status) {
	a.srv.core.setStatus(a.core, status)
}

// SetAvailable changes the agent's Livechat status, "available" or "not-available". Presence aside, one who is not available
// gets no rooms. Nobody is told.
func (a *Agent) SetAvailable(available bool) {
	a.srv.core.mu.Lock()
	defer a.srv.core.mu.Unlock()
	a.core.absent = !available
}

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

// Rooms lists every room in the order in which they were made.
func (s *Server) Rooms() []Room {
	s.core.mu.Lock()
	defer s.core.mu.Unlock()
	rooms := make([]Room, len(s.core.roomOrder))
	for i, r := range s.core.roomOrder {
		rooms[i] = Room{ID: r.id, VisitorToken: r.token, Open: r.open, Messages: len(r.timeline)}
		if r.servedBy != nil {
			rooms[i].ServedBy = r.servedBy.spec.Username
		}
	}
	return rooms
}
