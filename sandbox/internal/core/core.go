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
// look at the state to its last change, as if the database knew transactions. Nothing in here waits but TakeInquiry, which
// lets others in meanwhile. What methods return may be kept and read after the lock is given back.
type Core struct {
	sync.Mutex

	Facts Facts
	now   func() time.Time
	// clockIsWrong says that the clock was set, to stand still for example.
	clockIsWrong func() bool
	site         string
	publish      func(Event)
	hooks        Hooks

	createTokens bool
	tokenSecret  string

	records
	index  index
	shapes shapes

	untold      []func()       // what is told when the request is over, see tell
	roomsToTell map[*room]bool // whose change is among it
}

// records are everything that State saves and Restore brings back.
type records struct {
	ids       *ids
	settings  map[string]any
	ownLimits bool
	grants    map[string]grant // by permission
	failures  []failure        // logins that were refused lately
	swept     time.Time        // when tokens were last looked at for their age
	began     time.Time        // when the workspace was made

	users       []*User
	visitors    []*visitor
	tokens      map[string]*visitor // by token
	guests      int
	fields      []customField
	pages       map[string][]visitedPage // of visitors who had no room yet, by token
	triggers    []doc
	departments []*department
	rooms       map[string]*room
	roomOrder   []*room            // in the order of making
	roomsOf     map[string][]*room // by the visitor's token, in the order of making
	messages    map[string]*message
	uploads     map[string]*Upload
	memberships memberships
	talks       talks
	inquiries   []*inquiry
}

// Seed is what a workspace begins with.
type Seed struct {
	Profile       Profile
	Now           func() time.Time
	ClockIsWrong  func() bool // the clock was set, to stand still for example; never where it is nil
	Site          string      // the address of the site, without a slash at its end
	IDs           uint64      // makes the sequence of ids repeatable; zero takes a random seed
	Routing       Routing
	CreateTokens  bool // the server's environment has CREATE_TOKENS_FOR_USERS=true
	RateLimits    bool
	TokenSecret   string              // and CREATE_TOKENS_FOR_USERS_SECRET, which takes its place from 8.0 on
	Permissions   map[string][]string // roles by permission, where they are other ones than a fresh server's
	Accounts      []Account
	Agents        []AgentSpec
	Departments   []Department
	VisitorFields []CustomField
	RoomFields    []CustomField
	Triggers      []Doc
	Settings      map[string]any
	// Publish gets every event of a stream, with the lock held. It must not wait, nor call back.
	Publish func(Event)
	Hooks   Hooks
}

// Hooks tell the outside of what happened, with the lock held. They must not wait, nor call back.
type Hooks struct {
	// VisitorWrote is told of each visitor's chat message in a room that an agent serves.
	VisitorWrote func(agent, roomID, text string)
	// TokensDied is told which login tokens ended, so that their sockets can be closed.
	TokensDied func(userID string, tokens []string)
	// FilesGone is told which files nobody can read any more.
	FilesGone func(ids []string)
	// UserRemoved is told which account is about to go.
	UserRemoved func(userID string)
	// Left is told who is no longer in which room.
	Left func(userID, roomID string)
	// SettingChanged is told which setting has a new value.
	SettingChanged func(key string)
}

// New makes a workspace.
func New(s Seed) *Core {
	c := &Core{
		Facts:        profiles[s.Profile],
		now:          s.Now,
		clockIsWrong: s.ClockIsWrong,
		site:         s.Site,
		publish:      s.Publish,
		hooks:        s.Hooks,
		createTokens: s.CreateTokens,
		tokenSecret:  s.TokenSecret,
		roomsToTell:  map[*room]bool{},
		index:        newIndex(),
		shapes:       shapes{},
		records: records{
			ids:         newIDs(s.IDs),
			settings:    map[string]any{},
			rooms:       map[string]*room{},
			messages:    map[string]*message{},
			uploads:     map[string]*Upload{},
			tokens:      map[string]*visitor{},
			roomsOf:     map[string][]*room{},
			pages:       map[string][]visitedPage{},
			memberships: newMemberships(),
			talks:       newTalks(),
		},
	}
	if c.clockIsWrong == nil {
		c.clockIsWrong = func() bool { return false }
	}
	for key, value := range defaultSettings {
		c.settings[key] = value
	}
	c.SetRateLimits(s.RateLimits)
	for key, value := range s.Settings {
		c.settings[key] = value
	}
	c.settings["Livechat_Routing_Method"] = string(s.Routing)
	c.swept, c.began = c.millis(), c.millis()
	c.seedFields(s.VisitorFields, scopeVisitor)
	c.seedFields(s.RoomFields, scopeRoom)
	for _, t := range s.Triggers {
		c.addTrigger(t)
	}
	c.addCat()
	c.makeGeneral()
	c.grants = c.defaultGrants()
	for permission, roles := range s.Permissions {
		c.Grant(permission, roles)
	}
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
// millisecond, as each of them took a real server's database longer than that. A clock that is wrong on purpose is taken at its word: it
// may stand still, or go back.
func (c *Core) stamp(r *room) time.Time {
	t := c.millis()
	if !t.After(r.lastStamp) && !c.clockIsWrong() {
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
