package rocketchat

import "time"

// Visitor is a livechat visitor as Rocket.Chat keeps it (rest-visitor 2.1).
type Visitor struct {
	ID         string
	Token      Secret // filled by RegisterVisitor and Visitor only
	Username   string // "guest-42"
	Name       string
	Email      string // the first of visitorEmails
	Phone      string // the first of phone
	Department string // a department's id
	Status     string // online, away, busy or offline; empty on 3.4
	CreatedAt  time.Time
	// CustomFields is livechatData: field key to value.
	CustomFields map[string]string
}

// Room is a livechat room (rest-visitor 2.2). What the call that returned it cannot know is zero.
type Room struct {
	ID           string
	Open         bool // upstream removes the field on close; absent reads as false
	Visitor      Visitor
	DepartmentID string
	ServedBy     *Agent // nil while the room waits in the queue
	OnHold       *bool  // nil where the call that returned the room cannot know
	CreatedAt    time.Time
	LastActiveAt time.Time
	ClosedAt     time.Time // zero while open
	Closer       Author    // who closed it; zero while open or where unknown
	CloseComment string
	CallStatus   string // ringing, inProgress, ended, declined; empty without a call, or where the answer does not tell
}

// Agent is the person or bot that serves a room. Every field may be empty.
type Agent struct {
	ID       string
	Username string
	Name     string
	Status   string // online, away, busy or offline
	Email    string // only where the server shows agents' e-mail addresses
	Phone    string // the first of phone, where the server shows it
	// Hidden says that an agent serves the room but the server does not say who (Livechat_show_agent_info off).
	Hidden bool
}

// AuthorKind tells who wrote a message.
type AuthorKind int

// The kinds of author.
const (
	AuthorUnknown AuthorKind = iota
	AuthorVisitor
	AuthorAgent
	AuthorBot
	AuthorSystem // rocket.cat, and whatever the server writes in its own name
)

// Author is the writer of a message.
type Author struct {
	Kind     AuthorKind
	ID       string
	Username string
	Name     string
}

// MessageType is the field t of a message: empty for what people write, a code for what the server notes
// (rest-visitor 2.4, realtime 10).
type MessageType string

// The message types that mean something to a follower of a room. Any other is to be ignored.
const (
	TypeChat             MessageType = ""
	TypeStarted          MessageType = "livechat-started"
	TypeClosed           MessageType = "livechat-close"
	TypeCommand          MessageType = "command" // Text: "connected" or "promptTranscript"
	TypeAgentJoined      MessageType = "uj"
	TypeAgentLeft        MessageType = "ul"
	TypeTransferred      MessageType = "livechat_transfer_history"
	TypeTransferFallback MessageType = "livechat_transfer_history_fallback"
	TypeOnHold           MessageType = "omnichannel_placed_chat_on_hold"
	TypeResumed          MessageType = "omnichannel_on_hold_chat_resumed"
	TypeDeleted          MessageType = "rm" // a deleted message whose place is kept
)

// Message is one document of a room, from history, a write's answer, or a frame; the same shape whoever wrote it. Upstream's
// token is dropped while decoding and survives only as Author.Kind.
type Message struct {
	ID          string
	RoomID      string
	Type        MessageType
	Text        string // may be empty: files, system messages
	Author      Author
	CreatedAt   time.Time // ts: server clock, milliseconds, the order of a room
	EditedAt    time.Time // zero if never edited
	EditedBy    string    // username
	UpdatedAt   time.Time // _updatedAt: moves with every change, visible or not; of two states of a message the later one counts
	ThreadID    string    // tmid
	Files       []File
	Attachments []Attachment
	Reactions   []Reaction
	Transfer    *Transfer // for TypeTransferred and TypeTransferFallback
	Comment     string    // an agent's remark on a hold; never for visitors
}

// File is an uploaded file that a message carries. Links are not kept: they are relative, unsigned, and need the visitor's
// token; a file is fetched by id.
type File struct {
	ID          string
	Name        string
	ContentType string
	Size        int64 // bytes; 0 where upstream does not say
	Description string
	Width       int // pixels; 0 where unknown or not an image
	Height      int
}

// Attachment is a quoted text or a card that a message carries beside its text; files are not attachments here.
type Attachment struct {
	Title      string
	TitleLink  string
	Text       string
	AuthorName string
}

// Reaction is one emoji on a message and the usernames that gave it, in upstream's order. A message's reactions are sorted by emoji.
type Reaction struct {
	Emoji     string // ":+1:"
	Usernames []string
}

// Transfer tells from whom and to whom a room was moved (transferData).
type Transfer struct {
	Scope              string // agent, department, queue, autoTransferUnansweredChatsToAgent, autoTransferUnansweredChatsToQueue
	By                 Author
	To                 *Agent // nil unless the scope is an agent
	PreviousDepartment string // a department's id
	NextDepartmentID   string
	NextDepartmentName string
	Comment            string // an agent's remark; never for visitors
}

// NewVisitor is what RegisterVisitor sends. Empty fields are not sent, which leaves them untouched on an update.
type NewVisitor struct {
	Token      Secret // required
	Name       string
	Email      string
	Phone      string
	Username   string // used at creation only
	Department string // a department's id or name
	// CustomFields are stored for fields of visitor scope that exist; upstream skips others in silence.
	CustomFields map[string]string
}

// CustomFieldValue is a value for a custom field of the workspace.
type CustomFieldValue struct {
	Key          string
	Value        string
	KeepExisting bool // leave a value that is there
}

// PageVisit is a page that a visitor looks at.
type PageVisit struct {
	RoomID string // empty: upstream keeps the visit for 30 days, for the next room that is opened with this token
	Title  string
	URL    string
	// Change is what moved: "url" or "title". A workspace keeps the visits of one kind only: LivechatSettings.HistoryMonitorType.
	Change string
}

// OpenRoom is what OpenRoom sends beside the visitor's token.
type OpenRoom struct {
	AgentID string // a wish: that agent's presence is not tested
}

// NewMessage is what SendMessage sends beside the visitor's token.
type NewMessage struct {
	RoomID string
	ID     string // chosen by the caller; empty lets upstream choose
	Text   string
}

// HistoryQuery selects a page of a room's messages.
type HistoryQuery struct {
	RoomID string
	Limit  int       // 0 means upstream's 20; upstream sets no maximum
	Offset int       // servers below 5.0 ignore it; there the messages to skip are read, too
	Before time.Time // only messages strictly older; zero means from the newest
	// VisitorID, if known, lets History tell the visitor's system messages from an agent's; see Message.AttributeTo.
	VisitorID string
}
