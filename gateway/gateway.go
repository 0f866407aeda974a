// Package gateway is the HTTP edge: it answers the contract's methods as REST and follows conversations as server-sent events or
// newline-delimited JSON, by calling the gRPC services through a client connection.
//
// Nothing crosses by default. A request's headers, query keys and body fields are those of the contract or they are refused or left
// behind, and every failure is a google.rpc.Status as JSON with an ErrorInfo in it.
package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

const (
	defaultMaxBodyBytes = 1 << 20
	// The services say goodbye to a reader that has taken nothing for 30 s. One that then reads again has some time to hear it.
	defaultStreamWriteTimeout = 45 * time.Second
)

// Options say what the gateway stands in front of, and whom it trusts. Conn is required; everything else has a safe default.
type Options struct {
	// Conn leads to the gRPC services, with all of their interceptors: in production a connection into the same process.
	Conn grpc.ClientConnInterface
	// CORSOrigins are the origins whose pages may call, written as browsers send them ("https://example.org"), or "*" for all.
	// None by default. Credentials in the browser's sense (cookies) are never allowed.
	CORSOrigins []string
	// TrustedProxies are the addresses of peers whose X-Forwarded-For and X-Real-IP are believed. None by default.
	TrustedProxies []netip.Prefix
	// MaxBodyBytes bounds a request's body; a larger one is answered 413. 0 means 1 MiB. File uploads are not bound by it.
	MaxBodyBytes int64
	// StreamWriteTimeout bounds each write on an event stream, so that a reader that has stopped reading is let go. 0 means 45 s.
	StreamWriteTimeout time.Duration
	// Logger takes one line a request, and what went wrong inside. Nil discards.
	Logger *slog.Logger
	// Observe is told of every request when it has ended: the route's template or "unmatched" (never an id), the method or "OTHER",
	// the status and how long it took. Nil observes nothing.
	Observe func(route, method string, status int, took time.Duration)
}

// edge carries one request after another from HTTP to gRPC and back.
type edge struct {
	conn         grpc.ClientConnInterface
	mux          *runtime.ServeMux
	routes       *routeTable
	proxies      proxies
	maxBody      int64
	writeTimeout time.Duration
	log          *slog.Logger
	observe      func(route, method string, status int, took time.Duration)
}

// New returns the handler of all routes. It fails if the options cannot be meant so, or if the contract holds an HTTP rule that the
// gateway does not know how to serve.
func New(o Options) (http.Handler, error) {
	if o.Conn == nil {
		return nil, errors.New("gateway: no connection to the gRPC services")
	}
	e := &edge{
		conn:         noting{o.Conn},
		proxies:      proxies(o.TrustedProxies),
		maxBody:      o.MaxBodyBytes,
		writeTimeout: o.StreamWriteTimeout,
		log:          o.Logger,
		observe:      o.Observe,
	}
	if e.maxBody <= 0 {
		e.maxBody = defaultMaxBodyBytes
	}
	if e.writeTimeout <= 0 {
		e.writeTimeout = defaultStreamWriteTimeout
	}
	if e.log == nil {
		e.log = slog.New(slog.DiscardHandler)
	}
	if e.observe == nil {
		e.observe = func(string, string, int, time.Duration) {}
	}
	for _, p := range o.TrustedProxies {
		if !p.IsValid() {
			return nil, errors.New("gateway: a trusted proxy is not a valid address range")
		}
	}
	routes, err := contractRoutes(map[string]serveFunc{
		livechatv1.EventService_Subscribe_FullMethodName:   e.serveEvents,
		livechatv1.RoomService_UploadFile_FullMethodName:   e.serveUpload,
		livechatv1.RoomService_DownloadFile_FullMethodName: e.serveDownload,
	})
	if err != nil {
		return nil, fmt.Errorf("gateway: read the contract's routes: %w", err)
	}
	e.routes = routes
	if e.mux, err = e.unaryMux(); err != nil {
		return nil, fmt.Errorf("gateway: register the unary methods: %w", err)
	}
	cross, err := crossOrigin(o.CORSOrigins)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	return e.account(cross(e.recoverPanic(http.HandlerFunc(e.serve)))), nil
}

// unaryMux returns the generated handlers of all unary methods. EventService is not among them: its one route is served by hand.
func (e *edge) unaryMux() (*runtime.ServeMux, error) {
	none := func(string) (string, bool) { return "", false }
	mux := runtime.NewServeMux(
		runtime.WithMarshalerOption(runtime.MIMEWildcard, newCodec()),
		runtime.WithUnescapingMode(runtime.UnescapingModeAllCharacters),
		runtime.WithDisablePathLengthFallback(),
		runtime.WithDisableHTTPMethodOverride(),
		runtime.WithIncomingHeaderMatcher(none),
		runtime.WithOutgoingHeaderMatcher(none),
		runtime.WithOutgoingTrailerMatcher(none),
		// The metadata is made in serve, from the allow-list; here it only has to survive.
		runtime.WithMetadata(func(ctx context.Context, _ *http.Request) metadata.MD {
			md, _ := metadata.FromOutgoingContext(ctx)
			return md
		}),
		runtime.WithErrorHandler(e.unaryError),
	)
	ctx := context.Background()
	return mux, errors.Join(
		livechatv1.RegisterVisitorServiceHandlerClient(ctx, mux, livechatv1.NewVisitorServiceClient(e.conn)),
		livechatv1.RegisterRoomServiceHandlerClient(ctx, mux, livechatv1.NewRoomServiceClient(e.conn)),
		livechatv1.RegisterMessageServiceHandlerClient(ctx, mux, livechatv1.NewMessageServiceClient(e.conn)),
		livechatv1.RegisterAgentServiceHandlerClient(ctx, mux, livechatv1.NewAgentServiceClient(e.conn)),
		livechatv1.RegisterConfigServiceHandlerClient(ctx, mux, livechatv1.NewConfigServiceClient(e.conn)),
		livechatv1.RegisterSessionServiceHandlerClient(ctx, mux, livechatv1.NewSessionServiceClient(e.conn)),
	)
}
