package server_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/structpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

func TestTheConfigurationIsForEveryone(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := of(version)
		with.services = services // locked, and still for everyone
		with.workspace.Departments = []sandbox.Department{
			{ID: "sales", Name: "Sales", Agents: []string{"ann"}, HideOnOfflineForm: true}, {ID: "empty", Name: "Empty"},
		}
		s := newSite(t, with)
		got, err := s.config.GetConfig(s.context(), &livechatv1.GetConfigRequest{})
		if err != nil {
			t.Fatal(err)
		}
		config := got.GetConfig()
		if !config.GetEnabled() || !config.GetOnline() || config.GetTheme().GetTitle() != "Rocket.Chat" ||
			!config.GetSettings().GetVisitorsCanClose() || config.GetSettings().GetMessageLimit() != 0 ||
			len(config.GetSurveyItems()) != 4 || len(config.GetSurveyValues()) != 5 {
			t.Errorf("config %v", config)
		}
		want := []*livechatv1.Department{{Id: "sales", Name: "Sales", ShowOnRegistration: true}}
		if diff := cmp.Diff(want, config.GetDepartments(), protocmp.Transform()); diff != "" {
			t.Errorf("departments (-want +got)\n%s", diff)
		}
		if got.GetVisitor() != nil || got.GetRoom() != nil {
			t.Errorf("told a stranger of %v, %v", got.GetVisitor(), got.GetRoom())
		}
		s.chat.Agent("ann").SetStatus(sandbox.Offline)
		offline, err := s.config.GetConfig(s.context(), &livechatv1.GetConfigRequest{Department: "sales"})
		if err != nil || offline.GetConfig().GetOnline() {
			t.Errorf("nobody is there: %v, %v", offline.GetConfig(), err)
		}
	})
}

func TestTheConfigurationTellsAVisitorOfItsConversation(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		before, err := s.config.GetConfig(ctx, &livechatv1.GetConfigRequest{})
		if err != nil || before.GetVisitor().GetName() != "Vera" || before.GetRoom() != nil {
			t.Errorf("before a room is opened: %v, %v, %v", before.GetVisitor(), before.GetRoom(), err)
		}
		room := s.open(ctx)
		got, err := s.config.GetConfig(ctx, &livechatv1.GetConfigRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(s.room(ctx, room), got.GetRoom(), protocmp.Transform()); diff != "" {
			t.Errorf("GetRoom and GetConfig differ (-room +config)\n%s", diff)
		}
		s.close(ctx, room)
		after, err := s.config.GetConfig(ctx, &livechatv1.GetConfigRequest{})
		if err != nil || after.GetRoom() != nil {
			t.Errorf("after the close: %v, %v", after.GetRoom(), err)
		}
		nobody, err := s.config.GetConfig(bearer(s.context(), "nobodysToken"), &livechatv1.GetConfigRequest{})
		if err != nil || nobody.GetVisitor() != nil || !nobody.GetConfig().GetEnabled() {
			t.Errorf("an unknown visitor: %v, %v", nobody, err)
		}
	})
}

func TestLivechatSwitchedOffIsAllThatIsTold(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		s := newSite(t, of(version))
		ctx := s.visitor()
		s.open(ctx)
		s.set("Livechat_enabled", false)
		got, err := s.config.GetConfig(ctx, &livechatv1.GetConfigRequest{})
		want := &livechatv1.GetConfigResponse{Config: &livechatv1.Config{}}
		if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" || err != nil {
			t.Errorf("%v (-want +got)\n%s", err, diff)
		}
	})
}

func TestAgentsThatTheWorkspaceHidesStayHidden(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		with := of(version)
		with.workspace.Settings = map[string]any{"Livechat_show_agent_info": false}
		s := newSite(t, with)
		ctx := s.visitor()
		opened, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
		if err != nil {
			t.Fatal(err)
		}
		room := opened.GetRoom().GetId()
		if _, err := s.chat.Agent("ann").Send(room, "may I help you?"); err != nil {
			t.Fatal(err)
		}
		config, err := s.config.GetConfig(ctx, &livechatv1.GetConfigRequest{})
		if err != nil {
			t.Fatal(err)
		}
		hidden := &livechatv1.Agent{Hidden: true}
		for where, got := range map[string]*livechatv1.Room{
			"OpenRoom": opened.GetRoom(), "GetRoom": s.room(ctx, room), "GetConfig": config.GetRoom(),
		} {
			if diff := cmp.Diff(hidden, got.GetServedBy(), protocmp.Transform()); diff != "" {
				t.Errorf("%s (-want +got)\n%s", where, diff)
			}
		}
		unnamed := &livechatv1.Author{Kind: livechatv1.AuthorKind_AUTHOR_KIND_AGENT}
		if diff := cmp.Diff(unnamed, s.list(ctx, room)[0].GetAuthor(), protocmp.Transform()); diff != "" {
			t.Errorf("the author of a message (-want +got)\n%s", diff)
		}

		// Also where the workspace does not say so any more: once livechat is off, its settings are not told.
		s.set("Livechat_enabled", false)
		fresh := newReplica(t, s.chat, setup{})
		if diff := cmp.Diff(unnamed, fresh.list(ctx, room)[0].GetAuthor(), protocmp.Transform()); diff != "" {
			t.Errorf("the author, with livechat off (-want +got)\n%s", diff)
		}
	})
}

func TestTheWholeConfigurationIsToldInTheContractsWords(t *testing.T) {
	s := newSite(t, setup{})
	s.intercept("config", func(w http.ResponseWriter, _ *http.Request) bool {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(wholeConfig))
		return true
	})
	params, err := structpb.NewStruct(map[string]any{"sender": "queue", "msg": "Hello!", "name": "Bob"})
	if err != nil {
		t.Fatal(err)
	}
	want := &livechatv1.Config{
		Enabled: true, SoundUrl: "/sounds/chime.mp3",
		Settings: &livechatv1.Settings{
			FileUpload: true, Language: "de", PageVisitsBy: "title", MessageLimit: 120, LogoUrl: "assets/logo.svg",
			HiddenSystemMessages: []string{"uj"},
		},
		Theme: &livechatv1.Theme{
			Title: "Help", Color: "#112233", Position: "left", Background: "#fff",
			WebrtcActions: []*livechatv1.CallAction{
				{LabelKey: "Join_call", Label: "Join call", Method: "joinLivechatWebRTCCall"}, {LabelKey: "End_call", Danger: true},
			},
			JitsiActions: []*livechatv1.CallAction{{LabelKey: "Accept", Icon: "icon-videocam"}},
		},
		Emojis: []*livechatv1.Emoji{{Name: "parrot", Aliases: []string{"bird", "party"}, Extension: "gif"}, {Name: "logo", Extension: "png"}},
		Texts: &livechatv1.Texts{
			Offline: "closed", OfflineSuccess: "sent", OfflineUnavailable: "sorry", ConversationFinished: "over",
			ConversationFinishedText: "bye", Transcript: "mail?", RegistrationForm: "who?", Consent: "agree?",
		},
		Triggers: []*livechatv1.Trigger{{
			Id: "t1", RunOnce: true,
			Conditions: []*livechatv1.TriggerRule{{Name: "time-on-site", Value: "5"}},
			Actions:    []*livechatv1.TriggerRule{{Name: "send-message", Params: params}},
		}},
		CustomFields: []*livechatv1.CustomField{{
			Key: "plan", Label: "Plan", Type: "select", Pattern: "^g", Required: true, DefaultValue: "gold", Options: []string{"gold", "grey"},
		}},
	}
	got, err := s.config.GetConfig(s.context(), &livechatv1.GetConfigRequest{})
	if diff := cmp.Diff(want, got.GetConfig(), protocmp.Transform()); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
	room := &livechatv1.Room{
		Id: "r1", Open: true, DepartmentId: "d1", VisitorId: "v1", CallStatus: "ringing",
		Queue: &livechatv1.QueuePosition{Position: 3, Text: "soon", EstimatedWait: durationpb.New(90 * time.Second)},
	}
	if diff := cmp.Diff(room, got.GetRoom(), protocmp.Transform()); diff != "" {
		t.Errorf("room (-want +got)\n%s", diff)
	}
}

const wholeConfig = `{"success":true,"config":{"enabled":true,"online":false,"resources":{"sound":"/sounds/chime.mp3",
	"emojis":[{"_id":"e1","name":"parrot","aliases":["bird","party"],"extension":"gif"},{"_id":"e2","name":"logo","extension":"png"}]},
"settings":{"fileUpload":true,"language":"de","historyMonitorType":"title","limitTextLength":120,"visitorsCanCloseChat":false,
	"livechatLogo":{"url":"assets/logo.svg"},"hiddenSystemMessages":["uj"]},
"theme":{"title":"Help","color":"#112233","position":"left","background":"#fff","actionLinks":{
	"webrtc":[{"i18nLabel":"Join_call","label":"Join call","method_id":"joinLivechatWebRTCCall"},{"i18nLabel":"End_call","danger":true}],
	"jitsi":[{"icon":"icon-videocam","i18nLabel":"Accept"}]}},
"messages":{"offlineMessage":"closed","offlineSuccessMessage":"sent","offlineUnavailableMessage":"sorry",
	"conversationFinishedMessage":"over","conversationFinishedText":"bye","transcriptMessage":"mail?",
	"registrationFormMessage":"who?","dataProcessingConsentText":"agree?"},
"triggers":[{"_id":"t1","runOnce":true,"conditions":[{"name":"time-on-site","value":"5"}],
	"actions":[{"name":"send-message","params":{"sender":"queue","msg":"Hello!","name":"Bob"}}]}],
"guest":{"_id":"v1","username":"guest-1"},"room":{"_id":"r1","open":true,"callStatus":"ringing","departmentId":"d1"},
"queueInfo":{"spot":3,"message":{"text":"soon"},"estimatedWaitTimeSeconds":90},
"customFields":[{"_id":"plan","label":"Plan","type":"select","regexp":"^g","required":true,"defaultValue":"gold","options":["gold","grey"]}]}}`
