package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/replay"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server"
)

// TestSubscribeTellsTheRecordedConversations plays conversations that were recorded from real servers and compares what a
// visitor's Subscribe tells with what was written down by hand from the same recordings (testdata/replay/*.expected.json).
func TestSubscribeTellsTheRecordedConversations(t *testing.T) {
	for _, name := range conversations {
		t.Run(name, func(t *testing.T) { readRecording(t, name).compare() })
	}
}

// recordingReader is a visitor's reader of one recorded conversation.
type recordingReader struct {
	t        *testing.T
	ctx      context.Context
	rec      *replay.Recording
	upstream *replay.Server
	rooms    livechatv1.RoomServiceClient
	messages livechatv1.MessageServiceClient
	stream   grpc.ServerStreamingClient[livechatv1.SubscribeResponse]
	want     []expectation     // what is still to come
	versions map[string]string // by message id: the version told last
}

// expectation is an event, and the recording's time of what it comes from.
type expectation struct {
	at    int
	event *livechatv1.SubscribeResponse
}

// readRecording runs a real server in front of the recording and subscribes to its room.
func readRecording(t *testing.T, name string) *recordingReader {
	t.Helper()
	rec := loadRecording(t, name)
	upstream := replay.Start(rec)
	t.Cleanup(upstream.Close)
	conn := serveRecording(t, upstream)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+rec.Token)
	stream, err := livechatv1.NewEventServiceClient(conn).Subscribe(ctx, &livechatv1.SubscribeRequest{
		RoomIds:           []string{rec.RoomID},
		IncludeTyping:     true,
		HeartbeatInterval: durationpb.New(time.Minute), // no test takes that long
	})
	if err != nil {
		t.Fatalf("subscribe: %v", err)
	}
	return &recordingReader{
		t: t, ctx: ctx, rec: rec, upstream: upstream, stream: stream,
		rooms: livechatv1.NewRoomServiceClient(conn), messages: livechatv1.NewMessageServiceClient(conn),
		want: expectations(t, name), versions: map[string]string{},
	}
}

// serveRecording runs Rocketline in front of the Rocket.Chat that plays a recording, on a real listener, and connects to it.
func serveRecording(t *testing.T, upstream *replay.Server) *grpc.ClientConn {
	t.Helper()
	logger := slog.New(slog.NewTextHandler(t.Output(), nil))
	chat, err := rocketchat.New(rocketchat.Options{
		URL: upstream.URL(), DialContext: upstream.Dial, Logger: logger,
		Realtime: rocketchat.RealtimeOptions{RedialMin: time.Millisecond, RedialMax: 10 * time.Millisecond},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(chat.Close)
	srv, err := server.New(server.Options{Chat: chat, Logger: logger, Open: true})
	if err != nil {
		t.Fatal(err)
	}
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(socket) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := errors.Join(srv.Shutdown(ctx), <-served); err != nil {
			t.Errorf("shut down: %v", err)
		}
	})
	conn, err := grpc.NewClient(socket.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// expectations reads what is to come, one event a line, without what cannot be known beforehand: cursors, versions, tokens.
func expectations(t *testing.T, name string) []expectation {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "replay", strings.ReplaceAll(name, "/", "-")+".expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var lines []map[string]json.RawMessage
	if err := json.Unmarshal(raw, &lines); err != nil {
		t.Fatal(err)
	}
	var list []expectation
	for _, line := range lines {
		e := expectation{event: &livechatv1.SubscribeResponse{}}
		if err := json.Unmarshal(line["_at"], &e.at); err != nil {
			t.Fatalf("_at: %v", err)
		}
		delete(line, "_at")
		event, err := json.Marshal(line)
		if err == nil {
			err = protojson.Unmarshal(event, e.event)
		}
		if err != nil {
			t.Fatalf("expected at %d: %v", e.at, err)
		}
		list = append(list, e)
	}
	return list
}

// compare plays the whole conversation. Before each step everything is awaited that the steps before it bring, so that nothing
// is overtaken and what is only the latest state, such as typing, is seen each time.
func (l *recordingReader) compare() {
	l.t.Helper()
	l.until(l.rec.Start)
	for step, ok := l.upstream.Next(); ok; step, ok = l.upstream.Next() {
		if step.Kind == replay.StepCall {
			l.call(step.Call)
		}
		l.until(step.At)
	}
	l.until(math.MaxInt)
	l.nothingMore()
	if failures := l.upstream.Failures(); len(failures) > 0 {
		l.t.Errorf("asked for what is not recorded: %v", errors.Join(failures...))
	}
	l.t.Log(l.upstream.Counts())
}

// until receives what comes from the steps up to the recording's time at.
func (l *recordingReader) until(at int) {
	l.t.Helper()
	for len(l.want) > 0 && l.want[0].at <= at {
		next := l.want[0]
		l.want = l.want[1:]
		if diff := cmp.Diff(next.event, l.receive(), protocmp.Transform()); diff != "" {
			l.t.Fatalf("event of %d ms (-want +got)\n%s", next.at, diff)
		}
	}
}

// nothingMore proves that no event was left over: the stream ends, or else a marker comes next.
func (l *recordingReader) nothingMore() {
	l.t.Helper()
	if l.upstream.Ended() {
		if event, err := l.stream.Recv(); !errors.Is(err, io.EOF) {
			l.t.Errorf("after goodbye came %v, %v, want the end", event, err)
		}
		return
	}
	l.upstream.Say("theEnd", "the end")
	if got := l.receive().GetMessageCreated().GetMessage().GetId(); got != "theEnd" {
		l.t.Errorf("before the marker came %q", got)
	}
}

// receive takes the next event, checks what holds for every event, and removes what cannot be known beforehand.
func (l *recordingReader) receive() *livechatv1.SubscribeResponse {
	l.t.Helper()
	event, err := l.stream.Recv()
	if err != nil {
		l.t.Fatalf("receive: %v", err)
	}
	text, err := protojson.Marshal(event)
	if err != nil {
		l.t.Fatalf("an event cannot be written: %v", err)
	}
	for _, secret := range l.rec.Secrets() {
		if strings.Contains(string(text), secret) {
			l.t.Errorf("an event tells a token: %s", text)
		}
	}
	if event.GetCursor() == "" {
		l.t.Errorf("an event has no cursor: %s", text)
	}
	event.Cursor = ""
	keepsTime := false
	switch kind := event.GetEvent().(type) {
	case *livechatv1.SubscribeResponse_MessageCreated:
		keepsTime = true
		l.version(kind.MessageCreated.GetMessage(), false)
	case *livechatv1.SubscribeResponse_MessageUpdated:
		l.version(kind.MessageUpdated.GetMessage(), true)
	case *livechatv1.SubscribeResponse_RoomTransferred, *livechatv1.SubscribeResponse_RoomClosed,
		*livechatv1.SubscribeResponse_RoomOnHold, *livechatv1.SubscribeResponse_RoomResumed:
		keepsTime = true
	case *livechatv1.SubscribeResponse_Typing:
		if !kind.Typing.GetTyping() && kind.Typing.GetExpiresAt() != nil {
			l.t.Errorf("a stop expires: %s", text)
		}
		kind.Typing.ExpiresAt = nil
	case *livechatv1.SubscribeResponse_CaughtUp:
		kind.CaughtUp.OlderPageToken = ""
	}
	if !keepsTime {
		event.EventTime = nil // when it was heard of
	}
	return event
}

// version checks a message's version: never empty, and another one for what is told as a change.
func (l *recordingReader) version(m *livechatv1.Message, changed bool) {
	l.t.Helper()
	if m.GetVersion() == "" || changed && m.GetVersion() == l.versions[m.GetId()] {
		l.t.Errorf("message %s: version %q after %q", m.GetId(), m.GetVersion(), l.versions[m.GetId()])
	}
	l.versions[m.GetId()] = m.GetVersion()
	m.Version = ""
}

// call makes the visitor's recorded call through Rocketline. Calls of methods that are not built yet are left out: of those, only
// what the streams told is played.
func (l *recordingReader) call(call *replay.Call) {
	l.t.Helper()
	switch call.Method + " " + call.Path {
	case "POST /api/v1/livechat/message":
		sent, err := l.messages.SendMessage(l.ctx, &livechatv1.SendMessageRequest{RoomId: call.Body["rid"], Text: call.Body["msg"]})
		var stored struct {
			Message struct {
				ID string `json:"_id"`
			} `json:"message"`
		}
		if jsonErr := json.Unmarshal(call.Answer, &stored); jsonErr != nil {
			l.t.Fatal(jsonErr)
		}
		if stored.Message.ID == "" {
			l.refused(err, codes.FailedPrecondition, "ROOM_CLOSED") // the only refusal in these recordings
			return
		}
		if err != nil || sent.GetMessage().GetId() != stored.Message.ID || sent.GetMessage().GetText() != call.Body["msg"] {
			l.t.Fatalf("send %q: message %v, error %v, want id %s", call.Body["msg"], sent.GetMessage(), err, stored.Message.ID)
		}
	case "POST /api/v1/livechat/room.close":
		closed, err := l.rooms.CloseRoom(l.ctx, &livechatv1.CloseRoomRequest{RoomId: call.Body["rid"]})
		if err != nil || closed.GetRoom().GetId() != l.rec.RoomID || closed.GetRoom().GetOpen() {
			l.t.Fatalf("close: room %v, error %v", closed.GetRoom(), err)
		}
	}
}

// refused checks that an error has a code and a reason.
func (l *recordingReader) refused(err error, code codes.Code, reason string) {
	l.t.Helper()
	var got string
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			got = info.GetReason()
		}
	}
	if status.Code(err) != code || got != reason {
		l.t.Errorf("error %v with reason %q, want %v with %s", err, got, code, reason)
	}
}
