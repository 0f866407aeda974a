package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/testing/protocmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

// online asks whether a department is online.
func (s *site) online(department string) (bool, error) {
	got, err := s.config.GetConfig(s.context(), &livechatv1.GetConfigRequest{Department: department})
	return got.GetConfig().GetOnline(), err
}

func TestWhetherADepartmentIsOnlineIsAskedByIDOrName(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, departments(version))
		asked := s.sentTo("config")
		s.chat.Agent("bea").SetStatus(sandbox.Offline)
		for _, tt := range []struct {
			department string
			online     bool
			calls      int // a name costs a second one, until the departments are known
		}{
			{"Sales", true, 2}, {"Sales", true, 1}, {"Help & Support", false, 1}, {"sales", true, 1}, {"support", false, 1},
			{"nowhere", false, 1}, // it may be an id
		} {
			before := len(asked())
			if online, err := s.online(tt.department); err != nil || online != tt.online {
				t.Errorf("%q: online %v, %v", tt.department, online, err)
			}
			if n := len(asked()) - before; n != tt.calls {
				t.Errorf("%q took %d calls, want %d", tt.department, n, tt.calls)
			}
		}
		_, err := s.online("No Where?")
		refuses(t, err, told{Code: codes.InvalidArgument, Reason: "DEPARTMENT_UNKNOWN"})
		s.set("Livechat_enabled", false)
		if online, err := s.online("No Where?"); err != nil || online {
			t.Errorf("with livechat off: online %v, %v", online, err)
		}
	})
}

func TestTheCallActionsOfEveryVersionAreTold(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		got, err := s.config.GetConfig(s.context(), &livechatv1.GetConfigRequest{})
		if err != nil {
			t.Fatal(err)
		}
		want := &livechatv1.Theme{
			WebrtcActions: []*livechatv1.CallAction{
				{LabelKey: "Join_call", Label: "Join call", Method: "joinLivechatWebRTCCall"},
				{LabelKey: "End_call", Label: "End call", Method: "endLivechatWebRTCCall", Danger: true},
			},
			JitsiActions: []*livechatv1.CallAction{{LabelKey: "Accept", Icon: "icon-videocam"}, {LabelKey: "Decline", Icon: "icon-cancel"}},
		}
		if version == sandbox.V3_4 { // one list, which is Jitsi's
			want = &livechatv1.Theme{JitsiActions: []*livechatv1.CallAction{
				{LabelKey: "Accept", Icon: "icon-videocam", Method: "createLivechatCall"},
				{LabelKey: "Decline", Icon: "icon-cancel", Method: "denyLivechatCall"},
			}}
		}
		theme := got.GetConfig().GetTheme()
		if diff := cmp.Diff(want, &livechatv1.Theme{WebrtcActions: theme.GetWebrtcActions(), JitsiActions: theme.GetJitsiActions()},
			protocmp.Transform()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}
