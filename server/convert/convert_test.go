package convert_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

func TestAVisitorIsToldWithoutItsToken(t *testing.T) {
	got := convert.Visitor(rocketchat.Visitor{
		ID: "v1", Token: "secret", Username: "guest-1", Name: "Vera", Email: "vera@example.com", Phone: "+41 1", Department: "sales",
		Status: "away", CreatedAt: noon, CustomFields: map[string]string{"plan": "gold"},
	})
	want := &livechatv1.Visitor{
		Id: "v1", Username: "guest-1", Name: "Vera", Email: "vera@example.com", Phone: "+41 1", DepartmentId: "sales",
		Status: livechatv1.VisitorStatus_VISITOR_STATUS_AWAY, CreateTime: timestamppb.New(noon), CustomFields: map[string]string{"plan": "gold"},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if diff := cmp.Diff(&livechatv1.Visitor{}, convert.Visitor(rocketchat.Visitor{}), protocmp.Transform()); diff != "" {
		t.Errorf("of whom nothing is known (-want +got)\n%s", diff)
	}
}

func TestStatusesAndPresences(t *testing.T) {
	for text, want := range map[string]struct {
		status   livechatv1.VisitorStatus
		presence livechatv1.AgentPresence
	}{
		"online":  {livechatv1.VisitorStatus_VISITOR_STATUS_ONLINE, livechatv1.AgentPresence_AGENT_PRESENCE_ONLINE},
		"away":    {livechatv1.VisitorStatus_VISITOR_STATUS_AWAY, livechatv1.AgentPresence_AGENT_PRESENCE_AWAY},
		"busy":    {livechatv1.VisitorStatus_VISITOR_STATUS_BUSY, livechatv1.AgentPresence_AGENT_PRESENCE_BUSY},
		"offline": {livechatv1.VisitorStatus_VISITOR_STATUS_OFFLINE, livechatv1.AgentPresence_AGENT_PRESENCE_OFFLINE},
		"":        {},
		"asleep":  {},
	} {
		if got := convert.Visitor(rocketchat.Visitor{Status: text}).GetStatus(); got != want.status {
			t.Errorf("visitor %q: %v", text, got)
		}
		if got := convert.Presence(text); got != want.presence {
			t.Errorf("agent %q: %v", text, got)
		}
	}
}

func TestAnAgentIsShownOrOnlyThere(t *testing.T) {
	bee := &rocketchat.Agent{ID: "annsId", Username: "ann", Name: "Ann Bee", Status: "busy", Email: "ann@example.com", Phone: "+41 2"}
	whole := &livechatv1.Agent{
		Id: "annsId", Username: "ann", Name: "Ann Bee", Email: "ann@example.com", Phone: "+41 2",
		Presence: livechatv1.AgentPresence_AGENT_PRESENCE_BUSY,
	}
	there := &livechatv1.Agent{Hidden: true, Presence: livechatv1.AgentPresence_AGENT_PRESENCE_BUSY}
	for name, tt := range map[string]struct {
		audience convert.Audience
		agent    *rocketchat.Agent
		want     *livechatv1.Agent
	}{
		"shown":                {shown, bee, whole},
		"hidden by a setting":  {hidden, bee, there},
		"hidden by the server": {shown, &rocketchat.Agent{Hidden: true}, &livechatv1.Agent{Hidden: true}},
		"nobody":               {shown, nil, nil},
		"nobody to hide":       {hidden, nil, nil},
	} {
		if diff := cmp.Diff(tt.want, tt.audience.Agent(tt.agent), protocmp.Transform()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}

func TestAuthorsAreHiddenByTheirKind(t *testing.T) {
	for _, tt := range []struct {
		kind   rocketchat.AuthorKind
		want   livechatv1.AuthorKind
		hidden bool
	}{
		{rocketchat.AuthorVisitor, livechatv1.AuthorKind_AUTHOR_KIND_VISITOR, false},
		{rocketchat.AuthorSystem, livechatv1.AuthorKind_AUTHOR_KIND_SYSTEM, false},
		{rocketchat.AuthorAgent, livechatv1.AuthorKind_AUTHOR_KIND_AGENT, true},
		{rocketchat.AuthorBot, livechatv1.AuthorKind_AUTHOR_KIND_BOT, true},
		{rocketchat.AuthorUnknown, livechatv1.AuthorKind_AUTHOR_KIND_UNSPECIFIED, true}, // it may be an agent
	} {
		who := rocketchat.Author{Kind: tt.kind, ID: "id", Username: "user", Name: "Name"}
		whole := &livechatv1.Author{Kind: tt.want, Id: "id", Username: "user", Name: "Name"}
		if diff := cmp.Diff(whole, shown.Author(who), protocmp.Transform()); diff != "" {
			t.Errorf("%v shown (-want +got)\n%s", tt.want, diff)
		}
		want := whole
		if tt.hidden {
			want = &livechatv1.Author{Kind: tt.want}
		}
		if diff := cmp.Diff(want, hidden.Author(who), protocmp.Transform()); diff != "" {
			t.Errorf("%v hidden (-want +got)\n%s", tt.want, diff)
		}
	}
}

func TestARoomIsWhole(t *testing.T) {
	held := true
	room := rocketchat.Room{
		ID: "r1", Visitor: rocketchat.Visitor{ID: "v1", Token: "secret", Name: "Vera"}, DepartmentID: "sales", OnHold: &held,
		ServedBy:  &rocketchat.Agent{ID: "annsId", Username: "ann"},
		CreatedAt: noon, LastActiveAt: noon.Add(time.Minute), ClosedAt: noon.Add(time.Hour), Closer: ann, CloseComment: "solved",
	}
	want := &livechatv1.Room{
		Id: "r1", VisitorId: "v1", VisitorName: "Vera", DepartmentId: "sales", OnHold: &held, CreateTime: timestamppb.New(noon),
		LastMessageTime: timestamppb.New(noon.Add(time.Minute)), CloseTime: timestamppb.New(noon.Add(time.Hour)), CloseComment: "solved",
		ServedBy: &livechatv1.Agent{Id: "annsId", Username: "ann"}, ClosedBy: shown.Author(ann),
	}
	if diff := cmp.Diff(want, shown.Room(room), protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	want.ServedBy, want.ClosedBy = &livechatv1.Agent{Hidden: true}, &livechatv1.Author{Kind: livechatv1.AuthorKind_AUTHOR_KIND_AGENT}
	if diff := cmp.Diff(want, hidden.Room(room), protocmp.Transform()); diff != "" {
		t.Errorf("where agents are hidden (-want +got)\n%s", diff)
	}
	room.Closer = vera
	if got := hidden.Room(room).GetClosedBy(); got.GetId() != "verasId" {
		t.Errorf("the visitor is hidden from itself: %v", got)
	}
	if diff := cmp.Diff(&livechatv1.Room{Open: true}, shown.Room(rocketchat.Room{Open: true}), protocmp.Transform()); diff != "" {
		t.Errorf("of which nothing is known (-want +got)\n%s", diff)
	}
}

func TestAPlaceInTheQueue(t *testing.T) {
	for name, tt := range map[string]struct {
		queue *rocketchat.Queue
		want  *livechatv1.QueuePosition
	}{
		"none":               {nil, nil},
		"without statistics": {&rocketchat.Queue{Position: 3}, &livechatv1.QueuePosition{Position: 3}},
		"whole": {
			&rocketchat.Queue{Position: 1, EstimatedWait: 90 * time.Second, Text: "soon"},
			&livechatv1.QueuePosition{Position: 1, EstimatedWait: durationpb.New(90 * time.Second), Text: "soon"},
		},
	} {
		if diff := cmp.Diff(tt.want, convert.Queue(tt.queue), protocmp.Transform()); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
}
