package core

// settingRecord is what the server keeps of a livechat setting beside its value, as 3.4.0 listed it.
type settingRecord struct {
	id, label, kind, description string
	sorter                       int
	value                        any // of a fresh workspace
	onlyWith                     string
	multiline, secret            bool
}

// appearanceRecords are the settings of GET livechat/appearance.
var appearanceRecords = []settingRecord{
	{id: "Livechat_title", label: "Livechat_title", sorter: 5, kind: "string", value: "Rocket.Chat"},
	{id: "Livechat_title_color", label: "Livechat_title_color", sorter: 6, kind: "color", value: "#C1272D"},
	{id: "Livechat_display_offline_form", label: "Display_offline_form", sorter: 7, kind: "boolean", value: true},
	{id: "Livechat_offline_form_unavailable", label: "Offline_form_unavailable_message", sorter: 9, kind: "string", value: ""},
	{id: "Livechat_offline_title", label: "Title", sorter: 10, kind: "string", value: "Leave a message"},
	{id: "Livechat_offline_title_color", label: "Color", sorter: 11, kind: "color", value: "#666666"},
	{id: "Livechat_offline_message", label: "Instructions", sorter: 12, kind: "string", value: "", description: "Instructions_to_your_visitor_fill_the_form_to_send_a_message"},
	{id: "Livechat_offline_email", label: "Email_address_to_send_offline_messages", sorter: 13, kind: "string", value: ""},
	{id: "Livechat_offline_success_message", label: "Offline_success_message", sorter: 14, kind: "string", value: ""},
	{id: "Livechat_show_agent_info", label: "Show_agent_info", sorter: 16, kind: "boolean", value: true},
	{id: "Livechat_show_agent_email", label: "Show_agent_email", sorter: 17, kind: "boolean", value: true, onlyWith: `{"_id":"Livechat_show_agent_info","value":true}`},
	{id: "Livechat_conversation_finished_message", label: "Conversation_finished_message", sorter: 19, kind: "string", value: ""},
	{id: "Livechat_conversation_finished_text", label: "Conversation_finished_text", sorter: 20, kind: "string", value: "", multiline: true},
	{id: "Livechat_registration_form", label: "Show_preregistration_form", sorter: 21, kind: "boolean", value: true},
	{id: "Livechat_name_field_registration_form", label: "Show_name_field", sorter: 22, kind: "boolean", value: true},
	{id: "Livechat_email_field_registration_form", label: "Show_email_field", sorter: 23, kind: "boolean", value: true},
	{id: "Livechat_registration_form_message", label: "Livechat_registration_form_message", sorter: 49, kind: "string", value: ""},
}

// integrationRecords are those of GET livechat/integrations.settings.
var integrationRecords = []settingRecord{
	{id: "Livechat_webhookUrl", label: "Webhook_URL", sorter: 27, kind: "string", value: ""},
	{id: "Livechat_secret_token", label: "Secret_token", sorter: 28, kind: "string", value: "", secret: true},
	{id: "Livechat_webhook_on_start", label: "Send_request_on_chat_start", sorter: 29, kind: "boolean", value: false},
	{id: "Livechat_webhook_on_close", label: "Send_request_on_chat_close", sorter: 30, kind: "boolean", value: false},
	{id: "Livechat_webhook_on_chat_taken", label: "Send_request_on_chat_taken", sorter: 31, kind: "boolean", value: false},
	{id: "Livechat_webhook_on_chat_queued", label: "Send_request_on_chat_queued", sorter: 32, kind: "boolean", value: false},
	{id: "Livechat_webhook_on_forward", label: "Send_request_on_forwarding", sorter: 33, kind: "boolean", value: false},
	{id: "Livechat_webhook_on_offline_msg", label: "Send_request_on_offline_messages", sorter: 34, kind: "boolean", value: false},
	{id: "Livechat_webhook_on_visitor_message", label: "Send_request_on_visitor_message", sorter: 35, kind: "boolean", value: false},
	{id: "Livechat_webhook_on_agent_message", label: "Send_request_on_agent_message", sorter: 36, kind: "boolean", value: false},
}

// Appearance are the records of the widget's settings, which managers may read.
func (c *Core) Appearance() []Doc { return c.settingDocuments(appearanceRecords, "Livechat", true) }

// Integrations are the records of the webhooks' settings.
func (c *Core) Integrations() []Doc {
	return c.settingDocuments(integrationRecords, "CRM_Integration", false)
}

func (c *Core) settingDocuments(records []settingRecord, section string, public bool) []Doc {
	list := make([]doc, len(records))
	for i, r := range records {
		list[i] = r.document(c, section, public)
	}
	return list
}

// document is the record with its value. All settings are as old as the workspace.
func (r settingRecord) document(c *Core, section string, public bool) doc {
	d := doc{
		"_id": r.id, "i18nLabel": r.label, "i18nDescription": r.id + "_Description", "type": r.kind, "sorter": r.sorter, "section": section,
		"group": "Omnichannel", "autocomplete": true, "blocked": false, "hidden": false, "secret": r.secret, "packageValue": r.value,
		"value": r.value, "valueSource": "packageValue", "createdAt": c.began, "ts": c.began, "_updatedAt": c.began,
	}
	if value, set := c.settings[r.id]; set {
		d["value"] = value
	}
	if r.description != "" {
		d["i18nDescription"] = r.description
	}
	if public && r.id != "Livechat_offline_email" {
		d["public"] = true
	}
	if r.onlyWith != "" {
		d["enableQuery"] = r.onlyWith
	}
	if r.multiline {
		d["multiline"] = true
	}
	if r.kind == "color" {
		d["editor"], d["packageEditor"], d["allowedTypes"] = "color", "color", []string{"color", "expression"}
	}
	return d
}
