package server_test

import (
	"context"
	"testing"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

var (
	departmentUnknown   = told{Code: codes.InvalidArgument, Reason: "DEPARTMENT_UNKNOWN"}
	transferNotPossible = told{Code: codes.FailedPrecondition, Reason: "TRANSFER_NOT_POSSIBLE"}
	nobodyOnline        = told{Code: codes.FailedPrecondition, Reason: "NO_AGENT_ONLINE"}
	upstreamLacks       = told{Code: codes.Unimplemented, Reason: "UPSTREAM_LACKS"}
	outcomeUnknown      = told{Code: codes.Unavailable, Reason: "OUTCOME_UNKNOWN"}
)

// transfers tells whether visitors of this version can transfer their rooms.
func transfers(version sandbox.Profile) bool {
	return version == sandbox.V3_4 || version == sandbox.V6_5
}

func (s *site) transfer(ctx context.Context, room, department string) (*livechatv1.Room, error) {
	got, err := s.rooms.TransferRoom(ctx, &livechatv1.TransferRoomRequest{
		RoomId: room, Target: &livechatv1.TransferRoomRequest_Department{Department: department},
	})
	return got.GetRoom(), err
}

func TestARoomIsHandedOverToADepartmentByIDOrName(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		for name, byWhat := range map[string]string{"id": "support", "name": "Help & Support"} {
			t.Run(name, func(t *testing.T) {
				s := newSite(t, departments(version))
				ctx, room := s.openIn(t, "sales")
				got, err := s.transfer(ctx, room.GetId(), byWhat)
				if !transfers(version) {
					refuses(t, err, upstreamLacks)
					return
				}
				if err != nil || got.GetId() != room.GetId() || !got.GetOpen() || got.GetDepartmentId() != "support" ||
					got.GetServedBy().GetUsername() != "bea" || got.OnHold != nil || got.GetVisitorId() != room.GetVisitorId() {
					t.Fatalf("%v, %v", got, err)
				}
				if now := s.room(ctx, room.GetId()); now.GetDepartmentId() != "support" || now.GetServedBy().GetUsername() != "bea" {
					t.Errorf("afterwards %v", now)
				}
			})
		}
	})
}

func TestWhereARoomCannotGo(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, departments(version))
		ctx, room := s.openIn(t, "sales")
		_, foreign := s.openIn(t, "sales")
		gone, closed := s.openIn(t, "sales")
		s.close(gone, closed.GetId())
		nobody := bearer(s.context(), "nobodysToken")
		for name, tt := range map[string]struct {
			as         context.Context
			room, dept string
			want       told
			always     bool // also where visitors cannot transfer
		}{
			"to a department that does not exist":      {ctx, room.GetId(), "nowhere", departmentUnknown, true},
			"to one whose name nobody has":             {ctx, room.GetId(), "No Where?", departmentUnknown, true},
			"to the one where it is":                   {ctx, room.GetId(), "sales", transferNotPossible, false},
			"to the one where it is, by name":          {ctx, room.GetId(), "Sales", transferNotPossible, false},
			"of another visitor":                       {ctx, foreign.GetId(), "support", roomNotFound, false},
			"that does not exist":                      {ctx, "thereIsNone", "support", roomNotFound, false},
			"that is closed":                           {gone, closed.GetId(), "support", roomClosed, false},
			"of nobody":                                {nobody, room.GetId(), "support", visitorUnknown, true},
			"of nobody, to where nobody is":            {nobody, room.GetId(), "nowhere", visitorUnknown, true},
			"of another visitor, to where nobody is":   {ctx, foreign.GetId(), "nowhere", departmentUnknown, true},
			"of another visitor, to where it is (one)": {ctx, foreign.GetId(), "sales", roomNotFound, false},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := s.transfer(tt.as, tt.room, tt.dept)
				if !tt.always && !transfers(version) {
					tt.want = upstreamLacks
				}
				refuses(t, err, tt.want)
			})
		}
		// 3.4 takes the room from its agent before it notices that it cannot give it to anybody.
		if now := s.room(ctx, room.GetId()); now.GetDepartmentId() != "sales" || now.GetServedBy().GetUsername() != "ann" {
			t.Errorf("refused, and changed all the same: %v", now)
		}
		s.chat.Agent("bea").SetStatus(sandbox.Offline)
		_, err := s.transfer(ctx, room.GetId(), "support")
		if !transfers(version) {
			refuses(t, err, upstreamLacks)
			return
		}
		refuses(t, err, nobodyOnline)
	})
}

// 3.4 answers for a closed room and for a department without agents what it answers for anything that it could not do.
func TestABareRefusalOfATransferIsExplained(t *testing.T) {
	s := newSite(t, departments(sandbox.V6_5))
	ctx, room := s.openIn(t, "sales")
	s.intercept("room.transfer", always(answers(400, "application/json", `{"success":false}`)))
	_, err := s.transfer(ctx, room.GetId(), "support")
	refuses(t, err, transferNotPossible)
	s.chat.Agent("bea").SetStatus(sandbox.Offline)
	_, err = s.transfer(ctx, room.GetId(), "support")
	refuses(t, err, nobodyOnline)
	s.close(ctx, room.GetId())
	_, err = s.transfer(ctx, room.GetId(), "support")
	refuses(t, err, roomClosed)
}

func TestATransferIsNeverRepeated(t *testing.T) {
	for name, kind := range map[string]fault.Kind{"a lost answer": fault.Lost, "half an answer": fault.Truncate} {
		t.Run(name, func(t *testing.T) {
			for _, version := range []sandbox.Profile{sandbox.V3_4, sandbox.V6_5} {
				with := departments(version)
				calls := counting(&with)
				s := newSite(t, with)
				ctx, room := s.openIn(t, "sales")
				s.befall(kind, "room.transfer", 1)
				_, err := s.transfer(ctx, room.GetId(), "support")
				refuses(t, err, outcomeUnknown)
				if n := calls("transfer room"); n != 1 {
					t.Errorf("%s was asked %d times", version, n)
				}
				if got := s.room(ctx, room.GetId()).GetDepartmentId(); got != "support" {
					t.Errorf("looking tells %q", got)
				}
			}
		})
	}
	s := newSite(t, departments(sandbox.V6_5))
	ctx, room := s.openIn(t, "sales")
	s.befall(fault.HTML, "room.transfer", 0)
	_, err := s.transfer(ctx, room.GetId(), "support")
	refuses(t, err, upstreamLacks) // how a server answers for a route that it has no more
}

func TestAVisitorTransfersToNoAgent(t *testing.T) {
	with := departments(sandbox.V6_5)
	calls := counting(&with)
	s := newSite(t, with)
	ctx, room := s.openIn(t, "sales")
	toAgent := &livechatv1.TransferRoomRequest_AgentId{AgentId: "beasId"}
	toDepartment := &livechatv1.TransferRoomRequest_Department{Department: "support"}
	for name, tt := range map[string]struct {
		req  *livechatv1.TransferRoomRequest
		want told
	}{
		"to an agent":               {&livechatv1.TransferRoomRequest{RoomId: room.GetId(), Target: toAgent}, badFields("agent_id")},
		"with a remark":             {&livechatv1.TransferRoomRequest{RoomId: room.GetId(), Target: toDepartment, Comment: "take it"}, badFields("comment")},
		"to an agent with a remark": {&livechatv1.TransferRoomRequest{RoomId: room.GetId(), Target: toAgent, Comment: "x"}, badFields("agent_id", "comment")},
		"to nowhere":                {&livechatv1.TransferRoomRequest{RoomId: room.GetId()}, badFields("target")},
		"without a room":            {&livechatv1.TransferRoomRequest{Target: toDepartment}, badFields("room_id")},
		"to a department of no name": {&livechatv1.TransferRoomRequest{
			RoomId: room.GetId(), Target: &livechatv1.TransferRoomRequest_Department{},
		}, badFields("department")},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := s.rooms.TransferRoom(ctx, tt.req)
			refuses(t, err, tt.want)
		})
	}
	if n := calls("transfer room"); n != 0 {
		t.Errorf("rocket.chat was bothered %d times", n)
	}
}
