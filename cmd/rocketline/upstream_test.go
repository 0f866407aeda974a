package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	rocketbox "github.com/rocketline/rocketline/sandbox"
)

// site is a Rocket.Chat that a test can switch off and on, at an address that stays the same.
type site struct {
	*rocketbox.Server
	url    string
	front  *httptest.Server
	closed atomic.Bool
}

// startSite starts one that is up. Its agent ann is there and says nothing.
func startSite(t testing.TB) *site { return startSiteWith(t, nil) }

// startSiteWith starts one with settings of its own.
func startSiteWith(t testing.TB, settings map[string]any) *site {
	t.Helper()
	box, err := rocketbox.New(rocketbox.Options{Settings: settings})
	if err != nil {
		t.Fatal(err)
	}
	box.Agent("ann")
	s := &site{Server: box}
	s.front = httptest.NewUnstartedServer(box)
	s.front.Listener = gate{s.front.Listener, &s.closed}
	s.front.Start()
	s.url = s.front.URL
	t.Cleanup(func() {
		box.Intercept(nil)
		_ = box.Close() // which ends the sockets that front does not know of
		s.front.Close()
	})
	return s
}

// down makes it unreachable, and cuts what is open.
func (s *site) down() {
	s.closed.Store(true)
	s.front.CloseClientConnections()
	s.DropConnections()
}

// up makes it reachable again.
func (s *site) up() { s.closed.Store(false) }

// hold keeps every request to a path waiting until release is called, which lets them go on. Reached gets a value for each.
func (s *site) hold(path string) (reached <-chan struct{}, release func()) {
	came, goOn := make(chan struct{}, 16), make(chan struct{})
	s.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != path {
			return false
		}
		came <- struct{}{}
		select {
		case <-goOn:
			return false
		case <-r.Context().Done():
			return true
		}
	})
	return came, func() { close(goOn) }
}

// gate is a listener that hangs up on everybody while it is closed.
type gate struct {
	net.Listener
	closed *atomic.Bool
}

// Accept implements net.Listener.
func (g gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil || !g.closed.Load() {
			return conn, err
		}
		_ = conn.Close()
	}
}
