// Package server is the gRPC service: one file for each of the contract's services, and what they share.
//
// A call passes the interceptors (package intercept), is answered by a handler here that calls the adapter (package rocketchat), and
// what the adapter tells is converted (package convert). Subscribe reads the logs that package follow keeps.
package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/test/bufconn"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/keys"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/follow"
	"github.com/rocketline/rocketline/server/intercept"
	"github.com/rocketline/rocketline/server/once"
	"github.com/rocketline/rocketline/server/wire"
)

// Options configure a Server. Chat and Logger are required.
type Options struct {
	Chat   *rocketchat.Client
	Logger *slog.Logger
	// Open lets everyone register, and present raw visitor tokens. For development.
	Open bool
	// Keys are the services' keys; without them and without Open nobody can do anything.
	Keys keys.Set
	// TLS is used on every listener given to Serve; nil for none.
	TLS *tls.Config
	// ClientAddress says which address Rocket.Chat is told where the caller's is not known. Default AddressVisitor.
	ClientAddress intercept.AddressPolicy
	// VisitorRate and AddressRate bound how often each visitor and each address may call. The zero Rates set no bound.
	VisitorRate, AddressRate intercept.Rate
	// Deadline bounds unary calls that bring no deadline. Default 15 s.
	Deadline time.Duration
	// MaxRequestBytes bounds one request. Default 4 MiB.
	MaxRequestBytes int
	// StreamsPerCaller and StreamsInAll bound open streams. Defaults 32 and 10,000.
	StreamsPerCaller, StreamsInAll int
	// StuckAfter is how long one event may wait for a stream's reader to take it before the reader loses its places in the rooms. One that
	// reads again within StuckFor is told goodbye, any other is cut off. Defaults 30 s and 5 min.
	StuckAfter, StuckFor time.Duration
	// UpstreamCheck is how often Rocket.Chat is asked whether it is there. Default 15 s.
	UpstreamCheck time.Duration
	// Metrics are counted into; nil makes new ones.
	Metrics *observe.Metrics
	// Hub keeps the rooms that are followed; nil makes one. Shutdown closes it.
	Hub *follow.Hub
}

func (o Options) withDefaults() Options {
	if o.ClientAddress == "" {
		o.ClientAddress = intercept.AddressVisitor
	}
	if o.Deadline == 0 {
		o.Deadline = 15 * time.Second
	}
	if o.MaxRequestBytes == 0 {
		o.MaxRequestBytes = 4 << 20
	}
	if o.StreamsPerCaller == 0 {
		o.StreamsPerCaller = 32
	}
	if o.StreamsInAll == 0 {
		o.StreamsInAll = 10_000
	}
	if o.StuckAfter == 0 {
		o.StuckAfter = 30 * time.Second
	}
	if o.StuckFor == 0 {
		o.StuckFor = 5 * time.Minute
	}
	if o.UpstreamCheck == 0 {
		o.UpstreamCheck = 15 * time.Second
	}
	if o.Hub == nil {
		o.Hub = follow.NewHub(follow.Options{Upstream: o.Chat, Logger: o.Logger})
	}
	if o.Metrics == nil {
		o.Metrics = observe.NewMetrics(observe.Sources{Rooms: o.Hub.Rooms})
	}
	return o
}

// Server serves the contract. Make it with New, end it with Shutdown.
type Server struct {
	outer    *grpc.Server // for the network, with TLS and the bounds of a connection
	inner    *grpc.Server // for this process: one connection carries all that comes through the gateway
	health   *health.Server
	hub      *follow.Hub
	book     *once.Book
	events   *events
	inside   *bufconn.Listener
	draining chan struct{}
	drain    sync.Once
	cancel   context.CancelFunc
	work     sync.WaitGroup
}

// The bounds of a connection.
const (
	maxStreamsPerConnection = 1000
	maxHeaderBytes          = 16 << 10
	// minPing is how often a client may ping: a well-behaved one that keeps an idle connection alive pings every 20 s or less often.
	minPing = 10 * time.Second
	// A connection that is silent for keepaliveTime is asked, and closed if it does not answer within keepaliveTimeout.
	keepaliveTime    = 30 * time.Second
	keepaliveTimeout = 15 * time.Second
	// The connection inside this process needs no more to be kept busy, and a file whose reader is slow is not to pile up in it: gRPC's own
	// windows grow to 16 MiB for each stream.
	insideBuffer           = 256 << 10
	insideStreamWindow     = 256 << 10
	insideConnectionWindow = 1 << 20
	// On the network a stream's window is also how fast an upload can be: so much in one round trip.
	outsideStreamWindow     = 1 << 20
	outsideConnectionWindow = 8 << 20
	// handshakeTimeout bounds what comes before the first call on a connection: TLS, and HTTP/2's preface.
	handshakeTimeout = 10 * time.Second
)

// New makes a server. It listens nowhere until Serve, but its in-process connection works at once.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	around, err := intercept.Chain(intercept.Options{
		Logger: o.Logger, Metrics: o.Metrics, Gate: auth.Gate{Open: o.Open, Keys: o.Keys}, Deadline: o.Deadline,
		Streams: intercept.NewStreams(o.StreamsPerCaller, o.StreamsInAll), Address: o.ClientAddress,
		VisitorRate: o.VisitorRate, AddressRate: o.AddressRate,
	})
	if err != nil {
		return nil, fmt.Errorf("make the interceptors: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &Server{
		health:   health.NewServer(),
		hub:      o.Hub,
		book:     once.New(time.Now, once.Capacity),
		inside:   bufconn.Listen(insideBuffer),
		draining: make(chan struct{}),
		cancel:   cancel,
	}
	// Both have the same services behind the same interceptors, which also count the streams of both together.
	common := slices.Concat(around, []grpc.ServerOption{
		grpc.MaxRecvMsgSize(o.MaxRequestBytes), grpc.MaxHeaderListSize(maxHeaderBytes), grpc.WaitForHandlers(true),
		grpc.ForceServerCodecV2(wire.NewCodec()),
	})
	secured := insecure.NewCredentials()
	if o.TLS != nil {
		secured = credentials.NewTLS(o.TLS)
	}
	s.inner = grpc.NewServer(append(slices.Clip(common),
		grpc.StaticStreamWindowSize(insideStreamWindow), grpc.StaticConnWindowSize(insideConnectionWindow),
	)...)
	s.outer = grpc.NewServer(append(slices.Clip(common), outside(secured)...)...)
	s.events = &events{
		chat: o.Chat, hub: o.Hub, metrics: o.Metrics, draining: s.draining, patience: patience{stuck: o.StuckAfter, gone: o.StuckFor},
		crew: newCrew(),
	}
	space := &workspace{chat: o.Chat, logger: o.Logger, address: intercept.OwnAddress(o.ClientAddress)}
	visitorService := &visitors{chat: o.Chat, hub: o.Hub}
	roomService := &rooms{
		chat: o.Chat, workspace: space, book: s.book, files: &fileRules{workspace: space}, proofs: newFileProofs(o.Chat, time.Now),
		hub: o.Hub,
	}
	messageService := &messages{
		chat: o.Chat, workspace: space, book: s.book, claims: once.New(time.Now, 8*once.Capacity), hub: o.Hub, typists: newTypists(time.Now),
	}
	for _, g := range []*grpc.Server{s.inner, s.outer} {
		livechatv1.RegisterVisitorServiceServer(g, visitorService)
		livechatv1.RegisterRoomServiceServer(g, roomService)
		livechatv1.RegisterMessageServiceServer(g, messageService)
		livechatv1.RegisterConfigServiceServer(g, &configs{chat: o.Chat, workspace: space})
		livechatv1.RegisterEventServiceServer(g, s.events)
		livechatv1.RegisterAgentServiceServer(g, &agents{chat: o.Chat, workspace: space})
		livechatv1.RegisterSessionServiceServer(g, livechatv1.UnimplementedSessionServiceServer{})
		healthv1.RegisterHealthServer(g, s.health)
		reflection.Register(g)
		o.Metrics.GRPC.InitializeMetrics(g)
	}

	s.work.Go(func() { _ = s.inner.Serve(s.inside) }) // ends with Shutdown
	s.work.Go(func() {
		monitor{chat: o.Chat, health: s.health, metrics: o.Metrics, logger: o.Logger, every: o.UpstreamCheck}.run(ctx)
	})
	return s, nil
}

// outside are the bounds of a connection from the network.
func outside(secured credentials.TransportCredentials) []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.Creds(secured),
		grpc.MaxConcurrentStreams(maxStreamsPerConnection),
		grpc.StaticStreamWindowSize(outsideStreamWindow), grpc.StaticConnWindowSize(outsideConnectionWindow),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: minPing, PermitWithoutStream: true}),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
		grpc.ConnectionTimeout(handshakeTimeout),
	}
}

// Serve accepts connections until Shutdown, and then returns nil. It may be called for several listeners.
func (s *Server) Serve(lis net.Listener) error {
	err := s.outer.Serve(lis)
	if errors.Is(err, grpc.ErrServerStopped) {
		return nil
	}
	return err
}

// ClientConn returns a connection to this server from within the process. It passes the same interceptors as every other, may say which
// address its callers have, and carries any number of streams.
func (s *Server) ClientConn() (*grpc.ClientConn, error) {
	return grpc.NewClient("passthrough:///rocketline",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return s.inside.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStaticStreamWindowSize(insideStreamWindow), grpc.WithStaticConnWindowSize(insideConnectionWindow),
	)
}

// Drain begins the end: it is no longer ready, and every stream says goodbye. Calls that are under way go on.
func (s *Server) Drain() {
	s.drain.Do(func() {
		s.health.Shutdown()
		close(s.draining)
	})
}

// Draining tells whether the end has begun.
func (s *Server) Draining() bool {
	select {
	case <-s.draining:
		return true
	default:
		return false
	}
}

// UpstreamUp tells whether Rocket.Chat answered when it was last asked.
func (s *Server) UpstreamUp() bool {
	answer, err := s.health.Check(context.Background(), &healthv1.HealthCheckRequest{Service: UpstreamHealth})
	return err == nil && answer.GetStatus() == healthv1.HealthCheckResponse_SERVING
}

// Shutdown drains, waits for the calls that are under way, at most until ctx ends, and stops.
func (s *Server) Shutdown(ctx context.Context) error {
	s.Drain()
	s.cancel()
	done := make(chan struct{})
	go func() {
		var both sync.WaitGroup
		both.Go(s.inner.GracefulStop)
		both.Go(s.outer.GracefulStop)
		both.Wait()
		close(done)
	}()
	var err error
	select {
	case <-done:
	case <-ctx.Done():
		err = fmt.Errorf("calls were cut off: %w", ctx.Err())
		s.book.Close()
		s.inner.Stop()
		s.outer.Stop()
		<-done
	}
	s.events.crew.end()
	s.book.Close()
	s.hub.Close()
	s.work.Wait()
	return err
}
