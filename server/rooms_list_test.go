package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

func TestAVisitorListsTheOpenRoom(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx, other := s.visitor(), s.visitor()
		s.open(other)
		lists := func(want ...*livechatv1.Room) {
			t.Helper()
			for _, size := range []int32{0, 1, 100} {
				got, err := s.rooms.ListRooms(ctx, &livechatv1.ListRoomsRequest{PageSize: size})
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(&livechatv1.ListRoomsResponse{Rooms: want}, got, protocmp.Transform()); diff != "" {
					t.Errorf("(-want +got)\n%s", diff)
				}
			}
		}
		lists()
		id := s.open(ctx)
		lists(s.room(ctx, id))
		s.close(ctx, id)
		lists()
		if n := len(s.chat.Rooms()); n != 2 {
			t.Errorf("listing made %d rooms", n-2)
		}

		_, err := s.rooms.ListRooms(bearer(s.context(), "nobodysToken"), &livechatv1.ListRoomsRequest{})
		refuses(t, err, visitorUnknown)
		_, err = s.rooms.ListRooms(s.context(), &livechatv1.ListRoomsRequest{})
		refuses(t, err, noCredential)
		s.set("Livechat_enabled", false) // the workspace then tells of nobody
		_, err = s.rooms.ListRooms(ctx, &livechatv1.ListRoomsRequest{})
		refuses(t, err, told{Code: codes.FailedPrecondition, Reason: "LIVECHAT_DISABLED"})
	})
}

func TestAListOfRoomsHasOnePage(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	for _, token := range []string{"2", "x", "eyJ0IjoxfQ"} {
		_, err := s.rooms.ListRooms(ctx, &livechatv1.ListRoomsRequest{PageToken: token})
		refuses(t, err, told{Code: codes.InvalidArgument, Reason: "PAGE_TOKEN_INVALID", Fields: []string{"page_token"}})
	}
	for _, size := range []int32{-1, 101} {
		_, err := s.rooms.ListRooms(ctx, &livechatv1.ListRoomsRequest{PageSize: size})
		refuses(t, err, badFields("page_size"))
	}
}
