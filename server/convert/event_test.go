package convert_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/convert"
)

func event(body convert.Body) *livechatv1.SubscribeResponse { return convert.Event("r1", noon, body) }

const remark = "a remark for agents only"

func TestWhatTheServerNotesBecomesAnEvent(t *testing.T) {
	anAgent := &livechatv1.Author{Kind: livechatv1.AuthorKind_AUTHOR_KIND_AGENT}
	moved := &rocketchat.Transfer{
		Scope: "agent", By: ann, To: &rocketchat.Agent{ID: "beasId", Username: "bea"}, PreviousDepartment: "sales",
		NextDepartmentID: "support", NextDepartmentName: "Support", Comment: remark,
	}
	for name, tt := range map[string]struct {
		note        rocketchat.Message
		want        *livechatv1.SubscribeResponse // to a visitor to whom agents are shown
		hiddenAgent *livechatv1.SubscribeResponse // and to one to whom they are not; nil: the same
	}{
		"a close by the visitor": {
			note: rocketchat.Message{Type: rocketchat.TypeClosed, Author: vera, Text: "Closed by visitor"},
			want: &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_RoomClosed{
				RoomClosed: &livechatv1.RoomClosed{ClosedBy: shown.Author(vera), Comment: "Closed by visitor"},
			}},
		},
		"a close by nobody knows whom": {
			note: rocketchat.Message{Type: rocketchat.TypeClosed},
			want: &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_RoomClosed{RoomClosed: &livechatv1.RoomClosed{}}},
		},
		"a close by the agent": {
			note: rocketchat.Message{Type: rocketchat.TypeClosed, Author: ann, Text: "solved"},
			want: &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_RoomClosed{
				RoomClosed: &livechatv1.RoomClosed{ClosedBy: shown.Author(ann), Comment: "solved"},
			}},
			hiddenAgent: &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_RoomClosed{
				RoomClosed: &livechatv1.RoomClosed{ClosedBy: anAgent, Comment: "solved"},
			}},
		},
		"a transfer": {
			note: rocketchat.Message{Type: rocketchat.TypeTransferred, Author: ann, Transfer: moved, Comment: remark},
			want: &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_RoomTransferred{
				RoomTransferred: &livechatv1.RoomTransferred{
					Scope: livechatv1.TransferScope_TRANSFER_SCOPE_AGENT, TransferredBy: shown.Author(ann),
					Agent:        &livechatv1.Agent{Id: "beasId", Username: "bea"},
					DepartmentId: "support", DepartmentName: "Support", PreviousDepartmentId: "sales",
				},
			}},
			hiddenAgent: &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_RoomTransferred{
				RoomTransferred: &livechatv1.RoomTransferred{
					Scope: livechatv1.TransferScope_TRANSFER_SCOPE_AGENT, TransferredBy: anAgent, Agent: &livechatv1.Agent{Hidden: true},
					DepartmentId: "support", DepartmentName: "Support", PreviousDepartmentId: "sales",
				},
			}},
		},
		"a transfer that says nothing": {
			note: rocketchat.Message{Type: rocketchat.TypeTransferFallback, Author: vera},
			want: &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_RoomTransferred{
				RoomTransferred: &livechatv1.RoomTransferred{TransferredBy: shown.Author(vera)},
			}},
		},
		"a hold": {
			note: rocketchat.Message{Type: rocketchat.TypeOnHold, Author: vera, Comment: remark},
			want: &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_RoomOnHold{
				RoomOnHold: &livechatv1.RoomOnHold{Author: shown.Author(vera)},
			}},
		},
		"its end": {
			note: rocketchat.Message{Type: rocketchat.TypeResumed, Author: vera, Comment: remark},
			want: &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_RoomResumed{
				RoomResumed: &livechatv1.RoomResumed{Author: shown.Author(vera)},
			}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for audience, want := range map[convert.Audience]*livechatv1.SubscribeResponse{shown: tt.want, hidden: tt.hiddenAgent} {
				if want == nil {
					want = tt.want
				}
				want.RoomId, want.EventTime = "r1", timestamppb.New(noon)
				got := event(audience.System(tt.note))
				if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
					t.Errorf("%+v (-want +got)\n%s", audience, diff)
				}
				if strings.Contains(prototext.Format(got), remark) {
					t.Errorf("a visitor reads %q", remark)
				}
			}
		})
	}
}

func TestWhatTheServerNotesForItselfIsNoEvent(t *testing.T) {
	for _, kind := range []rocketchat.MessageType{
		rocketchat.TypeChat, rocketchat.TypeStarted, rocketchat.TypeCommand, rocketchat.TypeAgentJoined, rocketchat.TypeAgentLeft,
		rocketchat.TypeDeleted, "livechat_navigation_history", "livechat_transcript_history", "livechat_video_call", "of-tomorrow",
	} {
		if body := shown.System(rocketchat.Message{Type: kind, Text: remark, Author: ann}); body != nil {
			t.Errorf("%q became %v", kind, event(body))
		}
	}
}

func TestTransferScopes(t *testing.T) {
	for scope, want := range map[string]livechatv1.TransferScope{
		"agent": livechatv1.TransferScope_TRANSFER_SCOPE_AGENT, "autoTransferUnansweredChatsToAgent": livechatv1.TransferScope_TRANSFER_SCOPE_AGENT,
		"department": livechatv1.TransferScope_TRANSFER_SCOPE_DEPARTMENT,
		"queue":      livechatv1.TransferScope_TRANSFER_SCOPE_QUEUE, "autoTransferUnansweredChatsToQueue": livechatv1.TransferScope_TRANSFER_SCOPE_QUEUE,
		"": livechatv1.TransferScope_TRANSFER_SCOPE_UNSPECIFIED, "planet": livechatv1.TransferScope_TRANSFER_SCOPE_UNSPECIFIED,
	} {
		note := rocketchat.Message{Type: rocketchat.TypeTransferred, Transfer: &rocketchat.Transfer{Scope: scope}}
		if got := event(shown.System(note)).GetRoomTransferred().GetScope(); got != want {
			t.Errorf("%q: %v", scope, got)
		}
	}
}

func TestEventsOfAStream(t *testing.T) {
	message := &livechatv1.Message{Id: "m1"}
	bee := &rocketchat.Agent{ID: "annsId", Username: "ann"}
	later := noon.Add(15 * time.Second)
	for name, tt := range map[string]struct {
		body convert.Body
		want *livechatv1.SubscribeResponse
	}{
		"created": {convert.Created(message), &livechatv1.SubscribeResponse{
			Event: &livechatv1.SubscribeResponse_MessageCreated{MessageCreated: &livechatv1.MessageCreated{Message: message}}}},
		"updated": {convert.Updated(message), &livechatv1.SubscribeResponse{
			Event: &livechatv1.SubscribeResponse_MessageUpdated{MessageUpdated: &livechatv1.MessageUpdated{Message: message}}}},
		"deleted": {convert.Deleted("m1"), &livechatv1.SubscribeResponse{
			Event: &livechatv1.SubscribeResponse_MessageDeleted{MessageDeleted: &livechatv1.MessageDeleted{MessageId: "m1"}}}},
		"typing": {shown.Typing(ann, later), &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_Typing{
			Typing: &livechatv1.Typing{Author: shown.Author(ann), Typing: true, ExpiresAt: timestamppb.New(later)}}}},
		"typing, hidden": {hidden.Typing(ann, later), &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_Typing{
			Typing: &livechatv1.Typing{Author: hidden.Author(ann), Typing: true, ExpiresAt: timestamppb.New(later)}}}},
		"typing no more": {shown.Typing(ann, time.Time{}), &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_Typing{
			Typing: &livechatv1.Typing{Author: shown.Author(ann)}}}},
		"served": {shown.AgentChanged(bee), &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_AgentChanged{
			AgentChanged: &livechatv1.AgentChanged{Agent: shown.Agent(bee)}}}},
		"served, hidden": {hidden.AgentChanged(bee), &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_AgentChanged{
			AgentChanged: &livechatv1.AgentChanged{Agent: &livechatv1.Agent{Hidden: true}}}}},
		"served by nobody": {shown.AgentChanged(nil), &livechatv1.SubscribeResponse{Event: &livechatv1.SubscribeResponse_AgentChanged{
			AgentChanged: &livechatv1.AgentChanged{}}}},
		"presence": {convert.AgentStatusChanged("away"), &livechatv1.SubscribeResponse{
			Event: &livechatv1.SubscribeResponse_AgentStatusChanged{
				AgentStatusChanged: &livechatv1.AgentStatusChanged{Presence: livechatv1.AgentPresence_AGENT_PRESENCE_AWAY}}}},
		"queue": {convert.QueueChanged(&rocketchat.Queue{Position: 2}), &livechatv1.SubscribeResponse{
			Event: &livechatv1.SubscribeResponse_QueueChanged{
				QueueChanged: &livechatv1.QueueChanged{Queue: &livechatv1.QueuePosition{Position: 2}}}}},
		"caught up": {convert.CaughtUp("older"), &livechatv1.SubscribeResponse{
			Event: &livechatv1.SubscribeResponse_CaughtUp{CaughtUp: &livechatv1.CaughtUp{OlderPageToken: "older"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			tt.want.RoomId, tt.want.EventTime = "r1", timestamppb.New(noon)
			if diff := cmp.Diff(tt.want, event(tt.body), protocmp.Transform()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
	for number := range livechatv1.ResetCause_name {
		cause := livechatv1.ResetCause(number)
		if got := event(convert.Reset(cause)).GetReset_().GetCause(); got != cause {
			t.Errorf("reset for %v tells %v", cause, got)
		}
	}
	if got := convert.Event("r1", time.Time{}, convert.Deleted("m1")).GetEventTime(); got != nil {
		t.Errorf("at no time became %v", got)
	}
}
