package core

// RoomFacts are about livechat rooms and their messages.
type RoomFacts struct {
	roomByAnyID      bool // GET room: each call without rid makes a room, an unknown rid makes one of that id
	agentIDServes    bool // GET room with agentId assigns that agent also under manual routing
	enabledIsChecked bool // no room, no message while Livechat_enabled is off
	startedMessage   bool // a room begins with livechat-started
	richRoom         bool // rooms carry source, queuedAt, priorityWeight, lastMessage, metrics
	characterLimit   bool // Livechat_message_character_limit is enforced
	groupMentions    bool // a visitor's @all and @here are refused (read in the source, not recorded)
	markdown         bool // messages carry md, and always urls
	agentName        bool // u of an agent's messages has its name
	hexIDs           bool // visitors and server-made messages have 24 hex digits
	joinOnTake       bool // taking says uj at once (with an empty text); else only a transfer does, last and with the username
	reactionTwice    bool // a reaction emits the message twice, the first time with its old _updatedAt
	LooseHistory     bool // messages.history ignores unknown query keys and offset, and demands its token in its own words
}

var roomFacts = map[Profile]RoomFacts{
	V3_4: {roomByAnyID: true, agentIDServes: true, reactionTwice: true, LooseHistory: true},
	V6_5: {
		enabledIsChecked: true, startedMessage: true, richRoom: true, characterLimit: true, groupMentions: true, markdown: true,
		agentName: true, hexIDs: true, joinOnTake: true,
	},
}
