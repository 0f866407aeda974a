package sandbox

// Profile is the version of Rocket.Chat that the sandbox plays.
type Profile string

const (
	// V6_5 plays Rocket.Chat 6.5.3.
	V6_5 Profile = "6.5"
	// V3_4 plays Rocket.Chat 3.4.0.
	V3_4 Profile = "3.4"
)

// facts is what differs between the versions. Each field names what was measured; nothing else in the package asks for
// a version.
type facts struct {
	version string // as GET /api/info spells it
	clients doc    // minimumClientVersions of GET /api/info, absent when nil
	v1Info  bool   // GET /api/v1/info answers JSON (6.5.3 sent the web application's page)

	cors         bool // JSON replies carry Access-Control-Allow-Origin and -Headers
	rawErrors    bool // error bodies are serialised exceptions, with isClientSafe and sanitizedError
	schemas      bool // most routes validate by JSON schema with coercion, instead of by pattern
	looseHistory bool // messages.history ignores unknown query keys and offset, and demands its token in its own words

	silentUnknownVisitor    bool // GET visitor/:token answers 200 without visitor
	ignoreUnknownDepartment bool // registering with an unknown department succeeds and keeps the old one
	forgetDepartment        bool // registering without a department unsets it (read in the source, not recorded)
	matchPhone              bool // registering a known phone answers the older visitor
	keepEmailCase           bool // e-mail addresses are stored as sent, and not checked
	visitorStatus           bool // visitor records carry status, ts and lastChat

	roomByAnyID      bool // GET room: each call without rid makes a room, an unknown rid makes one of that id
	agentIDServes    bool // GET room with agentId assigns that agent also under manual routing
	enabledIsChecked bool // no room, no message while Livechat_enabled is off
	startedMessage   bool // a room begins with livechat-started
	richRoom         bool // rooms carry source, queuedAt, priorityWeight, lastMessage, metrics

	characterLimit bool // Livechat_message_character_limit is enforced
	groupMentions  bool // a visitor's @all and @here are refused (read in the source, not recorded)
	markdown       bool // messages carry md, and always urls
	agentName      bool // u of an agent's messages has its name
	hexIDs         bool // visitors and server-made messages have 24 hex digits
	joinOnTake     bool // taking says uj at once (with an empty text); else only a transfer does, last and with the username
	reactionTwice  bool // a reaction emits the message twice, the first time with its old _updatedAt

	serverID       bool   // the first DDP frame is {"server_id":"0"}
	bareDenial     bool   // a refused sub is a nosub without error
	strictSubs     bool   // a sub's options must be a boolean or both useCollection and args, else 400
	openRoomOnly   bool   // stream-room-messages is refused to the visitor of a closed room
	typing         string // the kind of stream-notify-room event that carries typing
	emptySubIs500  bool   // a sub without event name answers 500 (else 400)
	typingHasExtra bool   // an agent's typing carries a third, empty, argument
	listsFields    bool   // config.customFields lists the custom fields of visitors
	actionLinks    string // config.theme.actionLinks, as JSON
	configExtra    doc    // config.settings that the other version lacks
}

// profiles is the table of versions, read off recordings of 3.4.0 and 6.5.3 where a comment above does not say otherwise.
var profiles = map[Profile]facts{
	V3_4: {
		version: "3.4.0", v1Info: true,
		rawErrors: true, looseHistory: true,
		silentUnknownVisitor: true, ignoreUnknownDepartment: true, forgetDepartment: true, keepEmailCase: true,
		roomByAnyID: true, agentIDServes: true,
		reactionTwice: true,
		serverID:      true, bareDenial: true, strictSubs: true, typing: "typing",
		actionLinks: `[{"icon":"icon-videocam","i18nLabel":"Accept","method_id":"createLivechatCall","params":""},` +
			`{"icon":"icon-cancel","i18nLabel":"Decline","method_id":"denyLivechatCall","params":""}]`,
	},
	V6_5: {
		version: "6.5", clients: doc{"desktop": "3.9.6", "mobile": "4.39.0"},
		cors: true, schemas: true,
		matchPhone: true, visitorStatus: true,
		enabledIsChecked: true, startedMessage: true, richRoom: true,
		characterLimit: true, groupMentions: true, markdown: true, agentName: true, hexIDs: true, joinOnTake: true,
		openRoomOnly: true, typing: "user-activity", emptySubIs500: true, typingHasExtra: true,
		listsFields: true,
		actionLinks: `{"webrtc":[{"actionLinksAlignment":"flex-start","i18nLabel":"Join_call","label":"Join call",` +
			`"method_id":"joinLivechatWebRTCCall"},{"i18nLabel":"End_call","label":"End call",` +
			`"method_id":"endLivechatWebRTCCall","danger":true}],"jitsi":[{"icon":"icon-videocam","i18nLabel":"Accept"},` +
			`{"icon":"icon-cancel","i18nLabel":"Decline"}]}`,
		configExtra: doc{"clearLocalStorageWhenChatEnded": false},
	},
}
