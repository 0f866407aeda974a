package rocketchat

import (
	"encoding/json"
	"strings"
)

// callActionDoc is one of theme.actionLinks.
type callActionDoc struct {
	LabelKey string `json:"i18nLabel"`
	Label    string `json:"label"`
	Icon     string `json:"icon"`
	Method   string `json:"method_id"`
	Danger   bool   `json:"danger"`
}

func (d themeDoc) theme() Theme {
	t := Theme{
		Title: d.Title, Color: d.Color, OfflineTitle: d.OfflineTitle, OfflineColor: d.OfflineColor, Position: d.Position, Background: d.Background,
	}
	t.WebRTCActions, t.JitsiActions = callActions(d.ActionLinks)
	return t
}

// callActions reads theme.actionLinks: one list before calls by WebRTC came, which is Jitsi's (3.4.0 config-offline), and an object with
// a list for each since (6.5.3 livechat-config). Anything else holds none.
func callActions(raw json.RawMessage) (webrtc, jitsi []CallAction) {
	var only []callActionDoc
	if unmarshal(raw, &only) == nil {
		return nil, actions(only)
	}
	var both struct {
		WebRTC []callActionDoc `json:"webrtc"`
		Jitsi  []callActionDoc `json:"jitsi"`
	}
	if unmarshal(raw, &both) != nil {
		return nil, nil
	}
	return actions(both.WebRTC), actions(both.Jitsi)
}

func actions(docs []callActionDoc) []CallAction {
	var list []CallAction
	for _, d := range docs {
		list = append(list, CallAction(d))
	}
	return list
}

// emojiDoc is one of resources.emojis. aliases is a list; old records may have a text with commas.
type emojiDoc struct {
	Name      string          `json:"name"`
	Aliases   json.RawMessage `json:"aliases"`
	Extension string          `json:"extension"`
}

func emojis(docs []emojiDoc) []Emoji {
	var list []Emoji
	for _, d := range docs {
		e := Emoji{Name: d.Name, Extension: d.Extension}
		var text string
		if json.Unmarshal(d.Aliases, &e.Aliases) != nil && json.Unmarshal(d.Aliases, &text) == nil {
			e.Aliases = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' })
		}
		list = append(list, e)
	}
	return list
}
