package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// health asks a running service how it is.
type health struct {
	Admin    string        `env:"ROCKETLINE_ADMIN" default:"127.0.0.1:9091" placeholder:"ADDR" help:"The service's --admin address (${default})."`
	Upstream bool          `env:"ROCKETLINE_HEALTH_UPSTREAM" help:"Ask instead whether Rocket.Chat answers the service."`
	Timeout  time.Duration `env:"ROCKETLINE_HEALTH_TIMEOUT" default:"3s" help:"How long to wait (${default})."`
}

// Run prints the answer, and fails if it is no.
func (c *health) Run(ctx context.Context, stdio console) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	path := "/readyz"
	if c.Upstream {
		path = "/upstreamz"
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+reachable(c.Admin)+path, nil)
	if err != nil {
		return errUsage{fmt.Errorf("--admin %s: %w", c.Admin, err)}
	}
	// One question, asked directly: a proxy that the environment names is for other hosts.
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return fmt.Errorf("no service answers at --admin %s: %w", c.Admin, errors.Unwrap(err))
	}
	defer func() { _ = resp.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, 64))
	fmt.Fprintln(stdio.out, strings.TrimSpace(string(answer)))
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", path, resp.Status)
	}
	return nil
}

// reachable makes of an address to listen on, which may be all of a machine's, one to connect to.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", port) // "localhost" is unknown where there is no /etc/hosts
	}
	return address
}
