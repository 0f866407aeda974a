package server

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/types/known/durationpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/follow"
)

// eventStream is the server's side of a stream, whose events the test takes.
type eventStream struct {
	grpc.ServerStream
	ctx  context.Context
	sent chan *livechatv1.SubscribeResponse
}

func (s *eventStream) Context() context.Context { return s.ctx }

func (s *eventStream) Send(r *livechatv1.SubscribeResponse) error {
	select {
	case s.sent <- r:
		return nil
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

// next takes the next event of that kind, and any before it.
func (s *eventStream) next(t *testing.T, want string) *livechatv1.SubscribeResponse {
	t.Helper()
	for {
		select {
		case r := <-s.sent:
			if follow.Kind(r) == want {
				return r
			}
		case <-s.ctx.Done():
			t.Fatalf("no %s came", want)
		}
	}
}

func TestASilentStreamShowsThatItIsAlive(t *testing.T) {
	workspace, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = workspace.Close() }()
	chat, err := rocketchat.New(rocketchat.Options{URL: workspace.URL()})
	if err != nil {
		t.Fatal(err)
	}
	defer chat.Close()
	hub := follow.NewHub(follow.Options{Upstream: chat, Logger: slog.New(slog.DiscardHandler)})
	defer hub.Close()

	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	ann := workspace.Agent("ann")
	if _, err := chat.RegisterVisitor(ctx, rocketchat.NewVisitor{Token: "theToken"}); err != nil {
		t.Fatal(err)
	}
	room, _, err := chat.OpenRoom(ctx, "theToken", rocketchat.OpenRoom{})
	if err != nil {
		t.Fatal(err)
	}
	who, err := auth.Gate{Open: true}.Admit(
		metadata.NewIncomingContext(ctx, metadata.Pairs("authorization", "Bearer theToken")), livechatv1.EventService_Subscribe_FullMethodName)
	if err != nil {
		t.Fatal(err)
	}

	stream := &eventStream{ctx: auth.With(ctx, who), sent: make(chan *livechatv1.SubscribeResponse)}
	service := &events{chat: chat, hub: hub, metrics: observe.NewMetrics(observe.Sources{Rooms: hub.Rooms}), draining: make(chan struct{})}
	ended := make(chan error, 1)
	go func() {
		ended <- service.Subscribe(&livechatv1.SubscribeRequest{HeartbeatInterval: durationpb.New(5 * time.Millisecond)}, stream)
	}()

	begun := stream.next(t, "caught_up")
	for range 3 {
		if beat := stream.next(t, "heartbeat"); beat.GetCursor() != begun.GetCursor() || beat.GetRoomId() != "" {
			t.Errorf("%v, where nothing has happened since %v", beat, begun)
		}
	}
	if _, err := ann.Send(room.ID, "hello"); err != nil {
		t.Fatal(err)
	}
	written := stream.next(t, "message_created")
	if beat := stream.next(t, "heartbeat"); beat.GetCursor() != written.GetCursor() || beat.GetCursor() == begun.GetCursor() {
		t.Errorf("the cursor after a message is %s, before it %s", beat.GetCursor(), begun.GetCursor())
	}
	cancel()
	if err := <-ended; err == nil {
		t.Error("a stream whose reader has gone ends without an error")
	}
}
