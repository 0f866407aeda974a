package server_test

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

// A request id, and another.
const (
	aRequest       = "0f8fad5b-d9cb-469f-a165-70867728950e"
	anotherRequest = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
)

func request(roomID, text, requestID string) *livechatv1.SendMessageRequest {
	return &livechatv1.SendMessageRequest{RoomId: roomID, Text: text, RequestId: requestID}
}

func TestAMessageIsStoredAsItWasSent(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		visitorID := s.room(ctx, room).GetVisitorId()
		const text = "Grüezi 👋\n*bold* <b>not HTML</b>"
		got := s.say(ctx, room, text)
		if got.GetId() == "" || got.GetRoomId() != room || got.GetText() != text || got.GetVersion() == "" ||
			got.GetCreateTime() == nil || !got.GetUpdateTime().AsTime().Equal(got.GetCreateTime().AsTime()) {
			t.Errorf("sent %v", got)
		}
		if got.GetAuthor().GetKind() != livechatv1.AuthorKind_AUTHOR_KIND_VISITOR || got.GetAuthor().GetId() != visitorID {
			t.Errorf("written by %v", got.GetAuthor())
		}
		if diff := cmp.Diff([]*livechatv1.Message{got}, s.list(ctx, room), protocmp.Transform()); diff != "" {
			t.Errorf("sent and listed differ (-sent +listed)\n%s", diff)
		}
		if again := s.say(ctx, room, text); again.GetId() == got.GetId() {
			t.Error("without a request id, two calls were one message")
		}
	})
}

func TestARetryReturnsTheFirstMessage(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		first, err := s.messages.SendMessage(ctx, request(room, "hello", aRequest))
		if err != nil {
			t.Fatal(err)
		}
		other := newReplica(t, s.chat, setup{})
		for name, retry := range map[string]func() (*livechatv1.SendMessageResponse, error){
			"at once": func() (*livechatv1.SendMessageResponse, error) {
				return s.messages.SendMessage(ctx, request(room, "hello", aRequest))
			},
			"on another replica": func() (*livechatv1.SendMessageResponse, error) {
				return other.messages.SendMessage(ctx, request(room, "hello", aRequest))
			},
			"with an id in majors": func() (*livechatv1.SendMessageResponse, error) {
				return s.messages.SendMessage(ctx, request(room, "hello", strings.ToUpper(aRequest)))
			},
		} {
			t.Run(name, func(t *testing.T) {
				again, err := retry()
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
					t.Errorf("(-first +again)\n%s", diff)
				}
			})
		}
		if n := len(s.list(ctx, room)); n != 1 {
			t.Errorf("%d messages were stored", n)
		}
		if next, err := s.messages.SendMessage(ctx, request(room, "hello", anotherRequest)); err != nil ||
			next.GetMessage().GetId() == first.GetMessage().GetId() {
			t.Errorf("another request id: %v, %v", next, err)
		}
	})
}

func TestARetryAfterTheCloseReturnsTheFirstMessage(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		first, err := s.messages.SendMessage(ctx, request(room, "hello", aRequest))
		if err != nil {
			t.Fatal(err)
		}
		s.close(ctx, room)
		again, err := s.messages.SendMessage(ctx, request(room, "hello", aRequest))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
			t.Errorf("(-first +again)\n%s", diff)
		}
		_, err = s.messages.SendMessage(ctx, request(room, "hello", anotherRequest))
		refuses(t, err, roomClosed)
	})
}

func TestARequestIDStandsForOneText(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx, other := s.visitor(), s.visitor()
		room, theirs := s.open(ctx), s.open(other)
		if _, err := s.messages.SendMessage(ctx, request(room, "hello", aRequest)); err != nil {
			t.Fatal(err)
		}
		_, err := s.messages.SendMessage(ctx, request(room, "good bye", aRequest))
		refuses(t, err, told{Code: codes.InvalidArgument, Reason: "REQUEST_ID_REUSED", Fields: []string{"request_id"}})
		if got, err := s.messages.SendMessage(other, request(theirs, "good bye", aRequest)); err != nil {
			t.Errorf("another visitor may use it too: %v, %v", got, err)
		}
		s.close(ctx, room)
		if got, err := s.messages.SendMessage(ctx, request(s.open(ctx), "good bye", aRequest)); err != nil {
			t.Errorf("and in another room too: %v, %v", got, err)
		}
	})
}

// loseAnswers lets messages be stored and then cuts the connection, times times.
func (s *site) loseAnswers(times int32) {
	var left atomic.Int32
	left.Store(times)
	s.intercept("message", func(_ http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodPost || left.Add(-1) < 0 {
			return false
		}
		s.answerOf(r)
		panic(http.ErrAbortHandler)
	})
}

func TestARetryAfterALostAnswerDoublesNothing(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		s.loseAnswers(1)
		first, err := s.messages.SendMessage(ctx, request(room, "hello", aRequest))
		if err != nil {
			t.Fatalf("the message is there, the answer was lost: %v", err)
		}
		again, err := s.messages.SendMessage(ctx, request(room, "hello", aRequest))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" {
			t.Errorf("(-first +again)\n%s", diff)
		}
		if diff := cmp.Diff([]*livechatv1.Message{first.GetMessage()}, s.list(ctx, room), protocmp.Transform()); diff != "" {
			t.Errorf("(-returned +stored)\n%s", diff)
		}
	})
}

func TestALostAnswerWithoutARequestIDIsTold(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		s.loseAnswers(1)
		_, err := s.messages.SendMessage(ctx, request(room, "hello", ""))
		refuses(t, err, told{Code: codes.Unavailable, Reason: "OUTCOME_UNKNOWN"}) // and no advice to retry
		if n := len(s.list(ctx, room)); n != 1 {
			t.Errorf("%d messages were stored: somebody sent it again", n)
		}
	})
}

func TestALostRequestMayBeRepeated(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	s.intercept("message", func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) })
	_, err := s.messages.SendMessage(ctx, request(room, "hello", aRequest))
	refuses(t, err, upstreamDown)
	s.chat.Intercept(nil)
	if got, err := s.messages.SendMessage(ctx, request(room, "hello", aRequest)); err != nil || got.GetMessage().GetText() != "hello" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestAnIdempotencyKeyIsARequestID(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	keyed := with(ctx, "idempotency-key", aRequest)
	first, err := s.messages.SendMessage(keyed, request(room, "hello", ""))
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		ctx  context.Context
		id   string
		want told
	}{
		"again":                        {ctx: keyed},
		"agreeing with the request id": {ctx: keyed, id: aRequest},
		"as a request id":              {ctx: ctx, id: aRequest},
		"contradicting the request id": {ctx: keyed, id: anotherRequest, want: badFields("request_id")},
		"twice":                        {ctx: with(keyed, "idempotency-key", aRequest), want: badFields("request_id")},
		"no UUID":                      {ctx: with(ctx, "idempotency-key", "7"), want: badFields("request_id")},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.messages.SendMessage(tt.ctx, request(room, "hello", tt.id))
			if tt.want.Reason != "" {
				refuses(t, err, tt.want)
			} else if err != nil || got.GetMessage().GetId() != first.GetMessage().GetId() {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	if _, err := s.rooms.OpenRoom(keyed, &livechatv1.OpenRoomRequest{}); err != nil {
		t.Errorf("a method that has no use for it: %v", err)
	}
}

func TestTextsThatTheWorkspaceRefuses(t *testing.T) {
	s := newSite(t, setup{})
	s.set("Livechat_enable_message_character_limit", true)
	s.set("Livechat_message_character_limit", 4)
	ctx := s.visitor()
	room := s.open(ctx)
	_, err := s.messages.SendMessage(ctx, request(room, "👋👋👋", aRequest)) // 3 characters, 6 UTF-16 code units
	refuses(t, err, told{Code: codes.InvalidArgument, Reason: "MESSAGE_TOO_LONG", Metadata: map[string]string{"limit": "4"}})
	s.say(ctx, room, "👋👋")
	s.set("Livechat_enable_message_character_limit", false)
	_, err = s.messages.SendMessage(ctx, request(room, "@all of you", ""))
	refuses(t, err, told{Code: codes.InvalidArgument, Reason: "MENTION_NOT_ALLOWED"})
}

func TestAMessageThatWentToANewRoomIsTold(t *testing.T) {
	// Rocket.Chat opens another room for a message that meets a close on its way.
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	s.intercept("message", func(w http.ResponseWriter, _ *http.Request) bool {
		answerJSON(w, http.StatusOK, map[string]any{"success": true, "message": map[string]any{
			"_id": "m1", "rid": "theNewRoom", "msg": "hello", "token": "x", "ts": time.Now(), "u": map[string]any{"_id": "v1"},
		}})
		return true
	})
	_, err := s.messages.SendMessage(ctx, request(room, "hello", aRequest))
	refuses(t, err, told{Code: codes.Aborted, Reason: "ROOM_MOVED", Metadata: map[string]string{"room_id": "theNewRoom"}})
}

func TestAnEditedMessageIsStillTheFirstOnes(t *testing.T) {
	// A retry after an edit finds another text, which is no other request.
	s := newSite(t, setup{})
	ctx, token := s.visitorAndToken()
	room := s.open(ctx)
	first, err := s.messages.SendMessage(ctx, request(room, "hello", aRequest))
	if err != nil {
		t.Fatal(err)
	}
	edit := `{"token":"` + token + `","rid":"` + room + `","msg":"hello!"}`
	r, err := http.NewRequestWithContext(ctx, http.MethodPut,
		s.chat.URL()+"/api/v1/livechat/message/"+first.GetMessage().GetId(), strings.NewReader(edit))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if rec := s.answerOf(r); rec.Code != http.StatusOK {
		t.Fatalf("edit: %s", rec.Body)
	}
	again, err := s.messages.SendMessage(ctx, request(room, "hello", aRequest))
	if err != nil || again.GetMessage().GetText() != "hello!" || again.GetMessage().GetVersion() == first.GetMessage().GetVersion() {
		t.Errorf("%v, %v", again, err)
	}
}
