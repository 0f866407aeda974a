package intercept_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/durationpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/intercept"
)

// handlers are services whose methods a test makes up.
type handlers struct {
	livechatv1.UnimplementedConfigServiceServer
	livechatv1.UnimplementedEventServiceServer
	unary  func(context.Context, *livechatv1.GetConfigRequest) error
	stream func(grpc.ServerStreamingServer[livechatv1.SubscribeResponse], *livechatv1.SubscribeRequest) error
}

func (h handlers) GetConfig(ctx context.Context, req *livechatv1.GetConfigRequest) (*livechatv1.GetConfigResponse, error) {
	return &livechatv1.GetConfigResponse{}, h.unary(ctx, req)
}

func (h handlers) Subscribe(req *livechatv1.SubscribeRequest, stream grpc.ServerStreamingServer[livechatv1.SubscribeResponse]) error {
	return h.stream(stream, req)
}

// edge is a real server with the whole chain around made-up handlers, and a connection to it.
type edge struct {
	config  livechatv1.ConfigServiceClient
	events  livechatv1.EventServiceClient
	metrics *observe.Metrics
	mu      sync.Mutex
	lines   bytes.Buffer
}

func (e *edge) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lines.Write(p)
}

// log returns the lines so far.
func (e *edge) log(t *testing.T) []map[string]any {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	var lines []map[string]any
	for line := range bytes.Lines(e.lines.Bytes()) {
		var fields map[string]any
		if err := json.Unmarshal(line, &fields); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fields)
	}
	return lines
}

func serve(t *testing.T, h handlers, o intercept.Options) *edge {
	t.Helper()
	e := &edge{}
	logger, err := observe.NewLogger(e, "json", -8)
	if err != nil {
		t.Fatal(err)
	}
	o.Logger, o.Metrics, o.Gate = logger, observe.NewMetrics(observe.Sources{}), auth.Gate{Open: true}
	e.metrics = o.Metrics
	if o.Deadline == 0 {
		o.Deadline = time.Minute
	}
	if o.Streams == nil {
		o.Streams = intercept.NewStreams(10, 10)
	}
	around, err := intercept.Chain(o)
	if err != nil {
		t.Fatal(err)
	}
	srv := grpc.NewServer(append(around, grpc.WaitForHandlers(true))...)
	livechatv1.RegisterConfigServiceServer(srv, h)
	livechatv1.RegisterEventServiceServer(srv, h)
	listener := bufconn.Listen(1 << 16)
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }()
	t.Cleanup(func() {
		srv.Stop()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	conn, err := grpc.NewClient("passthrough:///edge", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	e.config, e.events = livechatv1.NewConfigServiceClient(conn), livechatv1.NewEventServiceClient(conn)
	return e
}

// subscribe opens a stream and returns what its first receive brings.
func (e *edge) subscribe(ctx context.Context, req *livechatv1.SubscribeRequest) error {
	stream, err := e.events.Subscribe(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer aToken"), req)
	if err == nil {
		_, err = stream.Recv()
	}
	return err
}

// reason is that of an error's ErrorInfo.
func reason(err error) string {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}

func TestWhatAHandlerReturnsIsWhatTheCallerMayKnow(t *testing.T) {
	const secret = "the table users is missing"
	for name, fail := range map[string]func() error{
		"a plain error": func() error { return errors.New(secret) },
		"a panic":       func() error { panic(secret) },
		"an index":      func() error { return []error{}[len(secret)] },
	} {
		t.Run(name, func(t *testing.T) {
			e := serve(t, handlers{
				unary: func(context.Context, *livechatv1.GetConfigRequest) error { return fail() },
				stream: func(grpc.ServerStreamingServer[livechatv1.SubscribeResponse], *livechatv1.SubscribeRequest) error {
					return fail()
				},
			}, intercept.Options{})
			_, unary := e.config.GetConfig(t.Context(), &livechatv1.GetConfigRequest{})
			for shape, err := range map[string]error{"unary": unary, "stream": e.subscribe(t.Context(), &livechatv1.SubscribeRequest{})} {
				if status.Code(err) != codes.Internal || reason(err) != "INTERNAL" || strings.Contains(err.Error(), secret) {
					t.Errorf("%s: %v with reason %q", shape, err, reason(err))
				}
			}
			calls, panics := 0, 0
			for _, line := range e.log(t) {
				switch {
				case line["msg"] == "call" && line["level"] == "ERROR" && line["request_id"] != nil:
					calls++
				case strings.Contains(line["msg"].(string), "panicked") && strings.Contains(line["stack"].(string), "chain_test.go"):
					panics++
				}
			}
			if want := map[bool]int{true: 0, false: 2}[name == "a plain error"]; calls != 2 || panics != want {
				t.Errorf("%d calls and %d panics are logged, want 2 and %d: %v", calls, panics, want, e.log(t))
			}
		})
	}
}

func TestADeadlineIsGivenOnlyToCallsWithoutOne(t *testing.T) {
	left := make(chan time.Duration, 1)
	e := serve(t, handlers{
		unary: func(ctx context.Context, _ *livechatv1.GetConfigRequest) error {
			at, ok := ctx.Deadline()
			if !ok {
				return errors.New("no deadline")
			}
			left <- time.Until(at)
			return nil
		},
		stream: func(s grpc.ServerStreamingServer[livechatv1.SubscribeResponse], _ *livechatv1.SubscribeRequest) error {
			if at, ok := s.Context().Deadline(); ok {
				t.Errorf("a stream has to end at %v", at)
			}
			return nil
		},
	}, intercept.Options{Deadline: time.Minute})
	ask := func(ctx context.Context) time.Duration {
		t.Helper()
		if _, err := e.config.GetConfig(ctx, &livechatv1.GetConfigRequest{}); err != nil {
			t.Fatal(err)
		}
		return <-left
	}
	if got := ask(t.Context()); got <= 50*time.Second || got > time.Minute {
		t.Errorf("without one: %v left, want a minute", got)
	}
	long, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	if got := ask(long); got < 59*time.Minute {
		t.Errorf("with an hour: %v left", got)
	}
	_ = e.subscribe(t.Context(), &livechatv1.SubscribeRequest{})
}

func TestACallThatOutstaysItsDeadlineIsEnded(t *testing.T) {
	e := serve(t, handlers{unary: func(ctx context.Context, _ *livechatv1.GetConfigRequest) error {
		<-ctx.Done()
		return ctx.Err()
	}}, intercept.Options{Deadline: time.Millisecond})
	_, err := e.config.GetConfig(t.Context(), &livechatv1.GetConfigRequest{})
	if status.Code(err) != codes.DeadlineExceeded || reason(err) != "CALL_ENDED" {
		t.Errorf("%v with reason %q", err, reason(err))
	}
}

func TestRequestsOfStreamsAreCheckedToo(t *testing.T) {
	e := serve(t, handlers{stream: func(grpc.ServerStreamingServer[livechatv1.SubscribeResponse], *livechatv1.SubscribeRequest) error {
		t.Error("the handler was called")
		return nil
	}}, intercept.Options{})
	for name, req := range map[string]*livechatv1.SubscribeRequest{
		"room_ids[0]":        {RoomIds: []string{"a/b"}},
		"room_ids":           {RoomIds: []string{"a", "a"}},
		"heartbeat_interval": {HeartbeatInterval: durationpb.New(time.Second)},
	} {
		err := e.subscribe(t.Context(), req)
		if status.Code(err) != codes.InvalidArgument || reason(err) != "FIELD_INVALID" || !strings.Contains(err.Error(), name+":") {
			t.Errorf("%s: %v with reason %q", name, err, reason(err))
		}
	}
}

func TestAnEndedStreamMakesRoom(t *testing.T) {
	in, out := make(chan struct{}), make(chan struct{})
	e := serve(t, handlers{stream: func(grpc.ServerStreamingServer[livechatv1.SubscribeResponse], *livechatv1.SubscribeRequest) error {
		in <- struct{}{}
		<-out
		return nil
	}}, intercept.Options{Streams: intercept.NewStreams(2, 3)})
	ended := make(chan error)
	enter := func() {
		t.Helper()
		go func() { ended <- e.subscribe(t.Context(), &livechatv1.SubscribeRequest{}) }()
		<-in
	}
	leave := func() {
		out <- struct{}{}
		<-ended
	}
	for range 3 { // over and over: nothing is counted twice, or for ever
		enter()
		enter()
		err := e.subscribe(t.Context(), &livechatv1.SubscribeRequest{})
		if status.Code(err) != codes.ResourceExhausted || reason(err) != "TOO_MANY_STREAMS" {
			t.Fatalf("the third: %v with reason %q", err, reason(err))
		}
		leave()
		enter()
		leave()
		leave()
	}
}
