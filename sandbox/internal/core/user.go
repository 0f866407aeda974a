package core

import (
	"crypto/sha256"
	"encoding/hex"
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
)

// User is an account: an administrator, an agent, a bot, anybody who is not a visitor.
type User struct {
	ID, Username, Name string

	email       string
	roles       []string
	password    string // lower-case SHA-256 in hexadecimal, as clients may send it
	logins      []login
	deactivated bool
	// pinned is the presence that the program which runs the sandbox gave the user; empty where it follows connections.
	pinned      Status
	connections map[string]Status // by DDP session
	status      Status
	livechat    string // statusLivechat; empty for one who is no agent
	load        int    // chats ever assigned, what automatic routing compares
	created     time.Time
	updated     time.Time
	lastLogin   time.Time
}

// login is a token with which a user may resume.
type login struct {
	token string
	when  time.Time
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

// addAccount fills in what the account leaves open. Such a user is offline until somebody logs in over DDP.
func (c *Core) addAccount(a Account) *User {
	u := &User{
		ID: a.ID, Username: a.Username, Name: a.Name, email: a.Email, roles: slices.Clone(a.Roles),
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
		u.password = digest(a.Password)
	}
	if len(u.roles) == 0 {
		u.roles = []string{RoleUser}
	}
	for _, token := range a.Tokens {
		u.logins = append(u.logins, login{token: token, when: u.created})
	}
	if u.has(RoleAgent) {
		u.livechat = available
	}
	c.users = append(c.users, u)
	return u
}

func digest(password string) string {
	sum := sha256.Sum256([]byte(password))
	return hex.EncodeToString(sum[:])
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

func (c *Core) userByID(id string) *User {
	return c.findUser(func(u *User) bool { return id != "" && u.ID == id })
}

// userNamed ignores case, as Rocket.Chat does.
func (c *Core) userNamed(username string) *User {
	return c.findUser(func(u *User) bool { return username != "" && strings.EqualFold(u.Username, username) })
}

func (c *Core) findUser(fits func(*User) bool) *User {
	if i := slices.IndexFunc(c.users, fits); i >= 0 {
		return c.users[i]
	}
	return nil
}

// Authenticate is the user to whom the pair of id and token belongs, nil where there is none.
func (c *Core) Authenticate(userID, token string) *User {
	u := c.userByID(userID)
	if u == nil || token == "" || u.deactivated {
		return nil
	}
	for _, l := range u.logins {
		if l.token == token {
			return u
		}
	}
	return nil
}

// Disconnected tells that a DDP session of u ended.
func (c *Core) Disconnected(u *User, session string) {
	delete(u.connections, session)
}
