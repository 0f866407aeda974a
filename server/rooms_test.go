package server_test

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

func TestARoomIsOpenedOnceAndThenFound(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		first, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
		if err != nil {
			t.Fatal(err)
		}
		room := first.GetRoom()
		if !first.GetCreated() || !room.GetOpen() || room.GetVisitorId() == "" || room.GetServedBy().GetUsername() != "ann" ||
			room.OnHold == nil || room.GetOnHold() || room.GetCreateTime() == nil || room.GetCloseTime() != nil || room.GetClosedBy() != nil {
			t.Errorf("opened %v", first)
		}
		again, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{AgentId: "ignoredWhileOpen"})
		if err != nil {
			t.Fatal(err)
		}
		if again.GetCreated() || again.GetRoom().GetId() != room.GetId() || len(s.chat.Rooms()) != 1 {
			t.Errorf("opened again: %v; the workspace has %v", again, s.chat.Rooms())
		}
		s.close(ctx, room.GetId())
		next, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
		if err != nil || !next.GetCreated() || next.GetRoom().GetId() == room.GetId() {
			t.Errorf("after the close: %v, %v", next, err)
		}
	})
}

func TestARoomGoesToTheDepartmentAskedFor(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := of(version)
		with.workspace.Departments = []sandbox.Department{
			{ID: "sales", Name: "Sales", Agents: []string{"ann"}}, {ID: "support", Name: "Support", Agents: []string{"ann"}},
		}
		for _, byWhat := range []string{"support", "Support"} {
			t.Run(byWhat, func(t *testing.T) {
				s := newSite(t, with)
				ctx := s.visitor()
				opened, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{Department: byWhat})
				if err != nil || !opened.GetCreated() || opened.GetRoom().GetDepartmentId() != "support" {
					t.Fatalf("%v, %v", opened, err)
				}
				found, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{Department: "sales"})
				if err != nil {
					t.Fatal(err)
				}
				want := &livechatv1.Room{
					Id: opened.GetRoom().GetId(), Open: true, DepartmentId: "support", VisitorId: opened.GetRoom().GetVisitorId(), VisitorName: "Vera",
					ServedBy: &livechatv1.Agent{
						Id: annID, Username: "ann", Name: annName, Email: "ann@example.com",
						Presence: livechatv1.AgentPresence_AGENT_PRESENCE_ONLINE,
					},
				}
				if diff := cmp.Diff(want, found.GetRoom(), protocmp.Transform()); diff != "" || found.GetCreated() {
					t.Errorf("while a room is open, created %v (-want +got)\n%s", found.GetCreated(), diff)
				}
			})
		}
		t.Run("of which there is none", func(t *testing.T) {
			s := newSite(t, with)
			_, err := s.rooms.OpenRoom(s.visitor(), &livechatv1.OpenRoomRequest{Department: "nowhere"})
			refuses(t, err, told{Code: codes.InvalidArgument, Reason: "DEPARTMENT_UNKNOWN"})
			if n := len(s.chat.Rooms()); n != 0 {
				t.Errorf("%d rooms were opened", n)
			}
		})
		t.Run("by nobody", func(t *testing.T) {
			s := newSite(t, with)
			ctx := bearer(s.context(), "nobodysToken")
			_, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{Department: "sales"})
			refuses(t, err, visitorUnknown)
			_, err = s.visitors.GetVisitor(ctx, &livechatv1.GetVisitorRequest{})
			refuses(t, err, visitorUnknown) // asking has not registered one
		})
	})
}

func TestARoomGoesToTheAgentAskedFor(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := of(version)
		with.workspace.Agents = []sandbox.AgentSpec{{Username: "ann", ID: annID, Name: annName}, {Username: "bea", ID: "beasId"}}
		s := newSite(t, with)
		got, err := s.rooms.OpenRoom(s.visitor(), &livechatv1.OpenRoomRequest{AgentId: "beasId"})
		if err != nil || got.GetRoom().GetServedBy().GetId() != "beasId" {
			t.Errorf("%v, %v", got, err)
		}
		s.chat.Agent("bea").SetStatus(sandbox.Offline)
		_, err = s.rooms.OpenRoom(s.visitor(), &livechatv1.OpenRoomRequest{AgentId: "beasId"})
		refuses(t, err, told{Code: codes.FailedPrecondition, Reason: "NO_AGENT_ONLINE"})
	})
}

func TestARoomThatWaitsIsServedByNobody(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := of(version)
		with.workspace.Routing = sandbox.ManualSelection
		s := newSite(t, with)
		ctx := s.visitor()
		id := s.open(ctx)
		if got := s.room(ctx, id); !got.GetOpen() || got.GetServedBy() != nil {
			t.Errorf("in the queue: %v", got)
		}
		if err := s.chat.Agent("ann").Take(id); err != nil {
			t.Fatal(err)
		}
		if got := s.room(ctx, id); got.GetServedBy().GetName() != annName {
			t.Errorf("taken: %v", got)
		}
	})
}

func TestOnesOwnRoomIsReadOpenAndClosed(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		id := s.open(ctx)
		visitorID := s.room(ctx, id).GetVisitorId()
		s.close(ctx, id)
		got := s.room(ctx, id)
		want := &livechatv1.Room{
			Id: id, VisitorId: visitorID, VisitorName: "Vera", CloseComment: "Closed by visitor",
			ClosedBy: &livechatv1.Author{Kind: livechatv1.AuthorKind_AUTHOR_KIND_VISITOR, Id: visitorID},
		}
		if diff := cmp.Diff(want, got, protocmp.Transform(), protocmp.IgnoreFields(&livechatv1.Room{}, "create_time", "close_time", "last_message_time"),
			protocmp.IgnoreFields(&livechatv1.Author{}, "username", "name")); diff != "" {
			t.Errorf("closed by the visitor (-want +got)\n%s", diff)
		}
		if got.GetCloseTime() == nil || got.GetLastMessageTime() == nil {
			t.Errorf("closed at %v, last written in at %v", got.GetCloseTime(), got.GetLastMessageTime())
		}

		id = s.open(ctx)
		if err := s.chat.Agent("ann").CloseRoom(id, "solved"); err != nil {
			t.Fatal(err)
		}
		got = s.room(ctx, id)
		if got.GetOpen() || got.GetCloseComment() != "solved" || got.GetClosedBy().GetKind() != livechatv1.AuthorKind_AUTHOR_KIND_AGENT ||
			got.GetClosedBy().GetUsername() != "ann" {
			t.Errorf("closed by the agent: %v", got)
		}
		s.set("Livechat_show_agent_info", false)
		if got := newReplica(t, s.chat, setup{}).room(ctx, id).GetClosedBy(); got.GetUsername() != "" || got.GetId() != "" {
			t.Errorf("agents are hidden: %v", got)
		}
	})
}

func TestReadingARoomNeverOpensOne(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx, other := s.visitor(), s.visitor()
		foreign := s.open(other)
		for name, id := range map[string]string{"an unknown one": "thereIsNone", "another visitor's": foreign} {
			_, err := s.rooms.GetRoom(ctx, &livechatv1.GetRoomRequest{RoomId: id})
			t.Log(name)
			refuses(t, err, roomNotFound)
		}
		_, err := s.rooms.GetRoom(bearer(s.context(), "nobodysToken"), &livechatv1.GetRoomRequest{RoomId: foreign})
		refuses(t, err, visitorUnknown)
		if n := len(s.chat.Rooms()); n != 1 {
			t.Errorf("there are %d rooms", n)
		}
	})
}

// room reads a room.
func (s *site) room(ctx context.Context, id string) *livechatv1.Room {
	s.t.Helper()
	got, err := s.rooms.GetRoom(ctx, &livechatv1.GetRoomRequest{RoomId: id})
	if err != nil {
		s.t.Fatalf("get room: %v", err)
	}
	return got.GetRoom()
}
