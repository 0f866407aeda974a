package intercept_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/server/intercept"
)

// clock stands still until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newClock() *clock { return &clock{at: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)} }

// idle are handlers that do nothing.
var idle = handlers{
	unary: func(context.Context, *livechatv1.GetConfigRequest) error { return nil },
	stream: func(grpc.ServerStreamingServer[livechatv1.SubscribeResponse], *livechatv1.SubscribeRequest) error {
		return nil
	},
}

// ask makes a call as a visitor, from an address; either may be empty.
func (e *edge) ask(ctx context.Context, visitor, address string) error {
	if visitor != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+visitor)
	}
	if address != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "x-client-address", address)
	}
	_, err := e.config.GetConfig(ctx, &livechatv1.GetConfigRequest{})
	return err
}

// checkLimited checks that a call was refused for that limit, with that advice.
func checkLimited(t *testing.T, err error, limit string, wait time.Duration) {
	t.Helper()
	st := status.Convert(err)
	if st.Code() != codes.ResourceExhausted {
		t.Fatalf("%v, want it refused for the limit of the %s", err, limit)
	}
	for _, d := range st.Details() {
		switch d := d.(type) {
		case *errdetails.ErrorInfo:
			if d.GetReason() != "RATE_LIMITED" || d.GetMetadata()["limit"] != limit {
				t.Errorf("%v, want the limit of the %s", d, limit)
			}
		case *errdetails.RetryInfo:
			if got := d.GetRetryDelay().AsDuration(); got != wait {
				t.Errorf("advice to wait %v, want %v", got, wait)
			}
		}
	}
	if len(st.Details()) != 2 {
		t.Errorf("details %v", st.Details())
	}
}

func TestAVisitorMayCallAtOnceAndThenAtAPace(t *testing.T) {
	at := newClock()
	e := serve(t, idle, intercept.Options{VisitorRate: intercept.Rate{PerSecond: 2, Burst: 3}, Now: at.now})
	use := func(n int) {
		t.Helper()
		for i := range n {
			if err := e.ask(t.Context(), "vera", ""); err != nil {
				t.Fatalf("call %d: %v", i+1, err)
			}
		}
		for range 3 { // refused calls do not make it worse
			checkLimited(t, e.ask(t.Context(), "vera", ""), "visitor", 500*time.Millisecond)
		}
	}
	use(3)
	if err := e.ask(t.Context(), "zoe", ""); err != nil {
		t.Errorf("another visitor pays for it: %v", err)
	}
	at.move(500 * time.Millisecond)
	use(1)
	at.move(time.Hour)
	use(3)
	for range 10 {
		if err := e.ask(t.Context(), "", ""); err != nil {
			t.Errorf("who is no visitor: %v", err)
		}
	}
	if line := e.log(t); !strings.Contains(fmt.Sprint(line), "RATE_LIMITED") || strings.Contains(fmt.Sprint(line), "vera") {
		t.Errorf("%v", line)
	}
	recorder := httptest.NewRecorder()
	observe.Admin(e.metrics.Registry, func() bool { return true }, func() bool { return true }).
		ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if want := `rocketline_limited_total{limit="visitor"} 9`; !strings.Contains(recorder.Body.String(), want) {
		t.Errorf("the metrics lack %s", want)
	}
}

func TestAnAddressIsSharedByAllWhoCallFromIt(t *testing.T) {
	at := newClock()
	e := serve(t, idle, intercept.Options{
		VisitorRate: intercept.Rate{PerSecond: 1, Burst: 2}, AddressRate: intercept.Rate{PerSecond: 1, Burst: 3}, Now: at.now,
	})
	const here, nearby, there = "2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"
	allowed := func(visitor, address string) {
		t.Helper()
		if err := e.ask(t.Context(), visitor, address); err != nil {
			t.Fatalf("%s at %s: %v", visitor, address, err)
		}
	}
	allowed("vera", here)
	allowed("vera", here)
	checkLimited(t, e.ask(t.Context(), "vera", here), "visitor", time.Second) // and nobody else pays for it
	allowed("", nearby)                                                       // of the same network
	checkLimited(t, e.ask(t.Context(), "", here), "address", time.Second)
	checkLimited(t, e.ask(t.Context(), "zoe", nearby), "address", time.Second)
	allowed("ida", there)
	allowed("uma", "192.0.2.1")
	allowed("uma", "") // an address that is only remembered, or made up, is nobody's
	for range 10 {
		allowed("", "")
	}
	at.move(time.Second)
	allowed("", here)
	checkLimited(t, e.ask(t.Context(), "", here), "address", time.Second)
}

func TestWhatCountsAsACall(t *testing.T) {
	tests := map[string]struct {
		call  func(t *testing.T, e *edge) error
		wants codes.Code
		costs int
	}{
		"a call": {func(t *testing.T, e *edge) error { return e.ask(t.Context(), "aToken", "") }, codes.OK, 1},
		"a request that breaks a rule": {func(t *testing.T, e *edge) error {
			return e.subscribe(t.Context(), &livechatv1.SubscribeRequest{RoomIds: []string{"a/b"}})
		}, codes.InvalidArgument, 1},
		"a stream, however much it tells": {func(t *testing.T, e *edge) error {
			stream, err := e.events.Subscribe(metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer aToken"),
				&livechatv1.SubscribeRequest{})
			for err == nil {
				_, err = stream.Recv()
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}, codes.OK, 1},
		"a credential that is none": {func(t *testing.T, e *edge) error { return e.ask(t.Context(), "a Token", "") }, codes.Unauthenticated, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			many := idle
			many.stream = func(s grpc.ServerStreamingServer[livechatv1.SubscribeResponse], _ *livechatv1.SubscribeRequest) error {
				for range 20 {
					if err := s.Send(&livechatv1.SubscribeResponse{}); err != nil {
						return err
					}
				}
				return nil
			}
			e := serve(t, many, intercept.Options{VisitorRate: intercept.Rate{PerSecond: 1, Burst: 5}, Now: newClock().now})
			if err := tt.call(t, e); status.Code(err) != tt.wants {
				t.Fatalf("%v, want %v", err, tt.wants)
			}
			left := 0
			for e.ask(t.Context(), "aToken", "") == nil {
				left++
			}
			if 5-left != tt.costs {
				t.Errorf("costs %d calls, want %d", 5-left, tt.costs)
			}
		})
	}
}

func TestWithoutARateNobodyIsLimited(t *testing.T) {
	e := serve(t, idle, intercept.Options{Now: newClock().now})
	for range 300 {
		if err := e.ask(t.Context(), "vera", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
	}
}
