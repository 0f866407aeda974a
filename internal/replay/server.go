package replay

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
)

// Server is a Rocket.Chat that plays one recording. Its methods are for one goroutine, the test's; what it answers to clients
// may be asked for at any time.
type Server struct {
	recording *Recording
	http      *httptest.Server
	handlers  sync.WaitGroup

	mu       sync.Mutex
	now      int               // the recording's time
	next     int               // the first event that is not played
	pending  *event            // the call that is expected now
	conns    []*conn           // realtime connections since the last cut
	renamed  map[string]string // recorded message ids to those that a client chose
	counts   Counts
	closed   bool // no connection is taken any more
	failures []error
}

// Start starts a server at the moment at which the visitor begins to listen.
func Start(r *Recording) *Server {
	s := &Server{recording: r, now: r.Start, renamed: map[string]string{}, counts: newCounts()}
	for ; s.next < len(r.events) && r.events[s.next].T < r.Start; s.next++ {
		e, why := r.events[s.next], "before the visitor listens"
		if e.agents() {
			why = e.reason()
		}
		s.counts.skip(e, why)
	}
	s.http = httptest.NewServer(s.routes())
	return s
}

// URL is the site's address.
func (s *Server) URL() string { return s.http.URL }

// Close ends all connections and the server.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
	s.mu.Lock()
	s.closed = true
	s.cut()
	s.mu.Unlock()
	s.handlers.Wait()
}

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

// Next plays the next step; it reports false when there is none.
func (s *Server) Next() (Step, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.concludeCall(false)
	for s.next < len(s.recording.events) {
		e := s.recording.events[s.next]
		s.next++
		switch {
		case e.changed():
			s.advance(e.T)
			step := Step{At: e.T, Kind: StepFrame, Frame: e.Frame, Sent: s.send(e.Frame)}
			if step.Sent == 0 {
				s.counts.skip(e, "of a stream that the client does not follow")
			} else {
				s.counts.play(e)
			}
			return step, true
		case e.isCall():
			s.advance(e.T)
			s.pending = &e
			return Step{At: e.T, Kind: StepCall, Call: e.call()}, true
		case e.Event == "close" && e.visitors():
			if back, ok := s.recording.comesBack(s.next-1, e.Conn); ok {
				s.advance(back)
				s.cut()
				return Step{At: e.T, Kind: StepCut}, true
			}
		default:
			s.counts.skip(e, e.reason())
		}
	}
	return Step{}, false
}

// Say sends a message that the recording does not have, written by an agent: a marker that everything before it has been told.
// History does not have it.
func (s *Server) Say(id, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ts := object{"$date": s.recording.zero.Add(millis(s.now)).UnixMilli()}
	marker, _ := json.Marshal(object{"msg": "changed", "collection": streamMessages, "id": "id", "fields": object{
		"eventName": s.recording.RoomID,
		"args": []object{{"_id": id, "rid": s.recording.RoomID, "msg": text, "ts": ts, "_updatedAt": ts,
			"u": object{"_id": "marker", "username": "marker"}}},
	}})
	s.send(marker)
}

// Ended reports whether the room is closed by now.
func (s *Server) Ended() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.recording.closed(s.now)
}

// Failures lists what a client asked for and the recording does not have.
func (s *Server) Failures() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failures
}

// Counts tells how much of the recording was played so far.
func (s *Server) Counts() Counts {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts.clone()
}

// concludeCall ends the call that is expected, made or not: the visitor of the recording made it in any case.
func (s *Server) concludeCall(made bool) {
	if s.pending == nil {
		return
	}
	s.advance(s.pending.T + s.pending.Response.Took)
	if made {
		s.counts.play(*s.pending)
	} else {
		s.counts.skip(*s.pending, "the test did not make the call")
	}
	s.pending = nil
}

func (s *Server) advance(t int) { s.now = max(s.now, t) }

func (s *Server) fail(format string, args ...any) {
	s.failures = append(s.failures, fmt.Errorf(format, args...))
}

// rename gives documents that a client named itself the client's name.
func (s *Server) rename(raw []byte) []byte {
	for from, to := range s.renamed {
		raw = bytes.ReplaceAll(raw, []byte(`"`+from+`"`), []byte(`"`+to+`"`))
	}
	return raw
}

// isCall reports whether the event is a write by the visitor; reads are answered from what is known and are no steps.
func (e event) isCall() bool {
	return e.Kind == "rest" && e.Request.Method != http.MethodGet && !e.agents()
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
			if f := e.frame(); e.Conn == conn && f.Msg == "sub" && f.Name == streamMessages {
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
