package sandbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/rocketline/rocketline/sandbox/fault"
	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/ddp"
	"github.com/rocketline/rocketline/sandbox/internal/files"
	"github.com/rocketline/rocketline/sandbox/internal/limit"
	"github.com/rocketline/rocketline/sandbox/internal/rest"
)

// Server is a running sandbox. Its methods are safe for concurrent use.
type Server struct {
	opts    Options
	core    *core.Core
	rest    *rest.API
	ddp     *ddp.Server
	limits  *limit.Limiter
	files   *files.Store
	scripts scripts
	seen    requestLog
	faults  *fault.Injector
	faulty  http.Handler // every path, behind the faults
	url     string
	http    *http.Server
	control *control // nil without one

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
	listener := opts.Listener
	if listener == nil {
		if listener, err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", opts.Addr); err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
	}
	s := &Server{
		opts: opts, url: "http://" + listener.Addr().String(),
		scripts: scripts{of: map[string]func(string) []Step{}, turns: map[string]chan struct{}{}},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.files = files.New(opts.Spool)
	s.faults = fault.New(opts.Seed, opts.Now)
	s.opts.Now = s.faults.Clock().Now // the server's clock, which faults may set
	opts = s.opts
	s.limits = limit.New(opts.Now)
	s.ddp = ddp.New(ddp.Config{
		Limits: s.limits, Heartbeat: opts.Heartbeat, Log: opts.Logger, Faults: s.faults, Streamer: opts.DDP == Micro,
		Called: s.called,
	})
	seed := opts.seed(s.ddp.Publish, core.Hooks{
		VisitorWrote: s.visitorWrote, FilesGone: func(ids []string) { s.files.Delete(ids...) },
		TokensDied: s.ddp.TokensDied, UserRemoved: s.ddp.UserRemoved, Left: s.ddp.Left, SettingChanged: s.settingChanged,
	})
	seed.Site = s.url
	seed.ClockIsWrong = func() bool { return s.faults.Clock().Setting() != fault.Setting{} }
	s.core = core.New(seed)
	s.ddp.Join(s.core)
	s.rest = rest.New(rest.Config{
		Core: s.core, Limits: s.limits, Now: opts.Now, URL: s.url, Log: opts.Logger, Delay: s.delay,
		Hold: s.hold, Files: s.files, Methods: s.ddp,
	})
	s.faulty = s.faults.Handler(http.HandlerFunc(s.route), fault.Hooks{CloseRoom: s.closeRace})
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 30 * time.Second,
		ErrorLog:          slog.NewLogLogger(opts.Logger.Handler(), slog.LevelWarn),
	}
	if s.control, err = s.listenControl(); err != nil {
		_ = listener.Close()
		s.cancel()
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s.spawn(func() { _ = s.http.Serve(s.faults.Listener(listener)) }) // always ends with ErrServerClosed, by Close
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
		err = errors.Join(s.http.Close(), s.control.close())
	}
	s.faults.Close()
	s.ddp.Close()
	s.running.Wait()
	return errors.Join(err, s.files.Close())
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

// hold keeps a request that real servers never answer, until its sender leaves or the server closes.
func (s *Server) hold(r *http.Request) {
	select {
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
}

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
	s.core.Lock()
	defer s.core.Unlock()
	s.core.SetRateLimits(on)
}

// settingChanged begins the windows of limits anew when they are changed.
func (s *Server) settingChanged(key string) {
	switch {
	case strings.HasPrefix(key, "API_Enable_Rate_Limiter"):
		s.limits.Reset("rest ")
	case strings.HasPrefix(key, "DDP_Rate_Limit"):
		s.limits.Reset("ddp ")
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
