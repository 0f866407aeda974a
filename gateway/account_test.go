package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// journal is a log and an observer's notes. The last line of a request may be written after its answer was read, so it is only read
// after the server has closed.
type journal struct {
	mu    sync.Mutex
	log   bytes.Buffer
	notes []note
}

type note struct {
	Route, Method string
	Status        int
}

// Write implements io.Writer.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.log.Write(p)
}

func (j *journal) options() gateway.Options {
	return gateway.Options{
		Logger: slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Observe: func(route, method string, status int, _ time.Duration) {
			j.mu.Lock()
			defer j.mu.Unlock()
			j.notes = append(j.notes, note{route, method, status})
		},
	}
}

func TestEachRequestIsLoggedAndObservedOnce(t *testing.T) {
	const secret = "s3cr3t"
	tests := map[string]struct {
		request
		want note
		id   string
	}{
		"a call by the template of its route": {
			request{path: "/v1/rooms/" + secret + "/messages/" + secret, header: http.Header{
				"Authorization": {"Bearer " + secret}, "X-Api-Key": {secret}, "Cookie": {secret}, "X-Request-Id": {"req-7"},
			}}, note{"/v1/rooms/{room_id}/messages/{message_id}", "GET", 200}, "req-7",
		},
		"a refused query without its value": {request{path: "/v1/visitors/me?token=" + secret}, note{"/v1/visitors/me", "GET", 400}, ""},
		"a refused body without its value": {
			request{method: "POST", path: "/v1/sessions:login", body: `{"password":"` + secret + `"`}, note{"/v1/sessions:login", "POST", 400}, "",
		},
		"a refused call by the client's request id": {
			request{path: "/v1/rooms?x=1", header: http.Header{"X-Request-Id": {"req-7"}}}, note{"/v1/rooms", "GET", 400}, "req-7",
		},
		"an unknown path as unmatched":        {request{path: "/v1/" + secret}, note{"unmatched", "GET", 404}, ""},
		"an unknown method as OTHER":          {request{method: strings.ToUpper(secret), path: "/v1/rooms"}, note{"/v1/rooms", "OTHER", 405}, ""},
		"a stream when it ends":               {request{path: "/v1/events?cursor=" + secret}, note{"/v1/events", "GET", 200}, ""},
		"a download by the template, as well": {request{path: "/v1/rooms/r/messages/m/files/" + secret}, note{"/v1/rooms/{room_id}/messages/{message_id}/files/{file_id}", "GET", 501}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			j := &journal{}
			s := &services{answer: empty, subscribe: say(errors.New(secret), subscribed())}
			server := start(t, s, j.options())
			answer := do(t, server, tt.request)
			server.Close()
			if diff := cmp.Diff([]note{tt.want}, j.notes); diff != "" {
				t.Error(diff)
			}
			var line struct {
				Msg, Method, Route string
				Status             int
				RequestID          string `json:"request_id"`
				Took               *int64
			}
			lines := strings.Split(strings.TrimSpace(j.log.String()), "\n")
			if err := json.Unmarshal([]byte(lines[len(lines)-1]), &line); err != nil {
				t.Fatal(err)
			}
			if tt.id == "" {
				tt.id = answer.header.Get("X-Request-Id")
			}
			if got := (note{line.Route, line.Method, line.Status}); got != tt.want || line.RequestID != tt.id || line.Took == nil {
				t.Errorf("%s", j.log.String())
			}
			if strings.Contains(strings.ToLower(lines[len(lines)-1]), secret) {
				t.Errorf("the log keeps a secret: %s", j.log.String())
			}
		})
	}
}

func TestACallEndsWithItsClient(t *testing.T) {
	j := &journal{}
	ctx, hangUp := context.WithCancel(t.Context())
	gone := make(chan struct{})
	s := &services{answer: func(ctx context.Context, _ any) (any, error) {
		hangUp()
		<-ctx.Done()
		close(gone)
		return nil, ctx.Err()
	}}
	server := start(t, s, j.options())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/v1/rooms/r1", nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := server.Client().Do(req); err == nil {
		_ = resp.Body.Close()
		t.Error("the call was answered")
	}
	<-gone
	server.Close()
	if diff := cmp.Diff([]note{{"/v1/rooms/{room_id}", "GET", 499}}, j.notes); diff != "" {
		t.Error(diff)
	}
}

// faulty is a connection whose use panics.
type faulty struct{ grpc.ClientConnInterface }

// Invoke implements grpc.ClientConnInterface.
func (faulty) Invoke(context.Context, string, any, any, ...grpc.CallOption) error { panic("a fault") }

// NewStream implements grpc.ClientConnInterface.
func (faulty) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	return &faultyStream{}, nil
}

// faultyStream gives one event and panics.
type faultyStream struct {
	grpc.ClientStream
	given bool
}

// Header implements grpc.ClientStream.
func (*faultyStream) Header() (metadata.MD, error) { return nil, nil }

// SendMsg implements grpc.ClientStream.
func (*faultyStream) SendMsg(any) error { return nil }

// CloseSend implements grpc.ClientStream.
func (*faultyStream) CloseSend() error { return nil }

// RecvMsg implements grpc.ClientStream.
func (s *faultyStream) RecvMsg(m any) error {
	if s.given {
		panic("a fault")
	}
	s.given = true
	m.(*livechatv1.SubscribeResponse).Event = subscribed().GetEvent()
	return nil
}

func TestPanics(t *testing.T) {
	j := &journal{}
	o := j.options()
	o.Conn = faulty{}
	server := start(t, nil, o)
	t.Run("a panic is answered 500, and the process lives", func(t *testing.T) {
		for range 2 {
			got := do(t, server, request{path: "/v1/rooms/r1"})
			if p := got.problem(t); got.status != http.StatusInternalServerError || p.reason() != "INTERNAL" || strings.Contains(got.body, "a fault") {
				t.Errorf("answer %d %s", got.status, got.body)
			}
		}
	})
	t.Run("a panic in the middle of a stream breaks it off", func(t *testing.T) {
		resp := open(t, server, "/v1/events", nil)
		if body, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("the stream seems whole: %s", body)
		}
	})
	server.Close()
	t.Run("a panic is logged with its stack", func(t *testing.T) {
		if log := j.log.String(); strings.Count(log, `"panic":"a fault"`) != 3 || !strings.Contains(log, "account_test.go") {
			t.Error(log)
		}
		if len(j.notes) != 3 || j.notes[0].Status != 500 {
			t.Errorf("%v", j.notes)
		}
	})
}

func TestOptionsThatCannotBeMeant(t *testing.T) {
	tests := map[string]gateway.Options{
		"no connection":                   {},
		"an origin with a path":           {Conn: faulty{}, CORSOrigins: []string{"https://a.example/"}},
		"an origin with a wildcard in it": {Conn: faulty{}, CORSOrigins: []string{"https://*.example"}},
		"an origin without a scheme":      {Conn: faulty{}, CORSOrigins: []string{"a.example"}},
		"a proxy that is no address":      {Conn: faulty{}, TrustedProxies: []netip.Prefix{{}}},
	}
	for name, o := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := gateway.New(o); err == nil {
				t.Error("taken")
			}
		})
	}
}
