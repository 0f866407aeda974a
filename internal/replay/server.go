package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// host is the server's name on the network in memory.
const host = "chat.test"

// headerTimeout bounds the reading of a request's header.
const headerTimeout = time.Minute

// Server is a Rocket.Chat that plays one recording. Its methods are for one goroutine, the test's; what it answers to clients
// may be asked for at any time.
type Server struct {
	recording *Recording
	network   *network
	http      *http.Server
	handlers  sync.WaitGroup // everything that runs

	mu       sync.Mutex
	now      int               // the recording's time
	next     int               // the first event that is not played
	pending  *event            // the call that is expected now
	conns    []*conn           // realtime connections since the last cut
	renamed  map[string]string // recorded message ids to those that a client chose
	counts   Counts
	deaf     []*conn // half-open connections, which somebody has to close in the end
	away     bool    // no realtime connection is taken now
	closed   bool    // nor ever again
	failures []error
}

// Start starts a server at the moment at which the visitor begins to listen.
func Start(r *Recording) *Server {
	s := &Server{recording: r, network: newNetwork(), now: r.Start, renamed: map[string]string{}, counts: newCounts()}
	for ; s.next < len(r.events) && r.events[s.next].T < r.Start; s.next++ {
		e, why := r.events[s.next], "before the visitor listens"
		if e.agents() {
			why = e.reason()
		}
		s.counts.skip(e, why)
	}
	s.http = &http.Server{Handler: s.routes(), ConnContext: withLine, ReadHeaderTimeout: headerTimeout}
	s.handlers.Go(func() { _ = s.http.Serve(s.network) }) // ends with Close
	return s
}

// URL is the site's address, which only Dial reaches.
func (s *Server) URL() string { return "http://" + host }

// Dial connects to the server, whatever the address.
func (s *Server) Dial(ctx context.Context, _, _ string) (net.Conn, error) { return s.network.dial(ctx) }

// Close ends all connections and the server.
func (s *Server) Close() {
	_ = s.http.Close()
	s.mu.Lock()
	s.closed = true
	s.lose(LossAbnormal)
	for _, c := range s.deaf {
		_ = c.line.Close()
	}
	s.mu.Unlock()
	s.handlers.Wait()
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

// Message is a chat message as far as it can be told apart from another state of it.
type Message struct {
	Text      string
	Reactions int
}

// Messages lists the chat messages that history holds now, by id.
func (s *Server) Messages() map[string]Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := map[string]Message{}
	for _, doc := range s.recording.documents(s.now) {
		if doc["t"] != nil {
			continue
		}
		id, _ := doc["_id"].(string)
		text, _ := doc["msg"].(string)
		reactions, _ := doc["reactions"].(object)
		list[id] = Message{Text: text, Reactions: len(reactions)}
	}
	return list
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
