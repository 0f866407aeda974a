package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server"
)

func TestEveryCallHasARequestID(t *testing.T) {
	s := newSite(t, setup{})
	for name, tt := range map[string]struct {
		sent []string
		kept bool
	}{
		"brought":             {[]string{"Req_1.2-3"}, true},
		"the longest":         {[]string{strings.Repeat("x", 64)}, true},
		"none":                {nil, false},
		"empty":               {[]string{""}, false},
		"too long":            {[]string{strings.Repeat("x", 65)}, false},
		"two":                 {[]string{"a", "b"}, false},
		"a forged log line":   {[]string{`x","level":"ERROR`}, false},
		"words with a space":  {[]string{"two words"}, false},
		"a path, or a secret": {[]string{"../etc/passwd"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := s.context()
			for _, id := range tt.sent {
				ctx = with(ctx, "x-request-id", id)
			}
			for what, call := range map[string]func(metadata.MD) metadata.MD{
				"answered": func(header metadata.MD) metadata.MD {
					_, err := s.config.GetConfig(ctx, &livechatv1.GetConfigRequest{}, grpc.Header(&header))
					if err != nil {
						t.Error(err)
					}
					return header
				},
				"refused": func(header metadata.MD) metadata.MD {
					_, err := s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{}, grpc.Header(&header))
					refuses(t, err, noCredential)
					return header
				},
				"refused, a stream": func(metadata.MD) metadata.MD {
					stream, err := s.events.Subscribe(ctx, &livechatv1.SubscribeRequest{})
					if err != nil {
						t.Fatal(err)
					}
					_, err = stream.Recv()
					refuses(t, err, noCredential)
					header, _ := stream.Header()
					if header.Len() == 0 {
						header = stream.Trailer() // a stream without an answer has only one block of them
					}
					return header
				},
			} {
				got := call(metadata.MD{}).Get("x-request-id")
				if len(got) != 1 || tt.kept != (len(tt.sent) == 1 && got[0] == tt.sent[0]) || len(got[0]) < 4 {
					t.Fatalf("%s: request ids %q", what, got)
				}
				if lines := s.log.of(t, got[0]); len(lines) == 0 {
					t.Errorf("%s: no log line has the request id %s", what, got[0])
				}
			}
		})
	}
}

func TestAPanicEndsOneCallAndNothingElse(t *testing.T) {
	s := newSite(t, setup{chat: rocketchat.Options{Observe: func(op, _ string, _ time.Duration) {
		if op == "get visitor" { // the handler's own goroutine calls it
			panic("the vase fell: secret words")
		}
	}}})
	var header metadata.MD
	_, err := s.visitors.GetVisitor(s.visitor(), &livechatv1.GetVisitorRequest{}, grpc.Header(&header))
	refuses(t, err, told{Code: codes.Internal, Reason: "INTERNAL"})
	if strings.Contains(err.Error(), "vase") || strings.Contains(err.Error(), ".go") {
		t.Errorf("the caller is told %v", err)
	}
	s.loggedOnce(t, header, told{Code: codes.Internal, Reason: "INTERNAL"})
	if !strings.Contains(s.log.String(), "the vase fell") || !strings.Contains(s.log.String(), "visitors.go") {
		t.Error("nobody can find out where it happened")
	}
	if _, err := s.config.GetConfig(s.context(), &livechatv1.GetConfigRequest{}); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func TestStreamsAreLimited(t *testing.T) {
	for name, tt := range map[string]struct {
		limits  server.Options
		same    bool // may the same caller open one more
		another bool // may another
	}{
		"of one caller": {server.Options{StreamsPerCaller: 1, StreamsInAll: 5}, false, true},
		"in all":        {server.Options{StreamsPerCaller: 5, StreamsInAll: 1}, false, false},
		"not yet":       {server.Options{StreamsPerCaller: 2, StreamsInAll: 3}, true, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, setup{server: tt.limits})
			full := told{Code: codes.ResourceExhausted, Reason: "TOO_MANY_STREAMS", Retry: true}
			attempt := func(ctx context.Context) (context.CancelFunc, error) {
				ctx, cancel := context.WithCancel(ctx)
				t.Cleanup(cancel)
				stream, err := s.events.Subscribe(ctx, &livechatv1.SubscribeRequest{})
				if err == nil {
					_, err = stream.Recv()
				}
				return func() {
					cancel()
					for err == nil {
						_, err = stream.Recv()
					}
				}, err
			}
			ctx, other := s.visitor(), s.visitor()
			s.open(ctx)
			s.open(other)
			end, err := attempt(ctx)
			if err != nil {
				t.Fatal(err)
			}
			for who, more := range map[string]struct {
				ctx context.Context
				may bool
			}{"the same": {ctx, tt.same}, "another": {other, tt.another}} {
				end, err := attempt(more.ctx)
				if more.may && err != nil {
					t.Errorf("%s: %v", who, err)
				} else if !more.may {
					refuses(t, err, full)
				}
				end()
			}
			end()
			// The place is free once the server has noticed the end.
			for {
				_, err := attempt(ctx)
				if err == nil {
					return
				}
				refuses(t, err, full)
			}
		})
	}
}

func TestARequestThatIsTooLargeEndsTheCallAlone(t *testing.T) {
	s := newSite(t, setup{server: server.Options{MaxRequestBytes: 1 << 10}})
	ctx := s.visitor()
	room := s.open(ctx)
	_, err := s.messages.SendMessage(ctx, request(room, strings.Repeat("x", 2<<10), ""))
	if err == nil {
		t.Error("a limit of 1 KiB took 2")
	}
	s.say(ctx, room, "short")
}

func TestTheRequestIDIsTheOnlyMetadataThatGoesBack(t *testing.T) {
	s := newSite(t, setup{})
	var header, trailer metadata.MD
	_, err := s.visitors.GetVisitor(bearer(s.context(), "nobodysToken"), &livechatv1.GetVisitorRequest{}, grpc.Header(&header), grpc.Trailer(&trailer))
	refuses(t, err, visitorUnknown)
	for name := range metadata.Join(header, trailer) {
		if name != "x-request-id" && name != "content-type" && name != "grpc-status-details-bin" {
			t.Errorf("%s: %q", name, metadata.Join(header, trailer).Get(name))
		}
	}
}
