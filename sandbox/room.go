package sandbox

import (
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// CloseInactive closes an open room as the server itself does when its visitor has been silent for too long: in the name of rocket.cat.
func (s *Server) CloseInactive(roomID, comment string) error {
	s.core.Lock()
	defer s.core.Unlock()
	return s.core.CloseInactive(roomID, comment)
}

// Place is a room's place in the waiting queue, which servers with a licence have.
type Place struct {
	// Spot is 1 for the next.
	Spot int
	// Wait is how long it takes, as estimated; zero where nobody knows yet.
	Wait time.Duration
	// Text is what the visitor is shown.
	Text string
}

// SetQueue gives an open room that nobody serves its place in the waiting queue, and tells its visitor. It is forgotten when an agent takes
// the room. Real servers gather changes for two seconds before they tell; here each is told at once.
func (s *Server) SetQueue(roomID string, place Place) error {
	s.core.Lock()
	defer s.core.Unlock()
	return s.core.SetPlace(roomID, core.Place(place))
}

// Amend changes other fields of a message than its text, and sends it again, as a server does when it has looked at a link ("urls"),
// when somebody has read it ("unread"), pins it or stars it. A nil value takes a field away.
func (s *Server) Amend(messageID string, fields map[string]any) error {
	s.core.Lock()
	defer s.core.Unlock()
	return s.core.Amend(messageID, fields)
}
