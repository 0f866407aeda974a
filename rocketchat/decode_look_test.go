package rocketchat

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTheCallActionsOfAThemeInEitherShape(t *testing.T) {
	accept := []CallAction{{LabelKey: "Accept", Icon: "icon-videocam"}}
	for raw, want := range map[string]Theme{
		`[{"icon":"icon-videocam","i18nLabel":"Accept"}]`: {JitsiActions: accept},
		`{"webrtc":[{"i18nLabel":"End_call","label":"End call","method_id":"end","danger":true,"actionLinksAlignment":"flex-start"}],
			"jitsi":[{"icon":"icon-videocam","i18nLabel":"Accept"}]}`: {
			WebRTCActions: []CallAction{{LabelKey: "End_call", Label: "End call", Method: "end", Danger: true}}, JitsiActions: accept,
		},
		`{"jitsi":[{"icon":"icon-videocam","i18nLabel":"Accept"}]}`: {JitsiActions: accept},
		`[]`: {}, `{}`: {}, `null`: {}, `7`: {}, `"x"`: {}, `{"webrtc":null,"jitsi":null}`: {},
		`[{"icon":"icon-videocam","i18nLabel":"Accept","danger":"no"}]`: {JitsiActions: accept}, // one odd field
	} {
		got, err := decodeConfig(json.RawMessage(`{"enabled":true,"theme":{"actionLinks":` + raw + `}}`))
		if diff := cmp.Diff(want, got.Theme); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", raw, err, diff)
		}
	}
}

func TestTheEmojisOfAWorkspace(t *testing.T) {
	got, err := decodeConfig(json.RawMessage(`{"enabled":true,"resources":{"emojis":[
		{"_id":"1","name":"parrot","aliases":["bird","party"],"extension":"gif","_updatedAt":"2026-11-21T01:51:32.095Z"},
		{"_id":"2","name":"logo","aliases":[],"extension":"png"}, {"_id":"3","name":"old","aliases":"a, b","extension":"png"},
		{"_id":"4","name":"odd","aliases":7}]}}`))
	want := []Emoji{
		{Name: "parrot", Aliases: []string{"bird", "party"}, Extension: "gif"}, {Name: "logo", Aliases: []string{}, Extension: "png"},
		{Name: "old", Aliases: []string{"a", "b"}, Extension: "png"}, {Name: "odd"},
	}
	if diff := cmp.Diff(want, got.Emojis); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}
