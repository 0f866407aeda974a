package server

import (
	"context"
	"encoding/json"

	"google.golang.org/protobuf/types/known/structpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/convert"
)

// configs implements ConfigService.
type configs struct {
	livechatv1.UnimplementedConfigServiceServer
	chat      *rocketchat.Client
	workspace *workspace
}

// GetConfig implements ConfigService.
func (s *configs) GetConfig(ctx context.Context, req *livechatv1.GetConfigRequest) (*livechatv1.GetConfigResponse, error) {
	got, err := s.read(ctx, req.GetDepartment())
	if err != nil {
		return nil, err
	}
	if !got.Enabled {
		return &livechatv1.GetConfigResponse{Config: &livechatv1.Config{}}, nil
	}
	audience := convert.Audience{AgentsHidden: got.Settings.AgentHidden}
	resp := &livechatv1.GetConfigResponse{Config: configProto(got)}
	if got.Visitor != nil {
		resp.Visitor = convert.Visitor(*got.Visitor)
	}
	if open := openRoom(got); open != nil {
		resp.Room = audience.Room(*open)
		resp.Room.Queue = convert.Queue(got.Queue)
	}
	return resp, nil
}

// read asks Rocket.Chat, which wants a department's id. The answer lists the departments, and so tells whether the right one was asked
// about.
func (s *configs) read(ctx context.Context, department string) (rocketchat.LivechatConfig, error) {
	token, asked := auth.From(ctx).Token(), s.workspace.departmentNamed(department)
	got, err := s.chat.Config(ctx, token, asked)
	if err != nil || !got.Enabled {
		return got, err
	}
	s.workspace.learn(got)
	if department == "" {
		return got, nil
	}
	id, err := departmentIn(got, department)
	if err != nil || id == asked {
		return got, err
	}
	return s.chat.Config(ctx, token, id)
}

func configProto(c rocketchat.LivechatConfig) *livechatv1.Config {
	config := &livechatv1.Config{
		Enabled:      c.Enabled,
		Online:       c.Online,
		Settings:     settingsProto(c.Settings),
		SoundUrl:     c.SoundURL,
		SurveyItems:  c.SurveyItems,
		SurveyValues: c.SurveyValues,
		Theme: &livechatv1.Theme{
			Title: c.Theme.Title, Color: c.Theme.Color, OfflineTitle: c.Theme.OfflineTitle, OfflineColor: c.Theme.OfflineColor,
			Position: c.Theme.Position, Background: c.Theme.Background,
			WebrtcActions: callActions(c.Theme.WebRTCActions), JitsiActions: callActions(c.Theme.JitsiActions),
		},
		Texts: &livechatv1.Texts{
			Offline: c.Texts.Offline, OfflineSuccess: c.Texts.OfflineSuccess, OfflineUnavailable: c.Texts.OfflineUnavailable,
			ConversationFinished: c.Texts.ConversationTitle, ConversationFinishedText: c.Texts.ConversationText,
			Transcript: c.Texts.Transcript, RegistrationForm: c.Texts.RegistrationForm, Consent: c.Texts.DataProcessingAgree,
		},
	}
	for _, d := range c.Departments {
		config.Departments = append(config.Departments, &livechatv1.Department{
			Id: d.ID, Name: d.Name, ShowOnRegistration: d.ShowOnRegistration, ShowOnOfflineForm: d.ShowOnOfflineForm,
		})
	}
	for _, e := range c.Emojis {
		config.Emojis = append(config.Emojis, &livechatv1.Emoji{Name: e.Name, Aliases: e.Aliases, Extension: e.Extension})
	}
	for _, f := range c.CustomFields {
		config.CustomFields = append(config.CustomFields, &livechatv1.CustomField{
			Key: f.ID, Label: f.Label, Type: f.Type, Pattern: f.Pattern, Required: f.Required, DefaultValue: f.Default, Options: f.Options,
		})
	}
	for _, t := range c.Triggers {
		config.Triggers = append(config.Triggers, &livechatv1.Trigger{
			Id: t.ID, RunOnce: t.RunOnce, Conditions: triggerRules(t.Conditions), Actions: triggerRules(t.Actions),
		})
	}
	return config
}

func callActions(actions []rocketchat.CallAction) []*livechatv1.CallAction {
	var out []*livechatv1.CallAction
	for _, a := range actions {
		out = append(out, &livechatv1.CallAction{LabelKey: a.LabelKey, Label: a.Label, Icon: a.Icon, Method: a.Method, Danger: a.Danger})
	}
	return out
}

func settingsProto(s rocketchat.LivechatSettings) *livechatv1.Settings {
	return &livechatv1.Settings{
		RegistrationForm:     s.RegistrationForm,
		NameField:            s.NameRequired,
		EmailField:           s.EmailRequired,
		DisplayOfflineForm:   s.DisplayOfflineForm,
		SwitchDepartments:    s.AllowSwitchingDepartment,
		FileUpload:           s.FileUpload,
		VideoCall:            s.VideoCall,
		Transcript:           s.Transcript,
		ShowConnecting:       s.ShowConnecting,
		AgentsHidden:         s.AgentHidden,
		VisitorsCanClose:     s.VisitorsCanCloseChat,
		ConsentRequired:      s.ConsentRequired,
		ForgetOnClose:        s.ClearStorageOnClose,
		HideWatermark:        s.HideWatermark,
		MessageLimit:         int32(s.MessageLimit),
		Language:             s.Language,
		PageVisitsBy:         s.HistoryMonitorType,
		HiddenSystemMessages: s.HiddenSystemMessages,
		LogoUrl:              s.LogoURL,
	}
}

func triggerRules(rules []rocketchat.TriggerRule) []*livechatv1.TriggerRule {
	out := make([]*livechatv1.TriggerRule, 0, len(rules))
	for _, r := range rules {
		rule := &livechatv1.TriggerRule{Name: r.Name, Value: r.Value}
		var params map[string]any
		if json.Unmarshal([]byte(r.Params), &params) == nil && params != nil {
			rule.Params, _ = structpb.NewStruct(params) // what JSON holds, a Struct holds
		}
		out = append(out, rule)
	}
	return out
}
