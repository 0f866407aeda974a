package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"time"

	"github.com/rocketline/rocketline/internal/certs"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/server/intercept"
)

// logFlags say how the log looks.
type logFlags struct {
	LogFormat string     `env:"ROCKETLINE_LOG_FORMAT" enum:"text,json" default:"text" help:"Format of the log: text or json."`
	LogLevel  slog.Level `env:"ROCKETLINE_LOG_LEVEL" default:"info" help:"Least level of the log: debug, info, warn or error."`
}

func (f logFlags) logger(w io.Writer) (*slog.Logger, error) {
	return observe.NewLogger(w, f.LogFormat, f.LogLevel)
}

// edgeFlags say where the service listens and what it lets in.
type edgeFlags struct {
	GRPC  string `name:"grpc" env:"ROCKETLINE_GRPC" default:"127.0.0.1:9090" placeholder:"ADDR" help:"Where gRPC is served (${default})."`
	HTTP  string `name:"http" env:"ROCKETLINE_HTTP" default:"127.0.0.1:8080" placeholder:"ADDR" help:"Where REST and event streams are served (${default})."`
	Admin string `env:"ROCKETLINE_ADMIN" default:"127.0.0.1:9091" placeholder:"ADDR" help:"Where metrics, health and profiles are served, to whoever asks (${default})."`

	CORSOrigin    []string       `name:"cors-origin" env:"ROCKETLINE_CORS_ORIGIN" placeholder:"ORIGIN" help:"Origins whose pages may call REST, https://example.org, or *. None by default."`
	TrustedProxy  []netip.Prefix `name:"trusted-proxies" env:"ROCKETLINE_TRUSTED_PROXIES" placeholder:"CIDR" help:"Proxies whose X-Forwarded-For is believed. None by default."`
	ClientAddress string         `env:"ROCKETLINE_CLIENT_ADDRESS" enum:"visitor,peer" default:"visitor" help:"Which address Rocket.Chat is told where the caller's is not known: one of its own for each visitor, or the peer's."`

	VisitorRate  float64 `env:"ROCKETLINE_VISITOR_RATE" default:"10" placeholder:"N" help:"Calls a second of one visitor, in the long run; more are refused. 0 for no bound (${default})."`
	VisitorBurst int     `env:"ROCKETLINE_VISITOR_BURST" default:"100" placeholder:"N" help:"Calls of one visitor at once, after a while of silence (${default})."`
	AddressRate  float64 `env:"ROCKETLINE_ADDRESS_RATE" default:"100" placeholder:"N" help:"Calls a second from one client address, which many may share. 0 for no bound (${default})."`
	AddressBurst int     `env:"ROCKETLINE_ADDRESS_BURST" default:"1000" placeholder:"N" help:"Calls from one client address at once, after a while of silence (${default})."`

	CallTimeout      time.Duration `env:"ROCKETLINE_CALL_TIMEOUT" default:"15s" help:"Deadline of calls that bring none, at most 45s (${default})."`
	MaxBody          int64         `env:"ROCKETLINE_MAX_BODY" default:"1048576" placeholder:"BYTES" help:"Largest REST body (${default})."`
	MaxStreams       int           `env:"ROCKETLINE_MAX_STREAMS" default:"10000" help:"Most streams, of events and of files, in all (${default})."`
	StreamsPerCaller int           `env:"ROCKETLINE_STREAMS_PER_CALLER" default:"32" help:"Most streams, of events and of files, of one caller (${default})."`
	Drain            time.Duration `env:"ROCKETLINE_DRAIN" default:"10s" help:"How long calls may go on after SIGTERM or Ctrl-C; then they are cut off (${default})."`
	UpstreamCheck    time.Duration `env:"ROCKETLINE_UPSTREAM_CHECK" default:"15s" help:"How often Rocket.Chat is asked whether it is there (${default})."`
	Recheck          time.Duration `env:"ROCKETLINE_RECHECK" default:"10m" help:"About how often a room that is followed is compared with its history, though nothing is known to be missing (${default})."`
	ReplayMemory     int64         `env:"ROCKETLINE_REPLAY_MEMORY" default:"268435456" placeholder:"BYTES" help:"What all rooms together keep for readers that come back or fall behind; the oldest goes first (${default})."`
}

func (f edgeFlags) addressPolicy() intercept.AddressPolicy {
	return intercept.AddressPolicy(f.ClientAddress)
}

// rates are how often one visitor and one address may call.
func (f edgeFlags) rates() (visitor, address intercept.Rate) {
	return intercept.Rate{PerSecond: f.VisitorRate, Burst: f.VisitorBurst}, intercept.Rate{PerSecond: f.AddressRate, Burst: f.AddressBurst}
}

// maxRequest is the largest request that gRPC takes: never less than what REST lets through.
func (f edgeFlags) maxRequest() int { return int(max(4<<20, min(f.MaxBody, math.MaxInt32))) }

// maxCallTimeout leaves of the minute that REST takes for an answer what a remembered write may go on for, and a little more.
const maxCallTimeout = 45 * time.Second

// check finds what cannot be meant.
func (f edgeFlags) check() error {
	for _, positive := range []struct {
		flag  string
		value int64
	}{
		{"--call-timeout", int64(f.CallTimeout)}, {"--max-body", f.MaxBody}, {"--max-streams", int64(f.MaxStreams)},
		{"--streams-per-caller", int64(f.StreamsPerCaller)}, {"--drain", int64(f.Drain)},
		{"--upstream-check", int64(f.UpstreamCheck)}, {"--recheck", int64(f.Recheck)}, {"--replay-memory", f.ReplayMemory},
	} {
		if positive.value <= 0 {
			return errUsage{fmt.Errorf("%s must be more than nothing", positive.flag)}
		}
	}
	if f.CallTimeout > maxCallTimeout {
		return errUsage{fmt.Errorf("--call-timeout must be at most %v: REST answers within a minute", maxCallTimeout)}
	}
	for _, limit := range []struct {
		of    string
		rate  float64
		burst int
	}{{"visitor", f.VisitorRate, f.VisitorBurst}, {"address", f.AddressRate, f.AddressBurst}} {
		switch {
		case !(limit.rate >= 0 && limit.rate <= maxRate):
			return errUsage{fmt.Errorf("--%s-rate must be from 0, for no bound, to %d", limit.of, maxRate)}
		case limit.burst < 0 || limit.burst == 0 && limit.rate > 0:
			return errUsage{fmt.Errorf("--%s-burst must be more than nothing, or nobody gets in", limit.of)}
		}
	}
	return nil
}

// maxRate is a rate that no caller reaches.
const maxRate = 1_000_000

// tlsFlags say with which certificate the service speaks TLS.
type tlsFlags struct {
	TLSCert string `name:"tls-cert" env:"ROCKETLINE_TLS_CERT" type:"path" placeholder:"FILE" help:"Certificate for gRPC and REST, PEM; read again when it changes."`
	TLSKey  string `name:"tls-key" env:"ROCKETLINE_TLS_KEY" type:"path" placeholder:"FILE" help:"Its key."`
}

// tlsRecheck is how often, at most, the files are looked at.
const tlsRecheck = 5 * time.Second

// config returns the configuration of both listeners; nil for none.
func (f tlsFlags) config(logger *slog.Logger) (*tls.Config, error) {
	if f.TLSCert == "" {
		return nil, nil
	}
	return certs.Server(f.TLSCert, f.TLSKey, tlsRecheck, logger)
}

// public returns the first of the addresses that can be reached from other machines; empty if none can.
func public(addresses ...string) string {
	for _, a := range addresses {
		host, _, err := net.SplitHostPort(a)
		if err != nil {
			continue // listening will tell
		}
		if ip, err := netip.ParseAddr(host); host != "localhost" && (err != nil || !ip.IsLoopback()) {
			return a
		}
	}
	return ""
}
