package core

// RealtimeFacts are about DDP and the streams.
type RealtimeFacts struct {
	ServerID       bool   // the first DDP frame is {"server_id":"0"}
	BareDenial     bool   // a refused sub is a nosub without error
	StrictSubs     bool   // a sub's options must be a boolean or both useCollection and args, else 400
	EmptySubIs500  bool   // a sub without event name answers 500 (else 400)
	openRoomOnly   bool   // stream-room-messages is refused to the visitor of a closed room
	typing         string // the kind of stream-notify-room event that carries typing
	typingHasExtra bool   // an agent's typing carries a third, empty, argument

	settled         bool     // changes of records are told when the request is over, and as they are then; else each as it happens
	publicRoom      []string // the keys of a room in rooms-changed "updated"; all but hiddenRoom where it is empty
	hiddenRoom      []string
	hiddenMember    []string // keys of a subscription that lists and streams leave out
	wholeInserts    bool     // subscriptions-changed "inserted" has the whole record, with them
	ownWritingReads bool     // who writes has read the room; his clients are told of it
	countsVisitors  bool     // every message of a visitor's room counts as unread, else only mentions
	namedPayload    bool     // a notification names the room for every kind of room, else only for channels and groups

	flaggedLast        bool // a room's last message of a visitor carries newRoom and showConnecting, which other readers never see
	namedSubscriptions bool // subscriptions to visitors' rooms have name, ts and department
	lastInInquiry      bool // inquiries carry the room's last message, and change with it
	quietAutomatic     bool // nothing is told of inquiries while the routing assigns by itself
	publicToo          bool // a change inside a department's queue is told on "public" as well
	bareRemoval        bool // a removed inquiry is its id; else the whole record as the database's trash keeps it

	membersOnly     bool // stream-notify-room is for members of the room; else for who may read it
	openWebRTC      bool // anybody reads and writes <room>/webrtc
	openUserWrites  bool // logged-in users write to each other's stream-notify-user, else only what is about their calls
	hidesInStreams  bool // what Hide_System_Messages lists is not told either, else only left out of histories (since 6.12, realtime 9.1)
	textTellsAgain  bool // a new status text tells visitors their agent's presence again
	departmentAgent bool // departmentAgentData is told when an agent's place in a department changes
}

// published34 is the room that 3.4's lists and rooms-changed show.
var published34 = []string{
	"_id", "name", "fname", "t", "cl", "u", "lm", "usernames", "uids", "topic", "announcement", "announcementDetails", "muted", "unmuted",
	"_updatedAt", "archived", "jitsiTimeout", "description", "default", "customFields", "lastMessage", "retention", "prid", "avatarETag",
	"usersCount", "livechatData", "tags", "sms", "facebook", "code", "joinCodeRequired", "open", "v", "label", "ro", "reactWhenReadOnly",
	"sysMes", "sentiment", "tokenpass", "streamingOptions", "broadcast", "encrypted", "e2eKeyId", "departmentId", "servedBy",
}

// hidden65 is what 6.5's lists and rooms-changed leave out of a room.
var hidden65 = []string{"responseBy", "closedAt", "closedBy", "closer"}

var realtimeFacts = map[Profile]RealtimeFacts{
	V3_4: {
		ServerID: true, BareDenial: true, StrictSubs: true, typing: "typing", settled: true, publicRoom: published34,
		hiddenMember: []string{"v"}, ownWritingReads: true, quietAutomatic: true, bareRemoval: true, membersOnly: true, openWebRTC: true,
		openUserWrites: true, departmentAgent: true, flaggedLast: true,
	},
	V6_5: realtime65,
	V7_0: realtime70,
	// The switch to the room's readers and to user-activity came with 6.0; what follows is realtime 9.3 and 9.4 ("until 7.x").
	Later: with(realtime70, func(f *RealtimeFacts) { f.openWebRTC, f.openUserWrites = false, false }),
}

var realtime65 = RealtimeFacts{
	openRoomOnly: true, typing: "user-activity", EmptySubIs500: true, typingHasExtra: true, hiddenRoom: hidden65,
	hiddenMember: []string{"customFields"}, wholeInserts: true, countsVisitors: true, namedPayload: true, namedSubscriptions: true,
	lastInInquiry: true, publicToo: true, openWebRTC: true, openUserWrites: true, textTellsAgain: true,
}

var realtime70 = with(realtime65, func(f *RealtimeFacts) { f.hidesInStreams = true })
