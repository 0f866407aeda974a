package gateway_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/test/bufconn"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// services are a gRPC server's, all unimplemented but for what a test gives.
type services struct {
	livechatv1.UnimplementedVisitorServiceServer
	livechatv1.UnimplementedRoomServiceServer
	livechatv1.UnimplementedMessageServiceServer
	livechatv1.UnimplementedEventServiceServer
	livechatv1.UnimplementedAgentServiceServer
	livechatv1.UnimplementedConfigServiceServer
	livechatv1.UnimplementedSessionServiceServer

	// answer answers every unary call; nil leaves them unimplemented.
	answer func(ctx context.Context, req any) (any, error)
	// subscribe answers Subscribe.
	subscribe func(*livechatv1.SubscribeRequest, grpc.ServerStreamingServer[livechatv1.SubscribeResponse]) error
	// upload answers UploadFile, and download DownloadFile.
	upload   func(uploads) error
	download func(*livechatv1.DownloadFileRequest, downloads) error
	// header is sent with every answer.
	header metadata.MD

	mu    sync.Mutex
	calls []received
}

// received is a call as it reached the services.
type received struct {
	method string
	md     metadata.MD
	req    any
}

func (s *services) record(ctx context.Context, method string, req any) {
	md, _ := metadata.FromIncomingContext(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, received{method, md, req})
}

// received returns the calls so far.
func (s *services) received() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.calls...)
}

func (s *services) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	s.record(ctx, info.FullMethod, req)
	if err := grpc.SetHeader(ctx, s.header); err != nil {
		return nil, err
	}
	if s.answer != nil {
		return s.answer(ctx, req)
	}
	return next(ctx, req)
}

func (s *services) stream(srv any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	s.record(stream.Context(), info.FullMethod, nil)
	if err := stream.SetHeader(s.header); err != nil {
		return err
	}
	return next(srv, stream)
}

// Subscribe implements EventService.
func (s *services) Subscribe(req *livechatv1.SubscribeRequest, stream grpc.ServerStreamingServer[livechatv1.SubscribeResponse]) error {
	if s.subscribe == nil {
		return s.UnimplementedEventServiceServer.Subscribe(req, stream)
	}
	return s.subscribe(req, stream)
}

// UploadFile implements RoomService.
func (s *services) UploadFile(stream uploads) error {
	if s.upload == nil {
		return s.UnimplementedRoomServiceServer.UploadFile(stream)
	}
	return s.upload(stream)
}

// DownloadFile implements RoomService.
func (s *services) DownloadFile(req *livechatv1.DownloadFileRequest, stream downloads) error {
	if s.download == nil {
		return s.UnimplementedRoomServiceServer.DownloadFile(req, stream)
	}
	return s.download(req, stream)
}

// dial starts a real gRPC server with the services and returns a connection to it.
func dial(t *testing.T, s *services) grpc.ClientConnInterface {
	t.Helper()
	lis := bufconn.Listen(1 << 20)
	server := grpc.NewServer(grpc.UnaryInterceptor(s.unary), grpc.StreamInterceptor(s.stream))
	livechatv1.RegisterVisitorServiceServer(server, s)
	livechatv1.RegisterRoomServiceServer(server, s)
	livechatv1.RegisterMessageServiceServer(server, s)
	livechatv1.RegisterEventServiceServer(server, s)
	livechatv1.RegisterAgentServiceServer(server, s)
	livechatv1.RegisterConfigServiceServer(server, s)
	livechatv1.RegisterSessionServiceServer(server, s)
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(lis) })
	conn, err := grpc.NewClient("passthrough:///bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return lis.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = conn.Close()
		server.Stop()
		serving.Wait()
	})
	return conn
}

// start starts the gateway in front of the services, as an HTTP server.
func start(t *testing.T, s *services, o gateway.Options) *httptest.Server {
	t.Helper()
	if o.Conn == nil {
		o.Conn = dial(t, s)
	}
	handler, err := gateway.New(o)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// request is an HTTP request in a table.
type request struct {
	method, path, body string
	header             http.Header
}

// answer is an HTTP response, read to its end.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends the request and reads the response.
func do(t *testing.T, server *httptest.Server, r request) answer {
	t.Helper()
	if r.method == "" {
		r.method = http.MethodGet
	}
	req, err := http.NewRequestWithContext(t.Context(), r.method, server.URL+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range r.header {
		req.Header[k] = v
	}
	return read(t, server, req)
}

// read sends a request and reads the response to its end.
func read(t *testing.T, server *httptest.Server, req *http.Request) answer {
	t.Helper()
	resp, err := server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

// problem is the part of an error's body that tests look at.
type problem struct {
	Code    int
	Message string
	Details []struct {
		Type            string `json:"@type"`
		Reason, Domain  string
		Metadata        map[string]string
		FieldViolations []struct{ Field, Description string }
	}
}

// problem decodes an error's body, and checks what every error owes.
func (a answer) problem(t *testing.T) problem {
	t.Helper()
	var p problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("the body is not an error: %v\n%s", err, a.body)
	}
	if len(p.Details) == 0 || p.Details[0].Type != "type.googleapis.com/google.rpc.ErrorInfo" || p.Details[0].Domain != "rocketline" {
		t.Fatalf("the error does not begin with our ErrorInfo: %s", a.body)
	}
	for key, want := range map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"} {
		if got := a.header.Get(key); got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	return p
}

func (p problem) reason() string { return p.Details[0].Reason }
