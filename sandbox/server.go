package sandbox

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/ddp"
	"github.com/rocketline/rocketline/sandbox/internal/limit"
	"github.com/rocketline/rocketline/sandbox/internal/rest"
)

// Server is a running sandbox. Its methods are safe for concurrent use.
type Server struct {
	opts    Options
	core    *core.Core
	rest    *rest.API
	ddp     *ddp.Server
	limits  atomic.Pointer[limit.Limiter] // nil when limits are off
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
		opts: opts, url: "http://" + listener.Addr().String(),
		scripts: scripts{of: map[string]func(string) []Step{}, turns: map[string]chan struct{}{}},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.SetRateLimits(opts.RateLimits)
	s.ddp = ddp.New(ddp.Config{Limits: s.limits.Load, Heartbeat: opts.Heartbeat, Log: opts.Logger})
	s.core = core.New(opts.seed(s.ddp.Publish, core.Hooks{VisitorWrote: s.visitorWrote}))
	s.ddp.Join(s.core)
	s.rest = rest.New(rest.Config{
		Core: s.core, Limits: s.limits.Load, Now: opts.Now, URL: s.url, Log: opts.Logger, Delay: s.delay,
	})
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
	s.ddp.Close()
	s.running.Wait()
	return err
}

// spawn runs f unless the server is closed; Close waits for it.
func (s *Server) spawn(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	s.running.Go(f)
}

// ServeHTTP makes the server an http.Handler, so that a test may also mount it elsewhere.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	seen := Request{
		Method: r.Method, Path: r.URL.RequestURI(), Route: s.rest.Route(r), ClientIP: rest.ClientIP(r), Header: r.Header.Clone(),
	}
	s.mu.Lock()
	intercept := s.intercept
	s.mu.Unlock()
	switch {
	case intercept != nil && intercept(w, r):
		s.seen.add(seen)
	case strings.TrimSuffix(r.URL.Path, "/") == "/websocket":
		s.seen.add(seen)
		s.ddp.ServeHTTP(w, r)
	default:
		rec := &recorder{ResponseWriter: w, status: http.StatusOK}
		s.rest.ServeHTTP(rec, r)
		seen.Status = rec.status
		s.seen.add(seen)
	}
}

// recorder remembers the status that was answered.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// delay waits as long as a real server does, scaled, and no longer than the request lives.
func (s *Server) delay(r *http.Request, d time.Duration) {
	scaled := time.Duration(float64(d) * s.opts.DelayScale)
	if scaled <= 0 {
		return
	}
	timer := time.NewTimer(scaled)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
}

// DropConnections cuts every websocket without a close frame, as a crashed server or a broken network does. Clients may
// connect again at once.
func (s *Server) DropConnections() {
	for _, c := range s.ddp.Sessions() {
		c.Drop()
	}
}

// SetRateLimits switches the limiters, with new windows, see Options.RateLimits.
func (s *Server) SetRateLimits(on bool) {
	if on {
		s.limits.Store(limit.New(s.opts.Now))
	} else {
		s.limits.Store(nil)
	}
}

// SetSetting changes a workspace setting while the server runs, see Options.Settings.
func (s *Server) SetSetting(key string, value any) error {
	s.core.Lock()
	defer s.core.Unlock()
	return s.core.SetSetting(key, value)
}

// SetRouting changes how new rooms find their agent. Rooms that are open already stay where they are.
func (s *Server) SetRouting(r Routing) {
	s.core.Lock()
	defer s.core.Unlock()
	s.core.SetRouting(core.Routing(r))
}

// Connections is the number of open websockets.
func (s *Server) Connections() int { return len(s.ddp.Sessions()) }

// Intercept lets a test answer requests itself: HTML, half a body, a status, or nothing for a while. The function is asked
// before each request, the websocket's included, and says whether it answered. A nil function ends it.
func (s *Server) Intercept(f func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.intercept = f
}
