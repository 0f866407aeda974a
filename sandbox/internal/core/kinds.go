package core

// Routing says how a new room finds its agent. The values are those of the setting Livechat_Routing_Method.
type Routing string

const (
	// AutoSelection gives a new room at once to the online agent with the fewest assignments. The default, as in Rocket.Chat.
	AutoSelection Routing = "Auto_Selection"
	// ManualSelection leaves a new room in the queue until an agent takes it.
	ManualSelection Routing = "Manual_Selection"
)

// CustomField is a custom field of visitors, of the type "input".
type CustomField struct {
	Key   string
	Label string
}

// AgentSpec describes a Livechat agent.
type AgentSpec struct {
	// Username is required and unique.
	Username string
	// ID is the user's _id; made up when empty.
	ID string
	// Name is the display name; the username when empty.
	Name string
	// Email is shown to visitors; "<username>@example.com" when empty.
	Email string
	// Bot marks an account with the role "bot": routing treats it as online whatever its presence.
	Bot bool
}

// Department is a Livechat department. Agents are usernames of its members; a department without one is not listed
// to visitors.
type Department struct {
	ID     string
	Name   string
	Agents []string
	// Disabled departments take no chats.
	Disabled bool
	// HideOnRegistration is the opposite of Rocket.Chat's showOnRegistration, HideOnOfflineForm of showOnOfflineForm.
	HideOnRegistration bool
	HideOnOfflineForm  bool
}
