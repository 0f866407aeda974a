package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

func (s *site) visit(ctx context.Context, room string) (bool, error) {
	got, err := s.visitors.RecordPageVisit(ctx, &livechatv1.RecordPageVisitRequest{RoomId: room, Title: "Shop", Url: "https://shop.example/a?b=c"})
	return got.GetRecorded(), err
}

func TestAPageVisitIsRecordedWhateverTheWorkspaceFollows(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		for _, follows := range []string{"url", "title"} {
			t.Run(follows, func(t *testing.T) {
				s := newSite(t, of(version))
				s.set("Livechat_history_monitor_type", follows)
				if recorded, err := s.visit(s.visitor(), ""); err != nil || !recorded {
					t.Errorf("recorded: %v, %v", recorded, err)
				}
			})
		}
	})
}

func TestAPageVisitGoesIntoTheVisitorsOwnRoom(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		sent := s.sentTo("page.visited")
		ctx, other := s.visitor(), s.visitor()
		foreign := s.open(other)
		told := func(room string, want any) {
			t.Helper()
			if recorded, err := s.visit(ctx, room); err != nil || !recorded {
				t.Errorf("room %q: recorded %v, %v", room, recorded, err)
			}
			if all := sent(); all[len(all)-1]["rid"] != want {
				t.Errorf("room %q: went into %v, want %v", room, all[len(all)-1]["rid"], want)
			}
		}
		told("", nil) // for the next room
		room := s.open(ctx)
		told("", room)
		told(room, room)
		s.close(ctx, room)
		told(room, room) // agents read it there
		told("", nil)

		before := len(sent())
		for _, room := range []string{foreign, "thereIsNone"} {
			_, err := s.visit(ctx, room)
			refuses(t, err, roomNotFound)
		}
		_, err := s.visit(bearer(s.context(), "nobodysToken"), "")
		refuses(t, err, visitorUnknown)
		_, err = s.visit(bearer(s.context(), "nobodysToken"), foreign)
		refuses(t, err, visitorUnknown)
		s.set("Livechat_enabled", false) // then nothing proves the visitor
		_, err = s.visit(ctx, "")
		refuses(t, err, livechatDisabled)
		if len(sent()) != before {
			t.Error("rocket.chat was told of what is not the caller's")
		}
	})
}

func TestAPageVisitThatWasNotKeptSaysSo(t *testing.T) {
	s := newSite(t, setup{})
	s.intercept("page.visited", always(func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, http.StatusOK, map[string]any{"success": true})
	}))
	if recorded, err := s.visit(s.visitor(), ""); err != nil || recorded {
		t.Errorf("recorded: %v, %v", recorded, err)
	}
}

func TestAPageVisitWhoseAnswerWasLostIsNotMadeTwice(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		sent := s.sentTo("page.visited")
		s.befall(fault.Lost, "page.visited", 1)
		_, err := s.visit(s.visitor(), "")
		refuses(t, err, told{Code: codes.Unavailable, Reason: "OUTCOME_UNKNOWN"})
		if n := len(sent()); n != 1 {
			t.Errorf("sent %d times", n)
		}
	})
}

func TestAPageVisitThatBreaksARule(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	for name, tt := range map[string]struct {
		req  *livechatv1.RecordPageVisitRequest
		want told
	}{
		"without an address":      {&livechatv1.RecordPageVisitRequest{Title: "Shop"}, badFields("url")},
		"with a long address":     {&livechatv1.RecordPageVisitRequest{Url: strings.Repeat("x", 4097)}, badFields("url")},
		"with a long title":       {&livechatv1.RecordPageVisitRequest{Url: "https://x", Title: strings.Repeat("x", 1025)}, badFields("title")},
		"in a room with a slash":  {&livechatv1.RecordPageVisitRequest{Url: "https://x", RoomId: "a/b"}, badFields("room_id")},
		"in a room that is long":  {&livechatv1.RecordPageVisitRequest{Url: "https://x", RoomId: strings.Repeat("x", 65)}, badFields("room_id")},
		"with everything missing": {&livechatv1.RecordPageVisitRequest{RoomId: ".."}, badFields("room_id", "url")},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.visitors.RecordPageVisit(ctx, tt.req)
			refuses(t, err, tt.want)
		})
	}
}
