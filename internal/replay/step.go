package replay

import (
	"encoding/json"
	"net/http"
	"strings"
)

// Step is one thing that happens to the visitor.
type Step struct {
	At    int // the recording's time, in milliseconds
	Kind  StepKind
	Frame json.RawMessage // for StepFrame
	Sent  int             // for StepFrame: how many subscriptions got it
	Call  *Call           // for StepCall
}

// StepKind tells what a Step is.
type StepKind int

// The kinds of step.
const (
	// StepFrame: a stream told something, and it was sent to whoever subscribes to it.
	StepFrame StepKind = iota + 1
	// StepCall: the visitor called. The test may make the like call, before the next step, and gets what was answered then.
	StepCall
	// StepCut: the visitor's connection was lost, and all are cut. What happened until the visitor came back has happened.
	StepCut
)

// Call is a REST call of the recorded visitor.
type Call struct {
	Method, Path string
	Body         map[string]string // the fields that are text
	Status       int               // what was answered
	Answer       json.RawMessage
}

// Ahead tells, without playing it, when the next step comes and of what kind it is; ok is false when there is none.
func (s *Server) Ahead() (at int, kind StepKind, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := s.next; i < len(s.recording.events); i++ {
		if kind := s.recording.step(i); kind != 0 {
			return s.recording.events[i].T, kind, true
		}
	}
	return 0, 0, false
}

// Next plays the next step; it reports false when there is none.
func (s *Server) Next() (Step, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.concludeCall(false)
	for s.next < len(s.recording.events) {
		e := s.recording.events[s.next]
		s.next++
		switch s.recording.step(s.next - 1) {
		case StepFrame:
			s.advance(e.T)
			step := Step{At: e.T, Kind: StepFrame, Frame: e.Frame, Sent: s.send(e.Frame)}
			if step.Sent == 0 {
				s.counts.skip(e, "of a stream that the client does not follow")
			} else {
				s.counts.play(e)
			}
			return step, true
		case StepCall:
			s.advance(e.T)
			s.pending = &e
			return Step{At: e.T, Kind: StepCall, Call: e.call()}, true
		case StepCut:
			back, _ := s.recording.comesBack(s.next-1, e.Conn)
			s.advance(back)
			s.lose(LossAbnormal)
			return Step{At: e.T, Kind: StepCut}, true
		default:
			s.counts.skip(e, e.reason())
		}
	}
	return Step{}, false
}

// step tells what event i is a step of; 0 if it is none.
func (r *Recording) step(i int) StepKind {
	e := r.events[i]
	switch {
	case e.changed():
		return StepFrame
	case r.isCall(e):
		return StepCall
	case e.Event == "close" && e.visitors():
		if _, ok := r.comesBack(i, e.Conn); ok {
			return StepCut
		}
	}
	return 0
}

// isCall reports whether the event is a write by the visitor; reads are answered from what is known and are no steps, and other
// visitors of the recording are not played.
func (r *Recording) isCall(e event) bool {
	return e.Kind == "rest" && e.Request.Method != http.MethodGet && !e.agents() &&
		strings.Contains(e.Request.Path+string(e.Request.Body), r.Token)
}

func (e event) call() *Call {
	c := &Call{Method: e.Request.Method, Path: e.Request.Path, Status: e.Response.Status, Answer: e.Response.JSON, Body: map[string]string{}}
	for key, value := range e.body() {
		if text, ok := value.(string); ok {
			c.Body[key] = text
		}
	}
	return c
}

func (e event) body() object {
	var body object
	_ = json.Unmarshal(e.Request.Body, &body) // nil where there is none
	return body
}

// comesBack tells when the visitor, whose connection closes with event i, opens the next one that subscribes to the room. A
// connection that never subscribed does not matter.
func (r *Recording) comesBack(i int, closing string) (at int, ok bool) {
	subscribed := func(conn string, events []event) bool {
		for _, e := range events {
			if f := e.frame; e.Conn == conn && f.Msg == "sub" && f.Name == streamMessages {
				return true
			}
		}
		return false
	}
	if !subscribed(closing, r.events[:i]) {
		return 0, false
	}
	for _, e := range r.events[i+1:] {
		if e.visitors() && e.Event == "open" && subscribed(e.Conn, r.events[i+1:]) {
			return e.T, true
		}
	}
	return 0, false
}
