package core

import "encoding/json"

// Config is the body of GET livechat/config. A token that nobody has is no error: the guest is just absent.
func (c *Core) Config(token, dep, siteURL string) Doc {
	if !c.flag("Livechat_enabled") {
		return doc{"enabled": false}
	}
	out := doc{
		"enabled":  true,
		"settings": c.configSettings(),
		"theme": doc{
			"title": c.text("Livechat_title"), "color": "#C1272D",
			"offlineTitle": "Leave a message", "offlineColor": "#666666",
			"actionLinks": json.RawMessage(c.Facts.actionLinks),
		},
		"messages": doc{
			"offlineMessage": "", "offlineSuccessMessage": "", "offlineUnavailableMessage": "",
			"conversationFinishedMessage": c.text("Livechat_conversation_finished_message"),
			"conversationFinishedText":    "", "transcriptMessage": "",
			"registrationFormMessage":   c.text("Livechat_registration_form_message"),
			"dataProcessingConsentText": "",
		},
		"survey": doc{
			// The third name is misspelt in Rocket.Chat, and must be sent so.
			"items":  []string{"satisfaction", "agentKnowledge", "agentResposiveness", "agentFriendliness"},
			"values": []string{"1", "2", "3", "4", "5"},
		},
		"triggers":     []doc{},
		"departments":  c.listedDepartments(),
		"resources":    doc{"sound": siteURL + "/sounds/chime.mp3", "emojis": []doc{}},
		"online":       c.isOnline(dep),
		"customFields": c.listedFields(),
	}
	v := c.tokens[token]
	if v == nil {
		return out
	}
	out["guest"] = v.guest()
	if r := c.openRoomOf(token); r != nil {
		short := doc{"_id": r.id, "open": true}
		if r.department != "" {
			short["departmentId"] = r.department
		}
		if r.servedBy != nil {
			short["servedBy"] = r.servedRef()
			out["agent"] = c.agentData(r.servedBy)
		}
		out["room"] = short
	}
	return out
}

func (c *Core) configSettings() doc {
	out := doc{
		"registrationForm": true, "allowSwitchingDepartments": true, "nameFieldRegistrationForm": true,
		"emailFieldRegistrationForm": true, "displayOfflineForm": true, "videoCall": false, "fileUpload": true,
		"language": "", "transcript": false, "historyMonitorType": "url", "forceAcceptDataProcessingConsent": false,
		"showConnecting":  c.routing() == ManualSelection,
		"agentHiddenInfo": !c.flag("Livechat_show_agent_info"),
	}
	for key, value := range c.Facts.configExtra {
		out[key] = value
	}
	if c.Facts.characterLimit {
		out["limitTextLength"] = c.advertisedLimit()
	}
	return out
}

// advertisedLimit is false or a number. It lies when the limit is on and its number left at 0: then it tells
// Message_MaxAllowedSize, 5000 by default, while every text is refused.
func (c *Core) advertisedLimit() any {
	if !c.flag("Livechat_enable_message_character_limit") {
		return false
	}
	if n := c.number("Livechat_message_character_limit"); n > 0 {
		return n
	}
	return 5000
}

func (c *Core) listedDepartments() []doc {
	out := []doc{}
	for _, d := range c.departments {
		if !d.enabled || len(d.members) == 0 {
			continue
		}
		out = append(out, doc{
			"_id": d.id, "name": d.name,
			"showOnRegistration": d.onRegistration, "showOnOfflineForm": d.onOfflineForm,
		})
	}
	return out
}

// listedFields are the workspace's custom fields of visitors, where the version tells them.
func (c *Core) listedFields() []doc {
	out := []doc{}
	if !c.Facts.listsFields {
		return out
	}
	for _, f := range c.visitorFields {
		out = append(out, doc{
			"_id": f.Key, "label": f.Label, "regexp": "", "required": false, "type": "input", "defaultValue": "",
		})
	}
	return out
}
