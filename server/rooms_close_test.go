package server_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

func TestClosingTwiceSucceeds(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx, other := s.visitor(), s.visitor()
		id, foreign := s.open(ctx), s.open(other)
		first, err := s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: id})
		if err != nil || first.GetRoom().GetId() != id || first.GetRoom().GetOpen() || first.GetRoom().GetCloseTime() == nil {
			t.Fatalf("%v, %v", first, err)
		}
		second, err := s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: id})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
			t.Errorf("the second time (-first +second)\n%s", diff)
		}
		_, err = s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: foreign})
		refuses(t, err, roomNotFound)
		_, err = s.rooms.CloseRoom(bearer(s.context(), "nobodysToken"), &livechatv1.CloseRoomRequest{RoomId: foreign})
		refuses(t, err, visitorUnknown)
		if !s.room(other, foreign).GetOpen() {
			t.Error("the other visitor's room was closed")
		}
	})
}

func TestAVisitorSaysNothingAtAClose(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	id := s.open(ctx)
	for _, tt := range []struct {
		req  *livechatv1.CloseRoomRequest
		want told
	}{
		{&livechatv1.CloseRoomRequest{RoomId: id, Comment: "bye"}, badFields("comment")},
		{&livechatv1.CloseRoomRequest{RoomId: id, Tags: []string{"solved"}}, badFields("tags")},
		{&livechatv1.CloseRoomRequest{RoomId: id, Comment: "bye", Tags: []string{"solved"}}, badFields("comment", "tags")},
	} {
		_, err := s.rooms.CloseRoom(ctx, tt.req)
		refuses(t, err, tt.want)
	}
	if !s.room(ctx, id).GetOpen() {
		t.Error("refused, and closed all the same")
	}
}

func TestACloseWhoseAnswerWasLostIsLookedAfter(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		for _, kind := range []fault.Kind{fault.Lost, fault.Truncate} {
			s := newSite(t, of(version))
			ctx := s.visitor()
			id := s.open(ctx)
			s.befall(kind, "room.close", 1)
			got, err := s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: id})
			if err != nil || got.GetRoom().GetOpen() || got.GetRoom().GetCloseTime() == nil {
				t.Errorf("%s: %v, %v", kind, got, err)
			}
		}
		// It did not arrive: the room is open, and closing it again does no harm.
		s := newSite(t, of(version))
		ctx := s.visitor()
		id := s.open(ctx)
		s.befall(fault.Reset, "room.close", 1)
		_, err := s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: id})
		refuses(t, err, upstreamDown)
		if got, err := s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: id}); err != nil || got.GetRoom().GetOpen() {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestACloseThatRacesWithAnother(t *testing.T) {
	for name, words := range map[string]string{
		"told by code":         "error-room-cannot-be-closed-try-again",
		"told by an old one":   "Error closing room",
		"told by a language":   "Fehler beim Schließen des Raums",
		"while it was removed": "Error removing subscriptions",
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, setup{})
			ctx := s.visitor()
			id := s.open(ctx)
			done := false // by the other one
			s.intercept("room.close", func(w http.ResponseWriter, r *http.Request) bool {
				if done {
					s.answerOf(r)
				}
				answerJSON(w, http.StatusBadRequest, map[string]any{"success": false, "error": words})
				return true
			})
			_, err := s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: id})
			refuses(t, err, upstreamDown) // with the advice to retry
			done = true
			if got, err := s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: id}); err != nil || got.GetRoom().GetOpen() {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestARoomThatVisitorsMayNotClose(t *testing.T) {
	notAllowed := told{Code: codes.FailedPrecondition, Reason: "CLOSE_NOT_ALLOWED"}
	for _, version := range []sandbox.Profile{sandbox.V7_0, sandbox.Later} {
		s := newSite(t, of(version))
		ctx := s.visitor()
		id := s.open(ctx)
		s.set("Omnichannel_allow_visitors_to_close_conversation", false)
		_, err := s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: id})
		refuses(t, err, notAllowed)
	}
	s := newSite(t, setup{})
	ctx := s.visitor()
	id := s.open(ctx)
	s.intercept("room.close", always(answers(400, "application/json",
		`{"success":false,"error":"error-tags-must-be-assigned-before-closing-chat"}`)))
	_, err := s.rooms.CloseRoom(ctx, &livechatv1.CloseRoomRequest{RoomId: id})
	refuses(t, err, notAllowed) // visitors have no tags to give
	if !s.room(ctx, id).GetOpen() {
		t.Error("refused, and closed all the same")
	}
}
