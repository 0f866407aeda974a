package rocketchat

import "time"

// LivechatConfig is the workspace's livechat configuration (rest-visitor 3), with the visitor's own state where a token was sent.
type LivechatConfig struct {
	Enabled     bool
	Online      bool
	Settings    LivechatSettings
	Theme       Theme
	Texts       Texts
	Departments []Department
	Triggers    []Trigger
	SurveyItems []string
	// SoundURL is the address of the sound of a new message.
	SoundURL string
	Emojis   []Emoji // the workspace's own
	// SurveyValues are the answers that each item takes.
	SurveyValues []string
	CustomFields []CustomField // 6.5 on; before, enterprise only
	Visitor      *Visitor      // nil without a token, or with an unknown one
	Room         *Room         // the visitor's open room: ID, Open, DepartmentID, ServedBy, CallStatus; nil if there is none
	Agent        *Agent        // who serves that room; nil while queued
	Queue        *Queue        // enterprise only
}

// LivechatSettings are the switches of the widget.
type LivechatSettings struct {
	RegistrationForm         bool
	NameRequired             bool
	EmailRequired            bool
	DisplayOfflineForm       bool
	AllowSwitchingDepartment bool
	FileUpload               bool
	VideoCall                bool
	Transcript               bool
	ShowConnecting           bool
	AgentHidden              bool // agentHiddenInfo: the agent's name is not for visitors
	VisitorsCanCloseChat     bool // true where the server has no such setting (below 6.13)
	ConsentRequired          bool // forceAcceptDataProcessingConsent
	ClearStorageOnClose      bool
	HideWatermark            bool
	MessageLimit             int // UTF-16 units; 0 means none. Upstream sends false or a number
	Language                 string
	HistoryMonitorType       string // url or title
	HiddenSystemMessages     []string
	LogoURL                  string
}

// Theme is how the widget looks.
type Theme struct {
	Title        string
	Color        string
	OfflineTitle string
	OfflineColor string
	Position     string
	Background   string
	// WebRTCActions and JitsiActions are what a visitor may do about a call. Servers below 4.2 know only Jitsi.
	WebRTCActions []CallAction
	JitsiActions  []CallAction
}

// CallAction is something that a visitor may do about a call (theme.actionLinks). Only LabelKey is always there.
type CallAction struct {
	LabelKey string // of upstream's translations: "Join_call"
	Label    string
	Icon     string
	Method   string // what upstream's own widget calls: "joinLivechatWebRTCCall"
	Danger   bool
}

// Emoji is one that the workspace has made: resources.emojis.
type Emoji struct {
	Name      string // its code, without colons
	Aliases   []string
	Extension string // of its image: "png"
}

// Texts are the workspace's texts for the widget.
type Texts struct {
	Offline             string
	OfflineSuccess      string
	OfflineUnavailable  string
	ConversationTitle   string // conversationFinishedMessage
	ConversationText    string // conversationFinishedText
	Transcript          string
	RegistrationForm    string
	DataProcessingAgree string // dataProcessingConsentText
}

// Department is a department that visitors may choose.
type Department struct {
	ID                 string
	Name               string
	ShowOnRegistration bool
	ShowOnOfflineForm  bool
}

// CustomField is a field of visitor scope that visitors may fill (6.5 on; before, enterprise only).
type CustomField struct {
	ID       string
	Label    string
	Type     string // input or select
	Pattern  string // regexp
	Required bool
	Default  string
	Options  []string
}

// Trigger is an automatic action of the widget.
type Trigger struct {
	ID         string
	RunOnce    bool
	Conditions []TriggerRule
	Actions    []TriggerRule
}

// TriggerRule is a condition or an action of a Trigger. Params and Value are kept as the JSON that upstream sent.
type TriggerRule struct {
	Name   string
	Value  string
	Params string
}

// Queue is a room's place in the waiting queue (enterprise only).
type Queue struct {
	Position      int // from 1
	EstimatedWait time.Duration
	Text          string
}
