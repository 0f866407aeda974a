package core

// VisitorFacts are about visitors and about what livechat/config tells them.
type VisitorFacts struct {
	SilentUnknownVisitor    bool   // GET visitor/:token answers 200 without visitor
	ignoreUnknownDepartment bool   // registering with an unknown department succeeds and keeps the old one
	forgetDepartment        bool   // registering without a department unsets it (read in the source, not recorded)
	matchPhone              bool   // registering a known phone answers the older visitor
	keepEmailCase           bool   // e-mail addresses are stored as sent, and not checked
	visitorStatus           bool   // visitor records carry status, ts and lastChat
	listsFields             bool   // config.customFields lists the custom fields of visitors
	actionLinks             string // config.theme.actionLinks, as JSON
	configExtra             doc    // config.settings that the other version lacks
}

var visitorFacts = map[Profile]VisitorFacts{
	V3_4: {
		SilentUnknownVisitor: true, ignoreUnknownDepartment: true, forgetDepartment: true, keepEmailCase: true,
		actionLinks: `[{"icon":"icon-videocam","i18nLabel":"Accept","method_id":"createLivechatCall","params":""},` +
			`{"icon":"icon-cancel","i18nLabel":"Decline","method_id":"denyLivechatCall","params":""}]`,
	},
	V6_5: {
		matchPhone: true, visitorStatus: true, listsFields: true,
		actionLinks: `{"webrtc":[{"actionLinksAlignment":"flex-start","i18nLabel":"Join_call","label":"Join call",` +
			`"method_id":"joinLivechatWebRTCCall"},{"i18nLabel":"End_call","label":"End call",` +
			`"method_id":"endLivechatWebRTCCall","danger":true}],"jitsi":[{"icon":"icon-videocam","i18nLabel":"Accept"},` +
			`{"icon":"icon-cancel","i18nLabel":"Decline"}]}`,
		configExtra: doc{"clearLocalStorageWhenChatEnded": false},
	},
}
