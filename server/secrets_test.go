package server_test

import (
	"context"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
)

// overheard is everything that a conversation tells to others than its visitor: what every call answered, each error with its
// details, each header.
type overheard struct {
	t    *testing.T
	text strings.Builder
}

// hear writes down what a call brought back.
func (o *overheard) hear(resp proto.Message, err error, md metadata.MD) {
	for _, m := range []proto.Message{resp, status.Convert(err).Proto()} {
		if m == nil {
			continue
		}
		text, jsonErr := protojson.Marshal(m)
		if jsonErr != nil {
			o.t.Errorf("cannot be written: %v", jsonErr)
		}
		o.text.Write(text)
	}
	for name, values := range md {
		o.text.WriteString(name + strings.Join(values, " "))
	}
}

func TestNoSecretIsEverTold(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		how := of(version)
		how.services = services
		how.chat = rocketchat.Options{
			Timeout:  300 * time.Millisecond,
			Realtime: rocketchat.RealtimeOptions{RedialMin: time.Millisecond, RedialMax: 10 * time.Millisecond},
		}
		s := newSite(t, how)
		crm := with(s.context(), "x-api-key", crmKey)
		told := &overheard{t: t}
		tokens := []string{"chosenByTheCaller-k3Qv9", s.registered(crm), s.registered(crm)}
		s.registered(bearer(crm, tokens[0]))
		for _, token := range tokens {
			s.converse(bearer(crm, token), told)
			s.converse(bearer(crm, token+"x"), told) // nobody's
			s.converse(bearer(with(s.context(), "x-api-key", statsKey), token), told)
			s.converse(bearer(s.context(), token), told)
		}
		token := tokens[0]
		for _, broken := range []http.HandlerFunc{
			answers(500, "application/json", `{"success":false,"error":"for `+token+`"}`), answers(200, "text/html", token),
			answers(429, "application/json", `{"success":false,"error":"`+token+` must wait 900 seconds"}`),
			answers(400, "application/json", `{"success":false,"error":"no `+token+`","errorType":"error-new"}`),
			func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) },
			func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		} {
			s.intercept("", func(w http.ResponseWriter, r *http.Request) bool { broken(w, r); return true })
			s.converse(bearer(crm, token), told)
		}
		_ = s.chat.Close()
		s.converse(bearer(crm, token), told)
		recorder := httptest.NewRecorder()
		observe.Admin(s.metrics.Registry, func() bool { return true }, s.server.UpstreamUp).
			ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/metrics", nil))
		if !strings.Contains(recorder.Body.String(), "rocketline_failures_total") || !strings.Contains(s.log.String(), "VISITOR_UNKNOWN") {
			t.Fatal("there is nothing to look into")
		}
		for where, text := range map[string]string{"the log": s.log.String(), "what was told": told.text.String(), "the metrics": recorder.Body.String()} {
			for what, secret := range map[string]string{
				"an API key": crmKey, "another API key": statsKey, "a path with a token": "livechat/visitor/", "a query with a token": "token=",
				"the chosen token": tokens[0], "the second token": tokens[1], "the third token": tokens[2],
			} {
				if i := strings.Index(text, secret); i >= 0 {
					t.Errorf("%s holds %s: …%s…", where, what, text[max(0, i-120):min(len(text), i+120)])
				}
			}
		}
		for _, inside := range decoded(told.text.String()) {
			for _, token := range tokens {
				if strings.Contains(inside, token) {
					t.Errorf("a cursor or page token holds a visitor's token: %q", inside)
				}
			}
		}
	})
}

// converse makes a call of every kind, each however it may end.
func (s *site) converse(ctx context.Context, told *overheard) {
	s.t.Helper()
	var header metadata.MD
	h := grpc.Header(&header)
	visitor, err := s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{}, h)
	told.hear(visitor, err, header)
	opened, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{}, h)
	told.hear(opened, err, header)
	room := opened.GetRoom().GetId()
	if room == "" {
		room = "aRoomOfMine"
	}
	for _, id := range []string{"", aRequest, aRequest} {
		sent, err := s.messages.SendMessage(ctx, request(room, "hello", id), h)
		told.hear(sent, err, header)
	}
	reused, err := s.messages.SendMessage(ctx, request(room, "good bye", aRequest), h)
	told.hear(reused, err, header)
	listed, err := s.messages.ListMessages(ctx, &livechatv1.ListMessagesRequest{RoomId: room, PageSize: 1}, h)
	told.hear(listed, err, header)
	config, err := s.config.GetConfig(ctx, &livechatv1.GetConfigRequest{}, h)
	told.hear(config, err, header)
	s.follow(ctx, room, told)
	read, err := s.rooms.GetRoom(ctx, &livechatv1.GetRoomRequest{RoomId: room}, h)
	told.hear(read, err, header)
	closed, err := s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: room}, h)
	told.hear(closed, err, header)
	invalid, err := s.rooms.GetRoom(ctx, &livechatv1.GetRoomRequest{RoomId: "a/b"}, h)
	told.hear(invalid, err, header)
}

// follow reads a room's stream until everything that has happened is told.
func (s *site) follow(ctx context.Context, room string, told *overheard) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	stream, err := s.events.Subscribe(ctx, &livechatv1.SubscribeRequest{RoomIds: []string{room}})
	if err != nil {
		s.t.Fatal(err)
	}
	for {
		event, err := stream.Recv()
		told.hear(event, err, nil)
		if err != nil || event.GetCaughtUp() != nil {
			return
		}
	}
}

var opaque = regexp.MustCompile(`[A-Za-z0-9_-]{16,}`)

// decoded is everything in a text that may be base64, decoded.
func decoded(text string) []string {
	var inside []string
	for _, word := range opaque.FindAllString(text, -1) {
		if raw, err := base64.RawURLEncoding.DecodeString(word); err == nil {
			inside = append(inside, string(raw))
		}
	}
	return inside
}
