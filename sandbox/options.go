package sandbox

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// Profile is the version of Rocket.Chat that the sandbox plays.
type Profile string

// The profiles, oldest first. The first two play what was recorded, the others what was read.
const (
	V3_4  Profile = "3.4"
	V6_5  Profile = "6.5"
	V7_0  Profile = "7.0"
	Later Profile = "later" // 8.x
)

// DDPServer is who speaks DDP: which of the two a real deployment has is not announced.
type DDPServer string

const (
	// Mono is the DDP server inside Meteor, of a deployment with one process.
	Mono DDPServer = "mono"
	// Micro is ddp-streamer, of a deployment in microservices. It plays what was read in its source; results of the methods that it
	// hands on to the core are those of the core.
	Micro DDPServer = "micro"
)

// Routing says how a new room finds its agent. The values are those of the setting Livechat_Routing_Method.
type Routing string

const (
	// AutoSelection gives a new room at once to the online agent with the fewest assignments. The default, as in Rocket.Chat.
	AutoSelection Routing = "Auto_Selection"
	// ManualSelection leaves a new room in the queue until an agent takes it.
	ManualSelection Routing = "Manual_Selection"
)

// Options describe a workspace. The zero value is a Rocket.Chat 6.5 with automatic routing, without agents.
type Options struct {
	// Addr is the TCP address to listen on, "127.0.0.1:0" by default.
	Addr string
	// Listener takes the place of Addr: one in memory lets the whole sandbox live in a testing/synctest bubble, where waiting costs no
	// time. URL is then http:// and the listener's own address, which a client's dialer gives to it. Close closes it.
	Listener net.Listener
	// Control is where faults are injected from outside, the clock is set and the state is taken: an address on loopback, such as
	// "127.0.0.1:0". Nowhere by default.
	Control string
	// Profile is the server version to play, V6_5 by default.
	Profile Profile
	// DDP is the kind of DDP server to play, Mono by default.
	DDP DDPServer
	// RateLimits switches the REST and DDP limiters on, with Rocket.Chat's default numbers. Off by default.
	RateLimits bool
	// Logger receives what the sandbox refuses. Nothing is logged by default.
	Logger *slog.Logger
	// OnCall is told of every request and every realtime call after it was answered, from many goroutines. It must not call Close,
	// which waits for it, and may be called once more just after Close.
	OnCall func(Call)
	// Accounts are the workspace's users, who log in over REST and DDP. An agent among them is offline until he does so over DDP.
	Accounts []Account
	// Agents are agents whom the program plays: online and available from the start. Others are made by Server.Agent.
	Agents []AgentSpec
	// CreateTokens is the environment variable CREATE_TOKENS_FOR_USERS of the server.
	CreateTokens bool
	// CreateTokensSecret is CREATE_TOKENS_FOR_USERS_SECRET, which takes its place from 8.0 on. Without it no token is made there.
	CreateTokensSecret string
	// Permissions replace the roles that have a permission, by the permission's id, for example
	// "transfer-livechat-guest": {"admin", "livechat-manager", "livechat-agent"}.
	Permissions map[string][]string
	// Routing is AutoSelection by default.
	Routing Routing
	// Departments exist from the start.
	Departments []Department
	// VisitorFields are the workspace's custom fields with scope "visitor". Values sent for others are dropped.
	VisitorFields []CustomField
	// RoomFields are those with scope "room".
	RoomFields []CustomField
	// Triggers are those of the widget, which livechat/config tells. Each has the keys conditions and actions; enabled is true, runOnce
	// false and _id made up where they are absent.
	Triggers []map[string]any
	// Settings replace values of the workspace settings that the sandbox reads, by their Rocket.Chat ids, for example
	// "Message_AllowEditing": false. A setting that it does not read is an error.
	Settings map[string]any
	// Now is the server's clock, time.Now by default. It stamps documents and drives the limiters' windows.
	Now func() time.Time
	// Heartbeat is how long a DDP connection may be silent before the server pings, and again how long it then waits
	// before it closes. 15 s by default, as measured on both versions.
	Heartbeat time.Duration
	// DelayScale multiplies the delays that real servers make, half a second to a whole one before a 401 for example. 1 is as
	// they are, the default 0 is none.
	DelayScale float64
	// Spool is the directory below which uploads of more than 256 KiB are kept until Close, by default that of os.TempDir.
	Spool string
	// Seed makes the sequences of ids and of faults repeatable. Zero takes a random seed.
	Seed uint64
}

// Account is a user of the workspace. ID, Name and Email are made up where they are empty; without Roles it has the role "user".
// Tokens are login tokens that it has from the start.
type Account struct {
	ID       string
	Username string
	Name     string
	Email    string
	Password string
	Roles    []string
	Tokens   []string
}

// CustomField is a custom field of visitors or of rooms, of the type "input". Key is required.
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

// Department is a Livechat department. Agents are usernames of its members, also of agents who are made only later; a department
// without one is not listed to visitors. ID is made up when empty.
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

func (o Options) withDefaults() (Options, error) {
	if err := o.check(); err != nil {
		return o, err
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Profile == "" {
		o.Profile = V6_5
	}
	if !slices.Contains(core.Profiles, core.Profile(o.Profile)) {
		return o, fmt.Errorf("unknown profile %q", o.Profile)
	}
	if o.DDP == "" {
		o.DDP = Mono
	}
	if o.DDP != Mono && o.DDP != Micro {
		return o, fmt.Errorf("unknown DDP server %q", o.DDP)
	}
	if o.Routing == "" {
		o.Routing = AutoSelection
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	if o.Heartbeat <= 0 {
		o.Heartbeat = 15 * time.Second
	}
	return o, nil
}

// seed is what the workspace begins with.
func (o Options) seed(publish func(core.Event), hooks core.Hooks) core.Seed {
	seed := core.Seed{
		Profile: core.Profile(o.Profile), Now: o.Now, IDs: o.Seed, Routing: core.Routing(o.Routing), CreateTokens: o.CreateTokens,
		TokenSecret: o.CreateTokensSecret, RateLimits: o.RateLimits, Permissions: o.Permissions,
		Settings: o.Settings, Triggers: o.Triggers, Publish: publish, Hooks: hooks,
	}
	for _, a := range o.Accounts {
		seed.Accounts = append(seed.Accounts, core.Account(a))
	}
	for _, a := range o.Agents {
		seed.Agents = append(seed.Agents, core.AgentSpec(a))
	}
	for _, d := range o.Departments {
		seed.Departments = append(seed.Departments, core.Department(d))
	}
	for _, f := range o.VisitorFields {
		seed.VisitorFields = append(seed.VisitorFields, core.CustomField(f))
	}
	for _, f := range o.RoomFields {
		seed.RoomFields = append(seed.RoomFields, core.CustomField(f))
	}
	return seed
}
