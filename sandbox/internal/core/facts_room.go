package core

import "time"

// RoomFacts are about livechat rooms and their messages.
type RoomFacts struct {
	// answerSettles is how long after an agent's answer another message of his counts as one more (recorded with 17 ms in between).
	answerSettles    time.Duration
	roomByAnyID      bool   // GET room: each call without rid makes a room, an unknown rid makes one of that id
	agentIDServes    bool   // GET room with agentId assigns that agent also under manual routing
	enabledIsChecked bool   // no room, no message while Livechat_enabled is off
	startedMessage   bool   // a room begins with livechat-started
	richRoom         bool   // rooms carry source, queuedAt, priorityWeight, lastMessage, metrics
	characterLimit   bool   // Livechat_message_character_limit is enforced
	groupMentions    bool   // a visitor's @all and @here are refused (read in the source, not recorded)
	markdown         bool   // messages carry md, and always urls
	agentName        bool   // u of an agent's messages has its name
	hexIDs           bool   // visitors and server-made messages have 24 hex digits
	joinOnTake       bool   // taking says uj at once (with an empty text); else only a transfer does, last and with the username
	reactionTwice    bool   // a reaction emits the message twice, the first time with its old _updatedAt
	LooseHistory     bool   // messages.history ignores unknown query keys and offset, and demands its token in its own words
	silentDuplicate  bool   // sendMessageLivechat answers nothing to an _id that is there already
	silentNotes      bool   // navigation and transcript messages are not counted as messages of the room
	closingCanBeOff  bool   // visitors close only where the workspace lets them (since 6.13)
	promptIsSetting  bool   // closing offers a transcript only where the workspace has that on (since 7.0)
	messagesKeepRoom bool   // GET message/:_id answers only messages of the room asked with (since 6.10)
	transcriptByRoom bool   // a transcript is for who holds the room's token, else for a visitor who is known (7.0, rest-visitor 7.5)
	transcriptReason bool   // its refusal has one code for everything, and a text
	bulkStumbles     bool   // livechat/messages registers an unknown visitor and then fails (6.6 to 7.0)
	BulkPermission   string // what livechat/messages demands; nothing but a login where it is empty
	Deprecations     bool   // routes that are to go say so in headers
	roomContact      bool   // rooms carry their visitor's contactId themselves too (7.x, rest-visitor 2.2)
	WidgetOrigin     bool   // a room that the official widget opens names the site in its source
}

var roomFacts = map[Profile]RoomFacts{
	V3_4: {
		answerSettles: 20 * time.Millisecond,
		roomByAnyID:   true, agentIDServes: true, reactionTwice: true, LooseHistory: true, silentDuplicate: true,
		silentNotes: true, transcriptReason: true,
		BulkPermission: "view-livechat-manager",
	},
	V6_5:  rooms6,
	V7_0:  rooms7,
	Later: with(rooms7, func(f *RoomFacts) { f.bulkStumbles, f.roomContact = false, true }),
}

var rooms6 = RoomFacts{
	enabledIsChecked: true, startedMessage: true, richRoom: true, characterLimit: true, groupMentions: true, markdown: true,
	agentName: true, hexIDs: true, joinOnTake: true, Deprecations: true,
}

var rooms7 = with(rooms6, func(f *RoomFacts) {
	f.closingCanBeOff, f.promptIsSetting, f.messagesKeepRoom, f.WidgetOrigin, f.transcriptByRoom = true, true, true, true, true
	f.bulkStumbles = true
})
