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
	"sync"
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
	httpHeaderBytes   = 16 << 10
)

// service is what both serve and demo run.
type service struct {
	edge   edgeFlags
	open   bool
	keys   keys.Set
	site   string
	siteCA *tls.Config
	logger *slog.Logger
	// started is called once everything listens. Optional.
	started func(grpc, http, admin net.Addr)
}

// run serves until ctx ends, and then drains.
func (s service) run(ctx context.Context) error {
	if err := s.edge.check(); err != nil {
		return err
	}
	certificate, err := s.edge.tls(s.logger)
	if err != nil {
		return err
	}
	lis, err := s.listenAll()
	if err != nil {
		return err
	}
	defer lis.close()

	var hub *follow.Hub
	metrics := observe.NewMetrics(func() int { return hub.Rooms() })
	chat, err := rocketchat.New(rocketchat.Options{URL: s.site, TLS: s.siteCA, Logger: s.logger, Observe: metrics.Upstream})
	if err != nil {
		return errUsage{err}
	}
	defer chat.Close()
	hub = follow.NewHub(follow.Options{Upstream: chat, Logger: s.logger})

	srv, err := server.New(server.Options{
		Chat: chat, Logger: s.logger, Open: s.open, Keys: s.keys, TLS: certificate, ClientAddress: s.edge.addressPolicy(),
		Deadline: s.edge.CallTimeout, StreamsPerCaller: s.edge.StreamsPerCaller, StreamsInAll: s.edge.MaxStreams,
		Metrics: metrics, Hub: hub,
	})
	if err != nil {
		return err
	}
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
	if err != nil {
		return errUsage{err}
	}
	web := newHTTPServer(rest, certificate, s.logger)
	admin := newHTTPServer(observe.Admin(metrics.Registry, func() bool { return !srv.Draining() }, srv.UpstreamUp), nil, s.logger)

	var group errgroup.Group
	var stop sync.Once
	failed := make(chan struct{})
	serve := func(what string, do func() error) {
		group.Go(func() error {
			if err := do(); err != nil && !errors.Is(err, http.ErrServerClosed) {
				stop.Do(func() { close(failed) })
				return fmt.Errorf("serve %s: %w", what, err)
			}
			return nil
		})
	}
	serve("gRPC", func() error { return srv.Serve(lis.grpc) })
	serve("REST", func() error { return serveHTTP(web, lis.http) })
	serve("admin", func() error { return serveHTTP(admin, lis.admin) })
	s.logger.InfoContext(ctx, "serving", slog.String("grpc", lis.grpc.Addr().String()), slog.String("http", lis.http.Addr().String()),
		slog.String("admin", lis.admin.Addr().String()), slog.Bool("open", s.open), slog.Bool("tls", certificate != nil))
	if s.started != nil {
		s.started(lis.grpc.Addr(), lis.http.Addr(), lis.admin.Addr())
	}

	select {
	case <-ctx.Done():
		s.logger.InfoContext(ctx, "shutting down: no new calls, streams say goodbye", slog.Duration("drain", s.edge.Drain))
	case <-failed:
	}
	s.shutdown(srv, web, admin)
	return group.Wait()
}

// shutdown ends REST first, since its calls go through gRPC, and the admin's answers last, so that readiness can be seen to go.
func (s service) shutdown(srv *server.Server, web, admin *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), s.edge.Drain)
	defer cancel()
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
		ErrorLog: slog.NewLogLogger(logger.Handler(), slog.LevelDebug), // broken handshakes and the like
	}
}

func serveHTTP(s *http.Server, lis net.Listener) error {
	if s.TLSConfig != nil {
		return s.ServeTLS(lis, "", "")
	}
	return s.Serve(lis)
}

// listeners are the three doors.
type listeners struct{ grpc, http, admin net.Listener }

// listenAll opens all doors before anything is started, so that a taken port is told at once.
func (s service) listenAll() (l listeners, err error) {
	for _, door := range []struct {
		flag, address string
		to            *net.Listener
	}{
		{"--grpc", s.edge.GRPC, &l.grpc}, {"--http", s.edge.HTTP, &l.http}, {"--admin", s.edge.Admin, &l.admin},
	} {
		if *door.to, err = listen(door.flag, door.address); err != nil {
			l.close()
			return listeners{}, err
		}
	}
	return l, nil
}

func (l listeners) close() {
	for _, lis := range []net.Listener{l.grpc, l.http, l.admin} {
		if lis != nil {
			_ = lis.Close()
		}
	}
}
