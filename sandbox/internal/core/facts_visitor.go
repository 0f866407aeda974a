package core

// VisitorFacts are about visitors and about what livechat/config tells them.
type VisitorFacts struct {
	SilentUnknownVisitor    bool   // GET visitor/:token answers 200 without visitor
	ignoreUnknownDepartment bool   // registering with an unknown department succeeds and keeps the old one
	forgetDepartment        bool   // registering without a department unsets it (read in the source, not recorded)
	matchPhone              bool   // registering a known phone answers the older visitor
	keepEmailCase           bool   // e-mail addresses are stored as sent, and not checked
	countMatches            bool   // registering a known e-mail with a new token uses up a guest number too
	needToken               bool   // registering with a blank token is an error (since 6.6, rest-visitor 4.1)
	visitorStatus           bool   // visitor records carry status, ts and lastChat
	visitorContact          bool   // and contactId (since 7.0, rest-visitor 2.1)
	openRoomsProtect        bool   // a visitor with open rooms is only removed where header collection is on (since 4.x)
	bareUnknownRemoval      bool   // removing an unknown visitor answers just the code
	countedUpdates          bool   // DDP answers how many records changed, else the database driver's whole word
	fieldKeptFails          bool   // custom.field without overwrite fails where there is a value already
	offlineReasons          bool   // offline.message tells that the address is wrong, and says all else as a message (until 6.3)
	offlineShape            bool   // an offline message from what is no address is refused, the domain's check being off (recorded)
	codedFields             bool   // custom.fields throws errors with codes
	StrictGuest             bool   // DDP checks the token's type, newer servers only that there is one
	strictHistory           bool   // DDP's history is for the room's own visitor; the older one lets any visitor read any room
	strictAgentData         bool   // DDP's getAgentData says that the room is invalid where the token is; the older one breaks
	listsFields             bool   // config.customFields lists the custom fields of visitors
	actionLinks             string // config.theme.actionLinks, as JSON
	configExtra             doc    // config.settings that older versions lack, by the workspace setting that they tell
	themeExtra              doc    // the same of config.theme
}

var visitorFacts = map[Profile]VisitorFacts{
	V3_4: {
		SilentUnknownVisitor: true, ignoreUnknownDepartment: true, forgetDepartment: true, keepEmailCase: true, countMatches: true,
		bareUnknownRemoval: true, countedUpdates: true, offlineReasons: true,
		offlineShape: true, codedFields: true, StrictGuest: true,
		actionLinks: `[{"icon":"icon-videocam","i18nLabel":"Accept","method_id":"createLivechatCall","params":""},` +
			`{"icon":"icon-cancel","i18nLabel":"Decline","method_id":"denyLivechatCall","params":""}]`,
	},
	V6_5: visitors6,
	V7_0: with(visitors6, func(f *VisitorFacts) {
		f.needToken, f.visitorContact = true, true
		f.configExtra = settings7
		f.themeExtra = doc{"position": "Livechat_widget_position", "background": "Livechat_background"}
	}),
}

var visitors6 = VisitorFacts{
	matchPhone: true, visitorStatus: true, listsFields: true, openRoomsProtect: true, fieldKeptFails: true,
	strictHistory: true, strictAgentData: true,
	actionLinks: `{"webrtc":[{"actionLinksAlignment":"flex-start","i18nLabel":"Join_call","label":"Join call",` +
		`"method_id":"joinLivechatWebRTCCall"},{"i18nLabel":"End_call","label":"End call",` +
		`"method_id":"endLivechatWebRTCCall","danger":true}],"jitsi":[{"icon":"icon-videocam","i18nLabel":"Accept"},` +
		`{"icon":"icon-cancel","i18nLabel":"Decline"}]}`,
	configExtra: doc{"clearLocalStorageWhenChatEnded": "Livechat_clear_local_storage_when_chat_ended"},
}

// settings7 came after 6.5.3 (rest-visitor 3).
var settings7 = doc{
	"clearLocalStorageWhenChatEnded": "Livechat_clear_local_storage_when_chat_ended",
	"hiddenSystemMessages":           "Livechat_hide_system_messages",
	"livechatLogo":                   "Assets_livechat_widget_logo",
	"hideWatermark":                  "Livechat_hide_watermark",
	"visitorsCanCloseChat":           "Omnichannel_allow_visitors_to_close_conversation",
}
