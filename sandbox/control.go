package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/rocketline/rocketline/sandbox/fault"
)

// ErrControlAddress says that Options.Control is no address of this machine, or not free.
var ErrControlAddress = errors.New("cannot listen on the control address")

// control is the endpoint for whoever steers the sandbox from outside.
type control struct {
	url  string
	http *http.Server
}

// Faults is where faults are injected, see package fault.
func (s *Server) Faults() *fault.Injector { return s.faults }

// ControlURL is the address of the control endpoint, empty where Options.Control is. Its calls are listed in package fault; beside
// them are GET /state and PUT /state, see Save and Load.
func (s *Server) ControlURL() string {
	if s.control == nil {
		return ""
	}
	return s.control.url
}

// listenControl opens the endpoint on loopback only: whoever reaches it owns the server.
func (s *Server) listenControl() (*control, error) {
	if s.opts.Control == "" {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(s.opts.Control)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrControlAddress, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%w: %q is not on this machine's loopback", ErrControlAddress, s.opts.Control)
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", s.opts.Control)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrControlAddress, err)
	}
	mux := http.NewServeMux()
	mux.Handle("/", s.faults.Control())
	mux.Handle("/state", fault.Local(http.HandlerFunc(s.serveState)))
	c := &control{
		url:  "http://" + listener.Addr().String(),
		http: &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second},
	}
	s.spawn(func() { _ = c.http.Serve(listener) }) // always ends with ErrServerClosed, by Close
	return c, nil
}

func (c *control) close() error {
	if c == nil {
		return nil
	}
	return c.http.Close()
}
