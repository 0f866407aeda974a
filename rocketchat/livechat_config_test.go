package rocketchat

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// What the recorded community servers do not send, as rest-visitor 3 describes it.
func TestConfigOfAnEnterpriseServer(t *testing.T) {
	raw := `{"enabled":true,"online":true,
		"settings":{"limitTextLength":5000,"visitorsCanCloseChat":false,"hideWatermark":true,"hiddenSystemMessages":["uj","ul"],
			"livechatLogo":{"url":"assets/logo.png"},"agentHiddenInfo":true},
		"theme":{"position":"left","background":"#fff","actionLinks":{"webrtc":[],"jitsi":[]}},
		"triggers":[{"_id":"t","runOnce":true,"conditions":[{"name":"time-on-site","value":"10"},{"name":"page-url","value":7}],
			"actions":[{"name":"send-message","params":{"sender": "queue", "msg":"Hi"}}]}],
		"customFields":[{"_id":"plan","label":"Plan","type":"select","regexp":"^x","required":true,"defaultValue":null,"options":["a","b"]}],
		"guest":{"_id":"v"},"room":{"_id":"r","open":true},"agent":{"hiddenInfo":true},
		"queueInfo":{"spot":2,"message":{"text":"soon","user":"rocket.cat"},"estimatedWaitTimeSeconds":90.5}}`
	got, err := decodeConfig(json.RawMessage(raw))
	if err != nil {
		t.Fatal(err)
	}
	want := LivechatConfig{
		Enabled: true, Online: true,
		Settings: LivechatSettings{MessageLimit: 5000, HideWatermark: true, HiddenSystemMessages: []string{"uj", "ul"},
			LogoURL: "assets/logo.png", AgentHidden: true},
		Theme: Theme{Position: "left", Background: "#fff"},
		Triggers: []Trigger{{ID: "t", RunOnce: true,
			Conditions: []TriggerRule{{Name: "time-on-site", Value: "10"}, {Name: "page-url", Value: "7"}},
			Actions:    []TriggerRule{{Name: "send-message", Params: `{"sender":"queue","msg":"Hi"}`}}}},
		CustomFields: []CustomField{{ID: "plan", Label: "Plan", Type: "select", Pattern: "^x", Required: true, Options: []string{"a", "b"}}},
		Visitor:      &Visitor{ID: "v"},
		Room:         &Room{ID: "r", Open: true},
		Agent:        &Agent{Hidden: true},
		Queue:        &Queue{Position: 2, EstimatedWait: 90500 * time.Millisecond, Text: "soon"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNotAConfig(t *testing.T) {
	for _, raw := range []string{"", "null", "7", "[]", `{"enabled":true,"agent":7}`} {
		if got, err := decodeConfig(json.RawMessage(raw)); err == nil {
			t.Errorf("%s reads as %+v", raw, got)
		}
	}
}

func TestABlankTokenIsRefusedHere(t *testing.T) {
	s, c := newCanned(t, nil)
	for _, token := range []Secret{"", " \t"} {
		if v, err := c.RegisterVisitor(t.Context(), NewVisitor{Token: token}); code(err) != CodeEmptyToken {
			t.Errorf("%+v, %v", v, err)
		}
	}
	if len(s.calls) != 0 {
		t.Errorf("asked %v", s.calls)
	}
}
