package core

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"
	"time"
)

// Status is a user's presence.
type Status string

// The presences of Rocket.Chat. An agent takes chats in every one but offline.
const (
	Online  Status = "online"
	Away    Status = "away"
	Busy    Status = "busy"
	Offline Status = "offline"
)

// The two livechat statuses of an agent.
const (
	available    = "available"
	notAvailable = "not-available"
)

// The roles that the rules ask for.
const (
	RoleAdmin   = "admin"
	RoleUser    = "user"
	RoleBot     = "bot"
	RoleAgent   = "livechat-agent"
	RoleManager = "livechat-manager"
	RoleMonitor = "livechat-monitor"
)

// User is an account: an administrator, an agent, a bot, anybody who is not a visitor.
type User struct {
	ID, Username, Name string

	email       string
	verified    bool // the e-mail address
	roles       []string
	kind        string // the field type: "user" or "bot"
	password    string // lower-case SHA-256 in hexadecimal, as clients may send it; empty for one who cannot log in with a password
	hash        string // what stands for the password in services, of the form of a bcrypt hash
	mailCode    bool   // services.email2fa: a code by e-mail would be the second factor, were two-factor on
	logins      []login
	deactivated bool
	// pinned is the presence that the program which runs the sandbox gave the user; empty where it follows connections.
	pinned      Status
	chosen      Status            // statusDefault, the presence that the user chose for when he is connected
	connections map[string]Status `state:"-"` // by DDP session
	status      Status
	livechat    string // statusLivechat; empty for one who is no agent
	load        int    // chats ever assigned, what automatic routing compares
	created     time.Time
	updated     time.Time
	lastLogin   time.Time
	remembered  time.Time // until when no second factor is asked for
	// more are the fields that only some users have: statusText, statusDefault, statusConnection, utcOffset, avatarOrigin,
	// requirePasswordChange, customFields, bio, nickname, operator. It is replaced, never changed in place.
	more doc
}

// Account describes a user of the workspace, as the recordings' accounts.json does.
type Account struct {
	ID       string
	Username string
	Name     string
	Email    string
	Password string
	Roles    []string
	Tokens   []string
}

// catID is the id of the user who stands for the server itself.
const catID = "rocket.cat"

// addCat makes the bot that every workspace has (its shape in users.presence was recorded in 3.4.0). He is always online.
func (c *Core) addCat() {
	c.enrol(&User{
		ID: catID, Username: catID, Name: "Rocket.Cat", kind: "bot", roles: []string{RoleBot}, pinned: Online, status: Online,
		connections: map[string]Status{}, created: c.millis(), updated: c.millis(),
		more: doc{"utcOffset": 0, "avatarETag": nil},
	})
}

// addAccount fills in what the account leaves open. Such a user is offline until somebody logs in over DDP. Administrators are as
// the first one of a workspace, whom the server itself makes; all others as if made by users.create, and agents as if then added
// to livechat.
func (c *Core) addAccount(a Account) *User {
	u := &User{
		ID: a.ID, Username: a.Username, Name: a.Name, email: a.Email, roles: slices.Clone(a.Roles), kind: "user",
		connections: map[string]Status{}, status: Offline, created: c.millis(), updated: c.millis(),
	}
	if u.ID == "" {
		u.ID = c.ids.random17()
	}
	if u.Name == "" {
		u.Name = u.Username
	}
	if u.email == "" {
		u.email = u.Username + "@example.com"
	}
	if a.Password != "" {
		c.setPassword(u, digest(a.Password))
	}
	if len(u.roles) == 0 {
		u.roles = []string{RoleUser}
	}
	for _, token := range a.Tokens {
		u.logins = append(u.logins, login{token: token, when: u.created})
	}
	if u.has(RoleAdmin) {
		u.chosen = Online
		u.more = doc{"avatarOrigin": "none", "statusDefault": string(Online), "utcOffset": 0}
	} else {
		u.verified, u.mailCode = true, true
		u.more = doc{"requirePasswordChange": false}
	}
	if u.has(RoleAgent) {
		u.livechat = available
		u.set("operator", true)
	}
	c.enrol(u)
	return u
}

func digest(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
}

// setPassword stores the digest, and what stands for it in documents.
func (c *Core) setPassword(u *User, digest string) {
	u.password = digest
	u.hash = c.ids.hash()
}

// set stores a field that only some users have; nil removes it.
func (u *User) set(field string, value any) {
	more := maps.Clone(u.more)
	if more == nil {
		more = doc{}
	}
	more[field] = value
	if value == nil {
		delete(more, field)
	}
	u.more = more
}

func (u *User) has(role string) bool { return slices.Contains(u.roles, role) }

func (u *User) isAgent() bool { return u.has(RoleAgent) }

// online is the test of most routing: available, and either a bot or present.
func (u *User) online() bool {
	return u.isAgent() && !u.deactivated && u.livechat == available && (u.has(RoleBot) || u.status != Offline)
}

// ref is the user as other documents name him.
func (u *User) ref() doc { return doc{"_id": u.ID, "username": u.Username} }

// author is the user as the author of a message.
func (c *Core) author(u *User) doc {
	if !c.Facts.agentName {
		return u.ref()
	}
	return doc{"_id": u.ID, "username": u.Username, "name": u.Name}
}

// UserByID is the user with that id, nil for none.
func (c *Core) UserByID(id string) *User { return c.userByID(id) }

func (c *Core) userByID(id string) *User { return c.index.users[id] }

// userNamed ignores case, as Rocket.Chat does.
func (c *Core) userNamed(username string) *User {
	return c.findUser(func(u *User) bool { return username != "" && strings.EqualFold(u.Username, username) })
}

func (c *Core) userMailed(address string) *User {
	return c.findUser(func(u *User) bool { return address != "" && strings.EqualFold(u.email, address) })
}

func (c *Core) findUser(fits func(*User) bool) *User {
	if i := slices.IndexFunc(c.users, fits); i >= 0 {
		return c.users[i]
	}
	return nil
}
