package server_test

import (
	"testing"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

var (
	hasOpenRooms     = told{Code: codes.FailedPrecondition, Reason: "VISITOR_HAS_OPEN_ROOMS"}
	livechatDisabled = told{Code: codes.FailedPrecondition, Reason: "LIVECHAT_DISABLED"}
)

func TestAVisitorIsDeletedOnceItsRoomsAreClosed(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		for name, collects := range map[string]bool{"": false, "where headers are collected": true} { // then Rocket.Chat would delete
			t.Run(name, func(t *testing.T) {
				s := newSite(t, of(version))
				s.set("Livechat_Allow_collect_and_store_HTTP_header_informations", collects)
				ctx, other := s.visitor(), newVictim(t, s)
				room := s.open(ctx)
				s.say(ctx, room, "hello")
				_, err := s.visitors.DeleteVisitor(ctx, &livechatv1.DeleteVisitorRequest{})
				refuses(t, err, hasOpenRooms)
				if !s.room(ctx, room).GetOpen() {
					t.Error("the room is closed")
				}
				s.close(ctx, room)
				if _, err := s.visitors.DeleteVisitor(ctx, &livechatv1.DeleteVisitorRequest{}); err != nil {
					t.Fatal(err)
				}
				_, err = s.visitors.DeleteVisitor(ctx, &livechatv1.DeleteVisitorRequest{})
				refuses(t, err, visitorUnknown)
				_, err = s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{})
				refuses(t, err, visitorUnknown)
				for _, r := range s.chat.Rooms() {
					if r.ID == room {
						t.Error("the room is still there")
					}
				}
				other.unharmed(t, s)
			})
		}
	})
}

func TestADeletionWhoseAnswerWasLostIsFoundDone(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		s.befall(fault.Lost, "visitor/:token", 1)
		_, err := s.visitors.DeleteVisitor(ctx, &livechatv1.DeleteVisitorRequest{})
		refuses(t, err, upstreamDown)
		_, err = s.visitors.DeleteVisitor(ctx, &livechatv1.DeleteVisitorRequest{})
		refuses(t, err, visitorUnknown)
	})
}

func TestWithLivechatOffAnOldServerDeletesNobody(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		idle, busy := s.visitor(), s.visitor()
		s.open(busy)
		s.set("Livechat_enabled", false)
		_, err := s.visitors.DeleteVisitor(busy, &livechatv1.DeleteVisitorRequest{})
		_, errIdle := s.visitors.DeleteVisitor(idle, &livechatv1.DeleteVisitorRequest{})
		if version == sandbox.V3_4 { // it would not look for open rooms, and does not tell of them
			refuses(t, err, livechatDisabled)
			refuses(t, errIdle, livechatDisabled)
			return
		}
		refuses(t, err, hasOpenRooms)
		if errIdle != nil {
			t.Error(errIdle)
		}
	})
}

func TestAVisitorsStatusIsToldInRocketChatsWords(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		sent := s.sentTo("visitor.status")
		ctx, token := s.visitorAndToken()
		for status, word := range map[livechatv1.VisitorStatus]string{
			livechatv1.VisitorStatus_VISITOR_STATUS_ONLINE: "online", livechatv1.VisitorStatus_VISITOR_STATUS_AWAY: "away",
			livechatv1.VisitorStatus_VISITOR_STATUS_BUSY: "busy", livechatv1.VisitorStatus_VISITOR_STATUS_OFFLINE: "offline",
		} {
			if _, err := s.visitors.SetVisitorStatus(ctx, &livechatv1.SetVisitorStatusRequest{Status: status}); err != nil {
				t.Errorf("%v: %v", status, err)
			}
			if all := sent(); all[len(all)-1]["status"] != word || all[len(all)-1]["token"] != token {
				t.Errorf("%v is told as %v", status, all[len(all)-1])
			}
		}
		before := len(sent())
		for _, status := range []livechatv1.VisitorStatus{0, 5, -1} {
			_, err := s.visitors.SetVisitorStatus(ctx, &livechatv1.SetVisitorStatusRequest{Status: status})
			refuses(t, err, badFields("status"))
		}
		if len(sent()) != before {
			t.Error("rocket.chat was told of a status that is none")
		}
		_, err := s.visitors.SetVisitorStatus(bearer(s.context(), "nobodysToken"), &livechatv1.SetVisitorStatusRequest{Status: 1})
		refuses(t, err, visitorUnknown)
	})
}
