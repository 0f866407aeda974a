package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server/follow"
)

// conversation is a visitor's open room that ann serves, and the hub that follows it.
type conversation struct {
	*site
	ctx   context.Context // of the visitor's calls
	token string
	room  string
	ann   *sandbox.Agent
	hub   *follow.Hub
}

// converse makes a conversation. A break is mended as soon as can be.
func converse(t *testing.T, with setup, options follow.Options) *conversation {
	t.Helper()
	with.workspace.Agents = []sandbox.AgentSpec{{Username: "ann", ID: annID}}
	chat, err := sandbox.New(with.workspace)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = chat.Close() })
	with.server.Hub = newHub(t, chat, options)
	c := &conversation{site: newReplica(t, chat, with), ann: chat.Agent("ann"), hub: with.server.Hub}
	c.ctx, c.token = c.visitorAndToken()
	c.room = c.open(c.ctx)
	return c
}

// newHub makes a hub that a server will close.
func newHub(t *testing.T, chat *sandbox.Server, options follow.Options) *follow.Hub {
	t.Helper()
	client, err := rocketchat.New(rocketchat.Options{
		URL:      chat.URL(),
		Realtime: rocketchat.RealtimeOptions{RedialMin: time.Millisecond, RedialMax: 5 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	options.Upstream, options.Logger = client, slog.New(slog.DiscardHandler)
	options.RetryMin, options.RetryMax = time.Millisecond, 5*time.Millisecond
	return follow.NewHub(options)
}

// sends makes ann write, and returns the message's id.
func (c *conversation) sends(text string) string {
	c.t.Helper()
	id, err := c.ann.Send(c.room, text)
	c.must(err)
	return id
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// anotherRoom opens one more room for the visitor, which the old Rocket.Chat allows.
func (c *conversation) anotherRoom(id string) string {
	c.t.Helper()
	query := url.Values{"token": {c.token}, "rid": {id}}
	answer, err := http.Get(c.chat.URL() + "/api/v1/livechat/room?" + query.Encode())
	c.must(err)
	_ = answer.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if answer.StatusCode != http.StatusOK {
		c.t.Fatalf("another room: %s", answer.Status)
	}
	return id
}

// eventually waits for what happens beside every stream.
func (s *site) eventually(what string, is func() bool) {
	s.t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for ctx := s.context(); !is(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.t.Fatalf("it never came to be that %s", what)
		}
	}
}

// listener is a stream of Subscribe.
type listener struct {
	s      *site
	stream grpc.ServerStreamingClient[livechatv1.SubscribeResponse]
	hangUp context.CancelFunc
	heard  []*livechatv1.SubscribeResponse
}

// listen subscribes. Its first errors come with what it hears first.
func (s *site) subscribe(ctx context.Context, req *livechatv1.SubscribeRequest) *listener {
	s.t.Helper()
	ctx, cancel := context.WithCancel(ctx)
	s.t.Cleanup(cancel)
	stream, err := s.events.Subscribe(ctx, req)
	s.must(err)
	return &listener{s: s, stream: stream, hangUp: cancel}
}

// follow subscribes to the conversation's room from the cursor on; without one, without history.
func (c *conversation) follow(cursor string) *listener {
	c.t.Helper()
	return c.subscribe(c.ctx, &livechatv1.SubscribeRequest{RoomIds: []string{c.room}, Cursor: cursor, History: new(int32)})
}

// followed is follow, up to caught_up.
func (c *conversation) followed() *listener {
	c.t.Helper()
	l := c.follow("")
	l.hears("subscribed", "* agent ann", "caught up")
	return l
}

// next receives one event, and checks what holds for all.
func (l *listener) next() *livechatv1.SubscribeResponse {
	l.s.t.Helper()
	event, err := l.stream.Recv()
	if err != nil {
		l.s.t.Fatalf("after %q: %v", linesOf(l.heard), err)
	}
	if event.GetCursor() == "" || event.GetEventTime() == nil {
		l.s.t.Errorf("without cursor or time: %v", event)
	}
	ofStream := event.GetSubscribed() != nil || event.GetHeartbeat() != nil || event.GetGoodbye() != nil
	if ofStream != (event.GetRoomId() == "") {
		l.s.t.Errorf("%q is of the room %q", lineOf(event), event.GetRoomId())
	}
	l.heard = append(l.heard, event)
	return event
}

// hears receives as many events as are wanted, and compares.
func (l *listener) hears(want ...string) {
	l.s.t.Helper()
	before := len(l.heard)
	for range want {
		l.next()
	}
	if diff := cmp.Diff(want, linesOf(l.heard[before:])); diff != "" {
		l.s.t.Fatalf("(-want +heard)\n%s", diff)
	}
}

// hearsUntil receives up to the first event with that line.
func (l *listener) hearsUntil(last string) []*livechatv1.SubscribeResponse {
	l.s.t.Helper()
	before := len(l.heard)
	for lineOf(l.next()) != last {
	}
	return l.heard[before:]
}

// ends checks that the stream ends well, with nothing more to hear.
func (l *listener) ends() {
	l.s.t.Helper()
	if event, err := l.stream.Recv(); !errors.Is(err, io.EOF) {
		l.s.t.Fatalf("%v, %v, want the end", event, err)
	}
}

// fails returns the error with which the stream ends instead of beginning.
func (l *listener) fails() error {
	l.s.t.Helper()
	event, err := l.stream.Recv()
	if err == nil {
		l.s.t.Fatalf("heard %q, want an error", lineOf(event))
	}
	return err
}

// cursor is where the listener stands.
func (l *listener) cursor() string { return l.heard[len(l.heard)-1].GetCursor() }

// leaves hangs up and returns the cursor to come back with.
func (l *listener) leaves() string {
	l.hangUp()
	return l.cursor()
}

func linesOf(events []*livechatv1.SubscribeResponse) []string {
	var lines []string
	for _, e := range events {
		lines = append(lines, lineOf(e))
	}
	return lines
}

// lineOf is an event in a few words, with a star if it is replayed.
func lineOf(e *livechatv1.SubscribeResponse) string {
	star := ""
	if e.GetReplayed() {
		star = "* "
	}
	return star + bareLineOf(e)
}

func bareLineOf(e *livechatv1.SubscribeResponse) string {
	switch kind := e.GetEvent().(type) {
	case *livechatv1.SubscribeResponse_Subscribed:
		if kind.Subscribed.GetResumed() {
			return "subscribed, resumed"
		}
		return "subscribed"
	case *livechatv1.SubscribeResponse_MessageCreated:
		return "+ " + messageLine(kind.MessageCreated.GetMessage())
	case *livechatv1.SubscribeResponse_MessageUpdated:
		return "~ " + messageLine(kind.MessageUpdated.GetMessage())
	case *livechatv1.SubscribeResponse_MessageDeleted:
		return "deleted"
	case *livechatv1.SubscribeResponse_Typing:
		if kind.Typing.GetTyping() {
			return kind.Typing.GetAuthor().GetUsername() + " types"
		}
		return kind.Typing.GetAuthor().GetUsername() + " stops"
	case *livechatv1.SubscribeResponse_AgentChanged:
		return strings.TrimSpace("agent " + kind.AgentChanged.GetAgent().GetUsername())
	case *livechatv1.SubscribeResponse_AgentStatusChanged:
		return word(kind.AgentStatusChanged.GetPresence().String(), "AGENT_PRESENCE_")
	case *livechatv1.SubscribeResponse_RoomTransferred:
		return "transferred to " + word(kind.RoomTransferred.GetScope().String(), "TRANSFER_SCOPE_") + " " +
			kind.RoomTransferred.GetAgent().GetUsername() + " by " + kind.RoomTransferred.GetTransferredBy().GetUsername()
	case *livechatv1.SubscribeResponse_QueueChanged:
		q := kind.QueueChanged.GetQueue()
		return fmt.Sprintf("queue %d, %v: %s", q.GetPosition(), q.GetEstimatedWait().AsDuration(), q.GetText())
	case *livechatv1.SubscribeResponse_RoomOnHold:
		return "on hold by " + authorLine(kind.RoomOnHold.GetAuthor())
	case *livechatv1.SubscribeResponse_RoomResumed:
		return "resumed by " + authorLine(kind.RoomResumed.GetAuthor())
	case *livechatv1.SubscribeResponse_RoomClosed:
		return "closed: " + kind.RoomClosed.GetComment()
	case *livechatv1.SubscribeResponse_CaughtUp:
		return "caught up"
	case *livechatv1.SubscribeResponse_Heartbeat:
		return "heartbeat"
	case *livechatv1.SubscribeResponse_Reset_:
		return "reset " + word(kind.Reset_.GetCause().String(), "RESET_CAUSE_")
	case *livechatv1.SubscribeResponse_Goodbye:
		return "goodbye " + word(kind.Goodbye.GetReason().String(), "GOODBYE_REASON_") + ", " +
			word(kind.Goodbye.GetAdvice().String(), "GOODBYE_ADVICE_")
	}
	return protojson.Format(e)
}

func messageLine(m *livechatv1.Message) string {
	line := m.GetText()
	for _, r := range m.GetReactions() {
		line += " " + r.GetEmoji()
	}
	return line
}

func authorLine(w *livechatv1.Author) string {
	return strings.TrimSpace(word(w.GetKind().String(), "AUTHOR_KIND_") + " " + w.GetUsername())
}

func word(enum, prefix string) string { return strings.ToLower(strings.TrimPrefix(enum, prefix)) }
