package core

// ChatFacts are about the chat of users: rooms, memberships, messages and their histories.
type ChatFacts struct {
	// Rooms.
	roomDefaults  bool // rooms are made with default and sysMes, direct ones with ro too
	rawUsernames  bool // a direct room's record keeps _USERNAMES, which rooms.info and im.list tell
	makerName     bool // u of a room has the maker's name
	generalOwner  bool // GENERAL belongs to the bot rocket.cat
	kickNamed     bool // u of the message that somebody was removed has the name
	membersByTime bool // im.members begins with the record that changed last
	membersTime   bool // groups.members tells _updatedAt
	// Subscriptions.
	bulkMembers bool // the memberships of a new group have no _updatedAt, but the room's customFields
	readThreads bool // reading leaves the alert while threads are unread
	ReadPlain   bool // reading a foreign room is an error without code, and roomId is taken beside rid
	NullForeign bool // subscriptions.getOne answers null for a foreign room, else nothing
	// Messages.
	impersonate     bool   // alias and avatar need message-impersonate
	systemTypes     bool   // chat.sendMessage refuses messages with t
	switchedFields  bool   // customFields of messages are refused: the setting that allows them is off
	attachmentDates bool   // attachments get ts, the text of 1970
	textReplace     bool   // a msg that is no text breaks the check of its length, in these words
	DuplicateText   string // what chat.sendMessage answers to an _id that is there already
	whispersRich    bool   // ephemeral messages carry u, private, groupable, md, and their time as _id
	loneUnreact     bool   // shouldReact=false adds the reaction to a message that has none
	foreignReact    *Fault // a reaction in a foreign room
	deleteRefused   *Fault
	DeleteNumber    bool // chat.delete answers its ts as a number, else as a text
	// Histories.
	HistoryCount    int  // how many messages a history has where count is absent, zero for API_Default_Count
	ThreadsShown    bool // the histories of direct rooms and channels have thread messages unless asked otherwise
	HistoryForbids  bool // the history of a foreign direct room is 403, else it is not found
	LivechatHistory bool // channels.history takes the rooms of visitors too
}

var chatFacts = map[Profile]ChatFacts{
	V3_4: {
		textReplace: true, DuplicateText: "Cannot read property 'starred' of undefined",
		foreignReact: &Fault{Code: "error-not-allowed", Reason: "Not allowed", Details: doc{"method": "setReaction"}},
		deleteRefused: &Fault{Code: "error-action-not-allowed", Reason: "Not allowed",
			Details: doc{"method": "deleteMessage", "action": "Delete_message"}},
		DeleteNumber: true, HistoryCount: 20, ThreadsShown: true, LivechatHistory: true,
	},
	V6_5: chat6,
	V7_0: with(chat6, func(f *ChatFacts) { // rest-agent B.6
		f.DuplicateText, f.switchedFields = "Cannot read properties of undefined (reading 'starred')", true
	}),
}

var chat6 = ChatFacts{
	roomDefaults: true, rawUsernames: true, makerName: true, generalOwner: true, kickNamed: true, membersByTime: true, membersTime: true,
	bulkMembers: true, readThreads: true, ReadPlain: true, NullForeign: true,
	impersonate: true, systemTypes: true, attachmentDates: true, DuplicateText: "Cannot read property 'starred' of undefined",
	whispersRich: true, loneUnreact: true,
	foreignReact:   &Fault{Code: "not-authorized", Reason: "Not Authorized", Details: doc{"method": "setReaction"}},
	deleteRefused:  &Fault{Code: "error-action-not-allowed", Reason: "Not allowed"},
	HistoryForbids: true,
}
