package core

import "maps"

// InitialData is livechat:getInitialData, which told the oldest widgets what livechat/config tells. Without a token it finds the first
// visitor and the first open room that there are (recorded in 3.4.0: its database drops a condition that is undefined).
func (c *Core) InitialData(token string, hasToken bool, dep string) Doc {
	out := c.settingsOf(initialSettings)
	maps.DeleteFunc(out, func(_ string, value any) bool { return value == nil })
	out["videoCall"] = false
	out["fileUpload"] = c.flag("Livechat_fileupload_enabled") && c.flag("FileUpload_Enabled")
	out["showConnecting"] = c.showConnecting()
	out["triggers"], out["departments"] = c.listedTriggers(), c.wholeDepartments()
	out["online"] = c.isOnline(dep)
	out["room"] = nil
	v, r := c.tokens[token], c.openRoomOf(token)
	if !hasToken {
		v, r = c.firstVisitor(), c.firstOpenRoom()
	}
	if r != nil {
		out["room"] = r.initial(c)
		if r.servedBy != nil {
			out["agentData"] = c.agentData(r.servedBy)
		}
	}
	if v != nil {
		known := v.guest()
		delete(known, "token")
		out["visitor"] = known
	}
	return out
}

// initialSettings are the workspace settings that it tells.
var initialSettings = doc{
	"enabled": "Livechat_enabled", "title": "Livechat_title", "color": "Livechat_title_color",
	"registrationForm": "Livechat_registration_form", "allowSwitchingDepartments": "Livechat_allow_switching_departments",
	"offlineColor": "Livechat_offline_title_color", "offlineTitle": "Livechat_offline_title",
	"offlineMessage": "Livechat_offline_message", "offlineSuccessMessage": "Livechat_offline_success_message",
	"offlineUnavailableMessage": "Livechat_offline_form_unavailable", "displayOfflineForm": "Livechat_display_offline_form",
	"conversationFinishedMessage": "Livechat_conversation_finished_message",
	"conversationFinishedText":    "Livechat_conversation_finished_text",
	"nameFieldRegistrationForm":   "Livechat_name_field_registration_form",
	"emailFieldRegistrationForm":  "Livechat_email_field_registration_form",
	"registrationFormMessage":     "Livechat_registration_form_message",
	"language":                    "Language", "transcript": "Livechat_enable_transcript", "transcriptMessage": "Livechat_transcript_message",
}

// initial is the room as this method tells it.
func (r *room) initial(c *Core) doc {
	d := doc{"_id": r.id, "t": r.kind, "cl": false, "v": r.visitorDocument(c.Facts)}
	if r.servedBy != nil {
		d["servedBy"] = r.servedRef()
	}
	if r.department != "" {
		d["departmentId"] = r.department
	}
	return d
}

func (c *Core) firstVisitor() *visitor {
	if len(c.visitors) == 0 {
		return nil
	}
	return c.visitors[0]
}

func (c *Core) firstOpenRoom() *room {
	for _, r := range c.roomOrder {
		if r.kind == livechatRoom && r.open {
			return r
		}
	}
	return nil
}

// wholeDepartments are the records of the departments that visitors may choose.
func (c *Core) wholeDepartments() []doc {
	out := []doc{}
	for _, d := range c.departments {
		if d.enabled && len(d.members) > 0 {
			out = append(out, d.document())
		}
	}
	return out
}
