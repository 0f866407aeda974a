package server_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/keys"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server"
)

// setup says what a test needs that is not usual. The usual: the newest Rocket.Chat, the agent ann, an open Rocketline.
type setup struct {
	workspace sandbox.Options
	chat      rocketchat.Options
	server    server.Options
	services  string // a key file; with one, Rocketline is locked
	open      bool   // open all the same
	agentless bool
}

// site is a Rocket.Chat, a real server in front of it, and a client of that server.
type site struct {
	t       *testing.T
	chat    *sandbox.Server
	server  *server.Server
	metrics *observe.Metrics
	log     *logBook
	conn    *grpc.ClientConn // in process, as the gateway's
	clients
}

// clients are the services over one connection.
type clients struct {
	visitors livechatv1.VisitorServiceClient
	rooms    livechatv1.RoomServiceClient
	messages livechatv1.MessageServiceClient
	events   livechatv1.EventServiceClient
	config   livechatv1.ConfigServiceClient
	agents   livechatv1.AgentServiceClient
}

func clientsOf(conn *grpc.ClientConn) clients {
	return clients{
		livechatv1.NewVisitorServiceClient(conn), livechatv1.NewRoomServiceClient(conn), livechatv1.NewMessageServiceClient(conn),
		livechatv1.NewEventServiceClient(conn), livechatv1.NewConfigServiceClient(conn), livechatv1.NewAgentServiceClient(conn),
	}
}

// The agent of every workspace that is not agentless.
const (
	annID   = "annsOwnId"
	annName = "Ann Bee"
)

// The services of a locked Rocketline, and their keys: one may act for visitors, the other may not.
const (
	crmKey   = "theKeyOfTheCRM-0123456789abcdefghij"
	statsKey = "theKeyOfStatistics-0123456789abcdef"
)

var services = fmt.Sprintf("services:\n"+
	"  - {name: crm, sha256: %x, grants: [visitors]}\n"+
	"  - {name: stats, sha256: %x, grants: [rooms:all]}\n",
	sha256.Sum256([]byte(crmKey)), sha256.Sum256([]byte(statsKey)))

func newSite(t *testing.T, with setup) *site {
	t.Helper()
	if with.workspace.Agents == nil && !with.agentless {
		with.workspace.Agents = []sandbox.AgentSpec{{Username: "ann", ID: annID, Name: annName}}
	}
	chat, err := sandbox.New(with.workspace)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = chat.Close() })
	return newReplica(t, chat, with)
}

// newReplica runs a Rocketline of its own in front of a Rocket.Chat that is there already.
func newReplica(t *testing.T, chat *sandbox.Server, with setup) *site {
	t.Helper()
	book := &logBook{}
	logger, err := observe.NewLogger(book, "json", -8) // everything
	if err != nil {
		t.Fatal(err)
	}
	metrics := observe.NewMetrics(observe.Sources{})

	with.chat.URL, with.chat.Logger = chat.URL(), logger
	if with.chat.Timeout == 0 {
		with.chat.Timeout = time.Minute // a busy machine is no outage
	}
	if with.chat.Observe == nil {
		with.chat.Observe = metrics.Upstream
	}
	client, err := rocketchat.New(with.chat)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)

	with.server.Chat, with.server.Logger, with.server.Metrics = client, logger, metrics
	with.server.Open = with.open || with.services == ""
	if with.services != "" {
		if with.server.Keys, err = keys.Parse([]byte(with.services)); err != nil {
			t.Fatal(err)
		}
	}
	srv, err := server.New(with.server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := srv.Shutdown(ctx); err != nil {
			t.Errorf("shut down: %v", err)
		}
	})
	conn, err := srv.ClientConn()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &site{t: t, chat: chat, server: srv, metrics: metrics, log: book, conn: conn, clients: clientsOf(conn)}
}

// listen lets the server serve on a socket as well and connects to it: a caller from outside.
func (s *site) listen(how credentials.TransportCredentials) *grpc.ClientConn {
	s.t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.server.Serve(socket) }()
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(s.server.Shutdown(ctx), <-served); err != nil {
			s.t.Errorf("serve: %v", err)
		}
	})
	if how == nil {
		how = insecure.NewCredentials()
	}
	conn, err := grpc.NewClient(socket.Addr().String(), grpc.WithTransportCredentials(how))
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// context bounds a test's calls.
func (s *site) context() context.Context {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 3*time.Minute)
	s.t.Cleanup(cancel)
	return ctx
}

// with adds metadata to a call: name, value, name, value.
func with(ctx context.Context, pairs ...string) context.Context {
	return metadata.AppendToOutgoingContext(ctx, pairs...)
}

// bearer makes calls a visitor's.
func bearer(ctx context.Context, token string) context.Context {
	return with(ctx, "authorization", "Bearer "+token)
}

// visitor registers one and returns the context of its calls.
func (s *site) visitor() context.Context {
	s.t.Helper()
	ctx, _ := s.visitorAndToken()
	return ctx
}

func (s *site) visitorAndToken() (context.Context, string) {
	s.t.Helper()
	got, err := s.visitors.RegisterVisitor(s.context(), &livechatv1.RegisterVisitorRequest{Name: "Vera"})
	if err != nil {
		s.t.Fatalf("register: %v", err)
	}
	return bearer(s.context(), got.GetVisitorToken()), got.GetVisitorToken()
}

// open opens the visitor's room.
func (s *site) open(ctx context.Context) string {
	s.t.Helper()
	got, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
	if err != nil {
		s.t.Fatalf("open: %v", err)
	}
	return got.GetRoom().GetId()
}

// say sends a message that must be stored.
func (s *site) say(ctx context.Context, roomID, text string) *livechatv1.Message {
	s.t.Helper()
	got, err := s.messages.SendMessage(ctx, &livechatv1.SendMessageRequest{RoomId: roomID, Text: text})
	if err != nil {
		s.t.Fatalf("send %q: %v", text, err)
	}
	return got.GetMessage()
}

// close closes a room.
func (s *site) close(ctx context.Context, roomID string) {
	s.t.Helper()
	if _, err := s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: roomID}); err != nil {
		s.t.Fatalf("close: %v", err)
	}
}

// set changes a setting of the workspace.
func (s *site) set(key string, value any) {
	s.t.Helper()
	if err := s.chat.SetSetting(key, value); err != nil {
		s.t.Fatal(err)
	}
}

// list reads a room's newest messages.
func (s *site) list(ctx context.Context, roomID string) []*livechatv1.Message {
	s.t.Helper()
	got, err := s.messages.ListMessages(ctx, &livechatv1.ListMessagesRequest{RoomId: roomID})
	if err != nil {
		s.t.Fatalf("list: %v", err)
	}
	return got.GetMessages()
}

// onEveryVersion runs a test against each Rocket.Chat that the sandbox plays.
func onEveryVersion(t *testing.T, test func(t *testing.T, version sandbox.Profile)) {
	t.Helper()
	for _, version := range []sandbox.Profile{sandbox.V3_4, sandbox.V6_5, sandbox.V7_0, sandbox.Later} {
		t.Run(string(version), func(t *testing.T) { test(t, version) })
	}
}

// of is the setup of a plain workspace of that version.
func of(version sandbox.Profile) setup {
	return setup{workspace: sandbox.Options{Profile: version}}
}

// logBook keeps what is logged, as JSON lines.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// of returns the lines of one request.
func (b *logBook) of(t *testing.T, requestID string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range bytes.Lines([]byte(b.String())) {
		var fields map[string]any
		if err := json.Unmarshal(line, &fields); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if fields["request_id"] == requestID {
			found = append(found, fields)
		}
	}
	return found
}
