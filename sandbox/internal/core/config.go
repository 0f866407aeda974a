package core

import (
	"encoding/json"
	"maps"
)

// Config is the body of GET livechat/config. A token that nobody has is no error: the guest is just absent.
func (c *Core) Config(token, dep, siteURL string) Doc {
	if !c.flag("Livechat_enabled") {
		return doc{"enabled": false}
	}
	out := doc{
		"enabled":      true,
		"settings":     c.configSettings(),
		"theme":        c.configTheme(),
		"messages":     c.settingsOf(messageSettings),
		"survey":       doc{"items": surveyItems, "values": surveyValues},
		"triggers":     c.listedTriggers(),
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
		out["room"] = r.short()
		if r.servedBy != nil {
			out["agent"] = c.agentData(r.servedBy)
		}
		if r.place != nil {
			out["queueInfo"] = r.place
		}
	}
	return out
}

// short is the room as livechat/config shows it.
func (r *room) short() doc {
	d := doc{"_id": r.id, "open": true}
	if r.department != "" {
		d["departmentId"] = r.department
	}
	if r.servedBy != nil {
		d["servedBy"] = r.servedRef()
	}
	if r.calling != "" {
		d["callStatus"] = r.calling
	}
	return d
}

// Which workspace settings the parts of livechat/config tell.
var (
	plainSettings = doc{
		"registrationForm":                 "Livechat_registration_form",
		"allowSwitchingDepartments":        "Livechat_allow_switching_departments",
		"nameFieldRegistrationForm":        "Livechat_name_field_registration_form",
		"emailFieldRegistrationForm":       "Livechat_email_field_registration_form",
		"displayOfflineForm":               "Livechat_display_offline_form",
		"language":                         "Language",
		"transcript":                       "Livechat_enable_transcript",
		"historyMonitorType":               "Livechat_history_monitor_type",
		"forceAcceptDataProcessingConsent": "Livechat_force_accept_data_processing_consent",
	}
	themeSettings = doc{
		"title": "Livechat_title", "color": "Livechat_title_color",
		"offlineTitle": "Livechat_offline_title", "offlineColor": "Livechat_offline_title_color",
	}
	messageSettings = doc{
		"offlineMessage":              "Livechat_offline_message",
		"offlineSuccessMessage":       "Livechat_offline_success_message",
		"offlineUnavailableMessage":   "Livechat_offline_form_unavailable",
		"conversationFinishedMessage": "Livechat_conversation_finished_message",
		"conversationFinishedText":    "Livechat_conversation_finished_text",
		"transcriptMessage":           "Livechat_transcript_message",
		"registrationFormMessage":     "Livechat_registration_form_message",
		"dataProcessingConsentText":   "Livechat_data_processing_consent_text",
	}
)

// settingsOf answers the values of workspace settings under other names.
func (c *Core) settingsOf(named doc) doc {
	out := doc{}
	for name, id := range named {
		out[name] = c.settings[id.(string)]
	}
	return out
}

func (c *Core) configSettings() doc {
	out := c.settingsOf(plainSettings)
	maps.Copy(out, c.settingsOf(c.Facts.configExtra))
	out["videoCall"] = false // the sandbox has no call provider
	out["fileUpload"] = c.flag("Livechat_fileupload_enabled") && c.flag("FileUpload_Enabled")
	out["showConnecting"] = c.showConnecting()
	out["agentHiddenInfo"] = !c.flag("Livechat_show_agent_info")
	if c.Facts.characterLimit {
		out["limitTextLength"] = c.advertisedLimit()
	}
	return out
}

func (c *Core) configTheme() doc {
	out := c.settingsOf(themeSettings)
	maps.Copy(out, c.settingsOf(c.Facts.themeExtra))
	out["actionLinks"] = json.RawMessage(c.Facts.actionLinks)
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
	return c.number("Message_MaxAllowedSize")
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
