package sandbox

import (
	"strconv"
	"time"
)

// Call is a line of the request log: a request, or a method or sub of the realtime API. It holds nothing that a client sent but the name
// of what it called.
type Call struct {
	// At is when it came, by the server's clock.
	At time.Time
	// Verb is the HTTP method; "method" or "sub" for the realtime API.
	Verb string
	// Name is the route's template, the method's or the stream's name.
	Name string
	// Outcome is the status of a request, "cut" where it got no answer; "ok" or "error" for the realtime API.
	Outcome string
	// Refusal is the error's code, empty for a success.
	Refusal string
	// Took is the time until the answer was written, whatever the server's clock says; of a websocket's handshake, until its end.
	Took time.Duration
}

func outcome(status int) string {
	if status == 0 {
		return "cut"
	}
	return strconv.Itoa(status)
}

func (s *Server) tell(c Call) {
	if s.opts.OnCall != nil {
		s.opts.OnCall(c)
	}
}

// called tells of a method or sub.
func (s *Server) called(verb, name, refusal string, took time.Duration) {
	outcome := "ok"
	if refusal != "" {
		outcome = "error"
	}
	s.tell(Call{At: s.opts.Now().Add(-took), Verb: verb, Name: name, Outcome: outcome, Refusal: refusal, Took: took})
}
