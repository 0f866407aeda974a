// Package ddp is the sandbox's realtime side: DDP over a websocket. It has a codec of its own on purpose: the adapter's and this one
// are two readings of one protocol, and check each other.
package ddp

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/rocketline/rocketline/sandbox/fault"
	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/limit"
)

// doc is a document; see core.
type doc = map[string]any

// Config is what the server works with.
type Config struct {
	Limits    *limit.Limiter // whether it is asked, the settings say
	Heartbeat time.Duration
	Log       *slog.Logger
	Faults    *fault.Injector
	// Called is told of each method and sub after it was answered, with the code of a refusal.
	Called func(verb, name, refusal string, took time.Duration)
	// Streamer plays the separate DDP server of deployments in microservices, instead of the one inside Meteor.
	Streamer bool
}

// Server accepts websockets and plays a DDP session on each.
type Server struct {
	Config
	manner  manner
	core    *core.Core
	hub     *hub
	methods map[string]method
	watches map[string][]*watch // by user, in the order of subscribing; the core's lock guards it

	ctx    context.Context
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	running sync.WaitGroup
}

// New makes a server. Join must follow before the first connection.
func New(c Config) *Server {
	s := &Server{Config: c, hub: newHub(), manner: meteor, watches: map[string][]*watch{}}
	if c.Streamer {
		s.manner = streamer
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

// Join gives the server the workspace that publishes to it.
func (s *Server) Join(c *core.Core) {
	s.core = c
	s.methods = methodTable(c)
}

// Publish carries an event to its subscribers. The caller holds the core's lock.
func (s *Server) Publish(e core.Event) { s.hub.publish(e) }

// ServeHTTP upgrades a request to a websocket and plays it until it ends.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	opts := &websocket.AcceptOptions{InsecureSkipVerify: true} // any origin, as Rocket.Chat
	if s.manner.compresses {
		opts.CompressionMode, opts.CompressionThreshold = websocket.CompressionNoContextTakeover, 1024
	}
	conn, err := websocket.Accept(w, r, opts)
	if err != nil {
		return // Accept has answered
	}
	conn.SetReadLimit(maxFrame)
	c := &Session{
		srv: s, conn: conn, sockjs: !s.isRaw(r), subs: map[any]*subscription{}, wake: make(chan struct{}, 1), heardAt: time.Now(),
	}
	c.faults = s.Faults.Open(r, c)
	defer c.faults.Close()
	if !s.hold() {
		_ = conn.CloseNow()
		return
	}
	defer s.running.Done()
	c.serve(s.ctx)
}

// hold makes Close wait until the caller calls running.Done. False when the server is closed.
func (s *Server) hold() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.running.Add(1)
	return true
}

// spawn runs f unless the server is closed; Close waits for it.
func (s *Server) spawn(f func()) {
	if !s.hold() {
		return
	}
	go func() {
		defer s.running.Done()
		f()
	}()
}

// Sessions are the open connections.
func (s *Server) Sessions() []*Session { return s.hub.connections() }

// Close cuts every connection and waits for its goroutines.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	s.running.Wait()
}

// Restart drops every connection as a restart would, with nobody logged in on it any more: what it still says is of a stranger. The caller
// holds the core's lock.
func (s *Server) Restart() {
	for _, c := range s.Sessions() {
		c.user, c.token, c.guest = nil, "", ""
		c.Drop()
	}
}
