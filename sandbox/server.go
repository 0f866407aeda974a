package sandbox

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Server is a running sandbox. Its methods are safe for concurrent use.
type Server struct {
	opts    Options
	facts   facts
	log     *slog.Logger
	core    *core
	hub     *hub
	limits  atomic.Pointer[limiter] // nil when limits are off
	routes  []*route
	scripts scripts
	seen    requestLog
	url     string
	http    *http.Server

	ctx    context.Context
	cancel context.CancelFunc

	mu        sync.Mutex
	closed    bool
	intercept func(http.ResponseWriter, *http.Request) bool
	running   sync.WaitGroup // everything that spawn started
}

// New starts a server. It listens when New returns.
func New(opts Options) (*Server, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", opts.Addr)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s := &Server{
		opts: opts, facts: profiles[opts.Profile], log: opts.Logger,
		hub: newHub(), url: "http://" + listener.Addr().String(),
		scripts: scripts{of: map[string]func(string) []Step{}, turns: map[string]chan struct{}{}},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.core = newCore(opts, s.hub.publish)
	s.core.visitorWrote = s.visitorWrote
	s.SetRateLimits(opts.RateLimits)
	s.routes = s.routeTable()
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 30 * time.Second,
		ErrorLog:          slog.NewLogLogger(opts.Logger.Handler(), slog.LevelWarn),
	}
	s.spawn(func() { _ = s.http.Serve(listener) }) // always ends with ErrServerClosed, by Close
	return s, nil
}

// URL is the site's address, "http://127.0.0.1:<port>". The websocket is at its /websocket.
func (s *Server) URL() string { return s.url }

// Close stops the server, cuts its sockets and waits for its goroutines. Further calls do nothing.
func (s *Server) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	s.cancel()
	var err error
	if first {
		err = s.http.Close()
	}
	s.DropConnections()
	s.running.Wait()
	return err
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

// DropConnections cuts every websocket without a close frame, as a crashed server or a broken network does. Clients may
// connect again at once.
func (s *Server) DropConnections() {
	for _, c := range s.hub.connections() {
		c.drop()
	}
}

// SetRateLimits switches the limiters, with new windows, see Options.RateLimits.
func (s *Server) SetRateLimits(on bool) {
	if on {
		s.limits.Store(newLimiter(s.opts.Now))
	} else {
		s.limits.Store(nil)
	}
}

// Connections is the number of open websockets.
func (s *Server) Connections() int { return len(s.hub.connections()) }

// Intercept lets a test answer requests itself: HTML, half a body, a status, or nothing for a while. The function is asked
// before each request, the websocket's included, and says whether it answered. A nil function ends it.
func (s *Server) Intercept(f func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}
