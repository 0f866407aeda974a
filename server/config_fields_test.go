package server_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// configFields has a row for each switch and word of livechat/config (rest-visitor 3): where it stands there, a value for it, and what
// it becomes, with the path of the contract's field. Nothing else may come of it.
var configFields = []struct{ upstream, value, field, want string }{
	{"online", `true`, "config.online", `true`},
	{"settings.registrationForm", `true`, "config.settings.registration_form", `true`},
	{"settings.allowSwitchingDepartments", `true`, "config.settings.switch_departments", `true`},
	{"settings.nameFieldRegistrationForm", `true`, "config.settings.name_field", `true`},
	{"settings.emailFieldRegistrationForm", `true`, "config.settings.email_field", `true`},
	{"settings.displayOfflineForm", `true`, "config.settings.display_offline_form", `true`},
	{"settings.videoCall", `true`, "config.settings.video_call", `true`},
	{"settings.fileUpload", `true`, "config.settings.file_upload", `true`},
	{"settings.language", `"de"`, "config.settings.language", `"de"`},
	{"settings.transcript", `true`, "config.settings.transcript", `true`},
	{"settings.historyMonitorType", `"title"`, "config.settings.page_visits_by", `"title"`},
	{"settings.forceAcceptDataProcessingConsent", `true`, "config.settings.consent_required", `true`},
	{"settings.showConnecting", `true`, "config.settings.show_connecting", `true`},
	{"settings.agentHiddenInfo", `true`, "config.settings.agents_hidden", `true`},
	{"settings.clearLocalStorageWhenChatEnded", `true`, "config.settings.forget_on_close", `true`},
	{"settings.limitTextLength", `120`, "config.settings.message_limit", `120`},
	{"settings.hiddenSystemMessages", `["uj"]`, "config.settings.hidden_system_messages", `["uj"]`},
	{"settings.livechatLogo", `{"url":"assets/logo.svg"}`, "config.settings.logo_url", `"assets/logo.svg"`},
	{"settings.hideWatermark", `true`, "config.settings.hide_watermark", `true`},
	{"settings.visitorsCanCloseChat", `true`, "config.settings.visitors_can_close", `true`},
	{"theme.title", `"Help"`, "config.theme.title", `"Help"`},
	{"theme.color", `"#112233"`, "config.theme.color", `"#112233"`},
	{"theme.offlineTitle", `"Away"`, "config.theme.offline_title", `"Away"`},
	{"theme.offlineColor", `"#445566"`, "config.theme.offline_color", `"#445566"`},
	{"theme.position", `"left"`, "config.theme.position", `"left"`},
	{"theme.background", `"#fff"`, "config.theme.background", `"#fff"`},
	{"theme.actionLinks", `{"webrtc":[{"i18nLabel":"a"}]}`, "config.theme.webrtc_actions",
		`[{"label_key":"a","label":"","icon":"","method":"","danger":false}]`},
	{"theme.actionLinks", `{"jitsi":[{"i18nLabel":"a"}]}`, "config.theme.jitsi_actions",
		`[{"label_key":"a","label":"","icon":"","method":"","danger":false}]`},
	{"messages.offlineMessage", `"a"`, "config.texts.offline", `"a"`},
	{"messages.offlineSuccessMessage", `"a"`, "config.texts.offline_success", `"a"`},
	{"messages.offlineUnavailableMessage", `"a"`, "config.texts.offline_unavailable", `"a"`},
	{"messages.conversationFinishedMessage", `"a"`, "config.texts.conversation_finished", `"a"`},
	{"messages.conversationFinishedText", `"a"`, "config.texts.conversation_finished_text", `"a"`},
	{"messages.transcriptMessage", `"a"`, "config.texts.transcript", `"a"`},
	{"messages.registrationFormMessage", `"a"`, "config.texts.registration_form", `"a"`},
	{"messages.dataProcessingConsentText", `"a"`, "config.texts.consent", `"a"`},
	{"survey.items", `["a"]`, "config.survey_items", `["a"]`},
	{"survey.values", `["1"]`, "config.survey_values", `["1"]`},
	{"resources.sound", `"a"`, "config.sound_url", `"a"`},
	{"resources.emojis", `[{"name":"a","aliases":["b"],"extension":"c"}]`, "config.emojis", `[{"name":"a","aliases":["b"],"extension":"c"}]`},
	{"departments", `[{"_id":"a","name":"b","showOnRegistration":true}]`, "config.departments",
		`[{"id":"a","name":"b","show_on_registration":true,"show_on_offline_form":false}]`},
	{"departments", `[{"_id":"a","name":"b","showOnOfflineForm":true}]`, "config.departments",
		`[{"id":"a","name":"b","show_on_registration":false,"show_on_offline_form":true}]`},
	{"triggers", `[{"_id":"a","runOnce":true,"conditions":[{"name":"b","value":"c"}],"actions":[{"name":"d","params":{"e":"f"}}]}]`, "config.triggers",
		`[{"id":"a","run_once":true,"conditions":[{"name":"b","value":"c","params":null}],"actions":[{"name":"d","value":"","params":{"e":"f"}}]}]`},
	{"customFields", `[{"_id":"a","label":"b","type":"c","regexp":"d","required":true,"defaultValue":"e","options":["f"]}]`, "config.custom_fields",
		`[{"key":"a","label":"b","type":"c","pattern":"d","required":true,"default_value":"e","options":["f"]}]`},
	{"customFields", `[{"_id":"a","label":"b","type":"c","regexp":"d","required":false,"defaultValue":null,"options":[]}]`, "config.custom_fields",
		`[{"key":"a","label":"b","type":"c","pattern":"d","required":false,"default_value":"","options":[]}]`},

	{"guest._id", `"a"`, "visitor.id room.visitor_id", `"a"`},
	{"guest.name", `"a"`, "visitor.name room.visitor_name", `"a"`},
	{"guest.username", `"a"`, "visitor.username", `"a"`},
	{"guest.token", `"a"`, "", ``},
	{"guest.visitorEmails", `[{"address":"a@example.com"}]`, "visitor.email", `"a@example.com"`},
	{"guest.department", `"a"`, "visitor.department_id", `"a"`},
	{"room._id", `"a"`, "room.id", `"a"`},
	{"room.departmentId", `"a"`, "room.department_id", `"a"`},
	{"room.callStatus", `"ringing"`, "room.call_status", `"ringing"`},
	{"room.servedBy", `{"_id":"a","username":"b"}`, "room.served_by",
		`{"id":"a","username":"b","name":"","presence":"AGENT_PRESENCE_UNSPECIFIED","email":"","hidden":false,"phone":"","department_ids":[]}`},
	{"agent", `{"_id":"a","name":"b","username":"c","status":"away","phone":[{"phoneNumber":"1"}],"emails":[{"address":"d@example.com"}]}`,
		"room.served_by", `{"id":"a","username":"c","name":"b","presence":"AGENT_PRESENCE_AWAY","email":"d@example.com","hidden":false,"phone":"1",` +
			`"department_ids":[]}`},
	{"agent", `{"hiddenInfo":true}`, "room.served_by",
		`{"id":"","username":"","name":"","presence":"AGENT_PRESENCE_UNSPECIFIED","email":"","hidden":true,"phone":"","department_ids":[]}`},
	{"queueInfo", `{"spot":2,"message":{"text":"a","user":"b"},"estimatedWaitTimeSeconds":90}`, "room.queue",
		`{"position":2,"estimated_wait":"90s","text":"a"}`},
}

// configDoc is an answer of livechat/config with little in it, but for one value at a path of at most two keys.
func configDoc(upstream, value string) string {
	doc := map[string]any{
		"enabled": true, "settings": map[string]any{"visitorsCanCloseChat": false},
		"guest": map[string]any{"_id": "v"}, "room": map[string]any{"_id": "r", "open": true},
	}
	at, key := doc, upstream
	if part, inside, deep := strings.Cut(upstream, "."); deep {
		if doc[part] == nil {
			doc[part] = map[string]any{}
		}
		at, key = doc[part].(map[string]any), inside
	}
	at[key] = json.RawMessage(value)
	raw, err := json.Marshal(map[string]any{"success": true, "config": doc})
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// parts are the messages of the response that have rows for what is in them; the others have one for all of it.
var parts = map[string]bool{"": true, "config": true, "config.settings": true, "config.theme": true, "config.texts": true, "visitor": true, "room": true}

// leaves puts the values of a part of the response where their paths are.
func leaves(into map[string]string, path string, raw json.RawMessage) {
	var inner map[string]json.RawMessage
	if !parts[path] || json.Unmarshal(raw, &inner) != nil {
		var flat bytes.Buffer
		_ = json.Compact(&flat, raw)
		into[path] = flat.String()
		return
	}
	for key, value := range inner {
		leaves(into, strings.TrimPrefix(path+"."+key, "."), value)
	}
}

// notOfTheConfiguration are fields of the response that livechat/config says nothing about, and those that the bare answer has already.
var notOfTheConfiguration = []string{
	"config.enabled", "room.open",
	"visitor.phone", "visitor.status", "visitor.create_time", "visitor.custom_fields",
	"room.create_time", "room.close_time", "room.closed_by", "room.close_comment", "room.last_message_time", "room.tags",
}

func TestEachFieldOfTheConfigurationIsToldInItsPlace(t *testing.T) {
	s, answer := newSite(t, setup{}), ""
	s.intercept("config", func(w http.ResponseWriter, r *http.Request) bool {
		answers(200, "application/json", answer)(w, r)
		return true
	})
	told := func(upstream, value string) map[string]string {
		t.Helper()
		answer = configDoc(upstream, value)
		got, err := s.config.GetConfig(s.context(), &livechatv1.GetConfigRequest{})
		if err != nil {
			t.Fatalf("%s: %v", upstream, err)
		}
		raw, err := protojson.MarshalOptions{UseProtoNames: true, EmitUnpopulated: true}.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]string{}
		leaves(all, "", raw)
		return all
	}
	bare := told("enabled", "true")
	left := maps.Clone(bare)
	for _, tt := range configFields {
		want := maps.Clone(bare)
		for field := range strings.FieldsSeq(tt.field) {
			if _, known := bare[field]; !known {
				t.Errorf("%s: the contract has no field %s", tt.upstream, field)
			}
			want[field] = tt.want
			delete(left, field)
		}
		if diff := cmp.Diff(want, told(tt.upstream, tt.value)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", tt.upstream, diff)
		}
	}
	for _, field := range notOfTheConfiguration {
		delete(left, field)
	}
	for field := range left {
		t.Errorf("nothing becomes %s", field)
	}
}
