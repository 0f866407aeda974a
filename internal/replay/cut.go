package replay

import (
	"github.com/coder/websocket"
)

// Loss is a way in which a realtime connection is lost.
type Loss int

// The losses.
const (
	// LossAbnormal is a connection that is reset: there is no close frame, so the client sees 1006, and what was on its way is lost.
	LossAbnormal Loss = iota + 1
	// LossClean is a connection that the server closes with a close frame, 1000, as 6.5.3 does.
	LossClean
	// LossHalfOpen is a connection on which nothing arrives any more in either direction and that nobody has closed. Only a ping that is
	// never answered finds it.
	LossHalfOpen
)

// String implements fmt.Stringer.
func (l Loss) String() string {
	return map[Loss]string{LossAbnormal: "1006", LossClean: "clean", LossHalfOpen: "half-open"}[l]
}

// Cut loses every realtime connection, and refuses new ones until Mend. What the streams tell meanwhile is told to nobody, ever;
// REST goes on answering. It tells how many connections were lost.
func (s *Server) Cut(how Loss) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	lost := len(s.conns)
	s.away = true
	s.lose(how)
	return lost
}

// Mend lets clients make realtime connections again.
func (s *Server) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = false
}

// lose ends every realtime connection. The caller holds mu.
func (s *Server) lose(how Loss) {
	for _, c := range s.conns {
		switch how {
		case LossAbnormal:
			c.line.reset()
		case LossClean:
			s.handlers.Go(func() { _ = c.ws.Close(websocket.StatusNormalClosure, "") }) // it waits for the client's answer
		case LossHalfOpen:
			c.line.forget()
			s.deaf = append(s.deaf, c)
		}
	}
	s.conns = nil
}
