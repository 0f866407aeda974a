package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rocketline/rocketline/gateway"
	"github.com/rocketline/rocketline/internal/keys"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server"
	"github.com/rocketline/rocketline/server/follow"
)

// The bounds of an HTTP connection. Writes have none, because streams go on for hours; the gateway bounds each of theirs.
const (
	httpHeaderTimeout = 10 * time.Second
	httpReadTimeout   = 30 * time.Second
	httpIdleTimeout   = 2 * time.Minute
	httpWriteTimeout  = 10 * time.Second // without a byte getting through, HTTP/2
	httpPing          = 15 * time.Second // of silence, and again for the answer, HTTP/2
	httpHeaderBytes   = 16 << 10
)

// service is what both serve and demo run.
type service struct {
	edge        edgeFlags
	certificate *tls.Config // of gRPC and REST; nil for plaintext
	open        bool
	keys        keys.Set
	site        string
	siteCA      *tls.Config
	redirects   rocketchat.Redirects // of downloads
	account     *rocketchat.Account  // that brings messages; nil for none
	logger      *slog.Logger
	// started is called once everything listens. Optional.
	started func(grpc, http, admin net.Addr)
}

// run serves until ctx ends, and then drains. A drain that has to cut calls off is logged and is no error: it is what --drain asks for.
func (s service) run(ctx context.Context) error {
	lis, err := s.edge.open(ctx)
	if err != nil {
		return err
	}
	defer lis.close()

	var (
		chat *rocketchat.Client
		hub  *follow.Hub
	)
	metrics := observe.NewMetrics(observe.Sources{ // not asked before admin serves, when there are both
		Rooms:    func() int { return hub.Rooms() },
		Readers:  func() int { return hub.Readers() },
		Broken:   func() int { return hub.Broken() },
		LogBytes: func() int64 { return hub.Budget().Bytes() },
		Evicted:  func() uint64 { return hub.Budget().Evicted() },
		Realtime: func() (sockets, waiting int, resubscribed, redialled uint64, heardAgo time.Duration) {
			st := chat.RealtimeStats()
			return st.SocketsUp, st.Waiting, st.Resubscribed, st.Redials, st.HeartbeatAge
		},
	})
	chat, err = rocketchat.New(rocketchat.Options{
		URL: s.site, TLS: s.siteCA, Logger: s.logger, Observe: metrics.Upstream, RedirectsTo: s.redirects,
		Realtime: rocketchat.RealtimeOptions{Account: s.account},
	})
	if err != nil {
		return errUsage{fmt.Errorf("--rocketchat-url: %w", err)}
	}
	defer chat.Close()
	hub = follow.NewHub(follow.Options{
		Upstream: chat, Logger: s.logger, Meter: metrics, Recheck: s.edge.Recheck, RingsBytes: s.edge.ReplayMemory,
	})
	defer hub.Close()

	visitorRate, addressRate := s.edge.rates()
	srv, err := server.New(server.Options{
		Chat: chat, Logger: s.logger, Open: s.open, Keys: s.keys, TLS: s.certificate, ClientAddress: s.edge.addressPolicy(),
		VisitorRate: visitorRate, AddressRate: addressRate,
		Deadline: s.edge.CallTimeout, StreamsPerCaller: s.edge.StreamsPerCaller, StreamsInAll: s.edge.MaxStreams,
		MaxRequestBytes: s.edge.maxRequest(), UpstreamCheck: s.edge.UpstreamCheck, Metrics: metrics, Hub: hub,
	})
	if err != nil {
		return err
	}
	defer func() { _ = srv.Shutdown(context.Background()) }() // for the ways out before the shutdown below; behind it, it does nothing
	inside, err := srv.ClientConn()
	if err != nil {
		return err
	}
	defer func() { _ = inside.Close() }()
	rest, err := gateway.New(gateway.Options{
		Conn: inside, CORSOrigins: s.edge.CORSOrigin, TrustedProxies: s.edge.TrustedProxy, MaxBodyBytes: s.edge.MaxBody, Logger: s.logger,
		Observe: func(route, method string, status int, took time.Duration) {
			metrics.HTTP(route, method, strconv.Itoa(status), took)
		},
	})
	if err != nil { // of all its options only these are not parsed before
		return errUsage{fmt.Errorf("--cors-origin: %w", err)}
	}
	web := newHTTPServer(rest, s.certificate, s.logger)
	admin := newHTTPServer(observe.Admin(metrics.Registry, func() bool { return !srv.Draining() }, srv.UpstreamUp), nil, s.logger)

	group, failed := errgroup.WithContext(ctx) // ends when ctx does, or a listener breaks
	serve := func(what string, do func() error) {
		group.Go(func() error {
			err := do()
			ending := errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) && failed.Err() != nil
			if err != nil && !ending {
				return fmt.Errorf("serve %s: %w", what, err)
			}
			return nil
		})
	}
	serve("gRPC", func() error { return srv.Serve(lis.grpc) })
	serve("REST", func() error { return serveHTTP(web, lis.http) })
	serve("admin", func() error { return serveHTTP(admin, lis.admin) })
	s.logger.InfoContext(ctx, "serving", slog.String("grpc", lis.grpc.Addr().String()), slog.String("http", lis.http.Addr().String()),
		slog.String("admin", lis.admin.Addr().String()), slog.Bool("open", s.open), slog.Bool("tls", s.certificate != nil))
	if s.started != nil {
		s.started(lis.grpc.Addr(), lis.http.Addr(), lis.admin.Addr())
	}

	<-failed.Done()
	s.logger.InfoContext(ctx, "shutting down: streams say goodbye, calls may end", slog.Duration("drain", s.edge.Drain))
	s.shutdown(lis, srv, web, admin)
	return group.Wait()
}

// shutdown ends everything within the drain. First nobody new is let in, it is no longer ready, and streams say goodbye. Then REST
// ends, and only then gRPC, because REST's calls go through it: until then, calls over gRPC connections of before are still taken.
// Admin's answers end last, so that readiness can be seen to go. What is not done by the end of the drain is cut off.
func (s service) shutdown(lis doors, srv *server.Server, web, admin *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), s.edge.Drain)
	defer cancel()
	_, _ = lis.grpc.Close(), lis.http.Close()
	defer context.AfterFunc(ctx, lis.grpc.clear)() // connections in the middle of a handshake, of which gRPC lets go only much later
	srv.Drain()
	if err := web.Shutdown(ctx); err != nil {
		_ = web.Close()
		s.logger.Warn("REST calls were cut off at the end of the drain")
	}
	if err := srv.Shutdown(ctx); err != nil {
		s.logger.Warn("gRPC calls were cut off at the end of the drain")
	}
	_ = admin.Close()
}

func newHTTPServer(h http.Handler, certificate *tls.Config, logger *slog.Logger) *http.Server {
	if certificate != nil {
		certificate = certificate.Clone() // ServeTLS adds HTTP/2 to it
	}
	return &http.Server{
		Handler: h, TLSConfig: certificate,
		ReadHeaderTimeout: httpHeaderTimeout, ReadTimeout: httpReadTimeout, IdleTimeout: httpIdleTimeout, MaxHeaderBytes: httpHeaderBytes,
		// Over HTTP/2 the gateway's deadlines end a stream only if the connection itself still moves; these end one that does not.
		HTTP2:    &http.HTTP2Config{WriteByteTimeout: httpWriteTimeout, SendPingTimeout: httpPing, PingTimeout: httpPing},
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug), // broken handshakes and the like
	}
}

func serveHTTP(s *http.Server, lis net.Listener) error {
	if s.TLSConfig != nil {
		return s.ServeTLS(lis, "", "")
	}
	return s.Serve(lis)
}
