package server_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

var agentNotFound = told{Code: codes.NotFound, Reason: "AGENT_NOT_FOUND", Resource: "agent"}

func (s *site) agentOf(ctx context.Context, room string) (*livechatv1.Agent, error) {
	got, err := s.agents.GetRoomAgent(ctx, &livechatv1.GetRoomAgentRequest{RoomId: room})
	return got.GetAgent(), err
}

func (s *site) nextAgent(ctx context.Context, department string) (*livechatv1.Agent, error) {
	got, err := s.agents.GetNextAgent(ctx, &livechatv1.GetNextAgentRequest{Department: department})
	return got.GetAgent(), err
}

func TestTheAgentOfARoomIsToldToItsVisitor(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		room := s.open(ctx)
		want := &livechatv1.Agent{
			Id: annID, Username: "ann", Name: annName, Presence: livechatv1.AgentPresence_AGENT_PRESENCE_ONLINE, Email: "ann@example.com",
		}
		for _, when := range []string{"while open", "once closed"} {
			got, err := s.agentOf(ctx, room)
			if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got)\n%s", when, err, diff)
			}
			if when == "while open" {
				s.close(ctx, room)
			}
		}
		_, err := s.agentOf(s.visitor(), room)
		refuses(t, err, roomNotFound)
		_, err = s.agentOf(ctx, "thereIsNone")
		refuses(t, err, roomNotFound)
		_, err = s.agentOf(bearer(s.context(), "nobodysToken"), room)
		refuses(t, err, visitorUnknown)
		for _, bad := range []string{"", "a/b", "..", strings.Repeat("x", 65)} {
			_, err = s.agentOf(ctx, bad)
			refuses(t, err, badFields("room_id"))
		}
	})
}

func TestARoomInTheQueueHasNoAgent(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		w := of(version)
		w.workspace.Routing = sandbox.ManualSelection
		s := newSite(t, w)
		ctx := s.visitor()
		_, err := s.nextAgent(ctx, "")
		refuses(t, err, agentNotFound) // the workspace does not pick
		_, err = s.agentOf(ctx, s.open(ctx))
		refuses(t, err, agentNotFound)
	})
}

func TestTheNextAgentIsAskedForByDepartment(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, departments(version))
		asked := s.sentTo("agent.next")
		ctx := s.visitor()
		for department, want := range map[string]string{"sales": "ann", "Sales": "ann", "support": "bea", "Help & Support": "bea", "": "ann"} {
			if got, err := s.nextAgent(ctx, department); err != nil || got.GetUsername() != want {
				t.Errorf("%q: %v, %v, want %s", department, got, err, want)
			}
		}
		_, err := s.nextAgent(ctx, "nowhere") // it may be an id
		refuses(t, err, agentNotFound)
		before := len(asked())
		_, err = s.nextAgent(ctx, "No Where?")
		refuses(t, err, told{Code: codes.InvalidArgument, Reason: "DEPARTMENT_UNKNOWN"})
		_, err = s.nextAgent(ctx, strings.Repeat("x", 257))
		refuses(t, err, badFields("department"))
		_, err = s.nextAgent(bearer(s.context(), "nobodysToken"), "") // Rocket.Chat would tell anybody
		refuses(t, err, visitorUnknown)
		s.open(ctx)
		if got, err := s.nextAgent(ctx, ""); err != nil || got != nil {
			t.Errorf("with an open room: %v, %v", got, err)
		}
		s.set("Livechat_enabled", false)
		_, err = s.nextAgent(ctx, "")
		refuses(t, err, livechatDisabled)
		if after := len(asked()); before == 0 || after != before {
			t.Errorf("rocket.chat was asked %d times, then %d", before, after)
		}
	})
}

func TestNobodyOnlineIsNobodyNext(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		s.chat.Agent("ann").SetStatus(sandbox.Offline)
		_, err := s.nextAgent(s.visitor(), "")
		refuses(t, err, agentNotFound)
	})
}

func TestHiddenAgentsStayHiddenHoweverOneAsks(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		w := of(version)
		w.workspace.Settings = map[string]any{"Livechat_show_agent_info": false}
		s := newSite(t, w)
		ctx := s.visitor()
		next, err := s.nextAgent(ctx, "")
		if err != nil {
			t.Fatal(err)
		}
		serving, err := s.agentOf(ctx, s.open(ctx))
		if err != nil {
			t.Fatal(err)
		}
		for where, got := range map[string]*livechatv1.Agent{"next": next, "serving": serving} {
			if diff := cmp.Diff(&livechatv1.Agent{Hidden: true}, got, protocmp.Transform()); diff != "" {
				t.Errorf("%s (-want +got)\n%s", where, diff)
			}
		}
	})
}

func TestAskingForTheNextAgentIsNeverRepeated(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		asked := s.sentTo("agent.next")
		s.befall(fault.Lost, "agent.next/:token", 1)
		_, err := s.nextAgent(ctx, "")
		refuses(t, err, told{Code: codes.Unavailable, Reason: "OUTCOME_UNKNOWN"})
		if n := len(asked()); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestAnAgentThatCannotBeReadIsAskedForAgain(t *testing.T) {
	s := newSite(t, setup{})
	ctx := s.visitor()
	room := s.open(ctx)
	s.befall(fault.Lost, "agent.info/:rid/:token", 1)
	if got, err := s.agentOf(ctx, room); err != nil || got.GetUsername() != "ann" {
		t.Errorf("%v, %v", got, err)
	}
	s.befall(fault.HTML, "agent.info/:rid/:token", 0)
	_, err := s.agentOf(ctx, room)
	refuses(t, err, upstreamDown)
}
