// Package core is a Rocket.Chat workspace without a network: accounts, visitors, rooms, messages, departments, and the rules by
// which they change. REST and DDP are thin skins over it; what differs between server versions stands in its table of facts.
package core

import (
	"sync"
	"time"
)

// Doc is a document as Rocket.Chat stores and sends it, its dates time.Time. A Doc that was handed to the core or out of it is
// never changed in place: a change replaces it.
type Doc = map[string]any

type doc = Doc

// Core is the workspace. Whoever calls a method, unless it says otherwise, holds Core's lock: a request holds it from its first
// look at the state to its last change, as if the database knew transactions. Nothing in here waits. What methods return
// may be kept and read after the lock is given back.
type Core struct {
	sync.Mutex

	Facts   Facts
	now     func() time.Time
	publish func(Event)
	hooks   Hooks
	ids     *ids

	createTokens bool
	settings     map[string]any
	grants       map[string][]string // roles by permission

	users         []*User
	visitors      []*visitor
	tokens        map[string]*visitor // by token
	guests        int
	visitorFields []CustomField
	roomFields    []CustomField
	departments   []*department
	rooms         map[string]*room
	roomOrder     []*room            // in the order of making
	roomsOf       map[string][]*room // by the visitor's token, in the order of making
	messages      map[string]*message
	subscriptions []*subscription
	inquiries     []*inquiry
}

// Seed is what a workspace begins with.
type Seed struct {
	Profile       Profile
	Now           func() time.Time
	IDs           uint64 // makes the sequence of ids repeatable; zero takes a random seed
	Routing       Routing
	CreateTokens  bool // the server's environment has CREATE_TOKENS_FOR_USERS=true
	Accounts      []Account
	Agents        []AgentSpec
	Departments   []Department
	VisitorFields []CustomField
	RoomFields    []CustomField
	Settings      map[string]any
	// Publish gets every event of a stream, with the lock held. It must not wait, nor call back.
	Publish func(Event)
	Hooks   Hooks
}

// Hooks tell the outside of what happened, with the lock held. They must not wait, nor call back.
type Hooks struct {
	// VisitorWrote is told of each visitor's chat message in a room that an agent serves.
	VisitorWrote func(agent, roomID, text string)
	// TokensDied is told which login tokens ended, so that their sockets can be closed. See KeepSocket.
	TokensDied func(userID string, tokens []string)
}

// New makes a workspace.
func New(s Seed) *Core {
	c := &Core{
		Facts:         profiles[s.Profile],
		now:           s.Now,
		publish:       s.Publish,
		hooks:         s.Hooks,
		ids:           newIDs(s.IDs),
		createTokens:  s.CreateTokens,
		settings:      map[string]any{},
		grants:        defaultGrants(),
		visitorFields: s.VisitorFields,
		roomFields:    s.RoomFields,
		rooms:         map[string]*room{},
		messages:      map[string]*message{},
		tokens:        map[string]*visitor{},
		roomsOf:       map[string][]*room{},
	}
	for key, value := range defaultSettings {
		c.settings[key] = value
	}
	for key, value := range s.Settings {
		c.settings[key] = value
	}
	c.settings["Livechat_Routing_Method"] = string(s.Routing)
	for _, a := range s.Accounts {
		c.addAccount(a)
	}
	for _, a := range s.Agents {
		c.AddAgent(a)
	}
	for _, d := range s.Departments {
		c.addDepartment(d)
	}
	return c
}

// millis is the server's time as documents carry it.
func (c *Core) millis() time.Time { return c.now().UTC().Truncate(time.Millisecond) }

// stamp is the time of the next thing that happens in r. It grows within a room even when two things fall into the same
// millisecond, as each of them took a real server's database longer than that.
func (c *Core) stamp(r *room) time.Time {
	t := c.millis()
	if !t.After(r.lastStamp) {
		t = r.lastStamp.Add(time.Millisecond)
	}
	r.lastStamp = t
	return t
}

// SessionID is the id of a new DDP session.
func (c *Core) SessionID() string { return c.ids.random17() }

// newID is the id of a record that the server makes itself.
func (c *Core) newID() string {
	if c.Facts.hexIDs {
		return c.ids.hex24()
	}
	return c.ids.random17()
}
