package core

import (
	"time"
)

// Credentials are what somebody logs in with: a resume token, or a name and a password in plain text or as its SHA-256 digest.
type Credentials struct {
	Resume                  string
	UserID, Username, Email string
	Password, Digest        string
	IP                      string
}

// Login is a successful login.
type Login struct {
	User    *User
	Token   string
	Expires time.Time
	Type    string // "password" or "resume"
}

// What a login is refused with. Codes that are numbers in Rocket.Chat are so in Number.
var (
	errBadLogin      = &Fault{Number: 400, Reason: "Unrecognized options for login request"}
	ErrMatch         = &Fault{Number: 400, Reason: "Match failed"}
	errPasswordShape = &Fault{Number: 400, Reason: "Match failed",
		Match: "Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation in field password"}
	ErrNoSuchUser   = &Fault{Number: 403, Reason: "User not found"}
	errBadPassword  = &Fault{Number: 403, Reason: "Incorrect password"}
	errNoPassword   = &Fault{Number: 403, Reason: "User has no password set"}
	errLoggedOut    = &Fault{Number: 403, Reason: "You've been logged out by the server. Please log in again."}
	errExpired      = &Fault{Number: 403, Reason: "Your session has expired. Please log in again."}
	errNotActivated = &Fault{Code: "error-user-is-not-activated", Reason: "User is not activated",
		Details: doc{"function": "Accounts.validateLoginAttempt"}}
)

// otherLogins are the keys of logins through services that a workspace may be connected to.
var otherLogins = []string{"cas", "iframe", "ldap", "oauth", "saml", "serviceName"}

// ReadLogin reads the argument of the DDP method login. What no login handler recognises is 400.
func ReadLogin(in Doc) (Credentials, error) {
	if wrapped, ok := in["totp"].(doc); ok { // the code counts only for users who have a second factor
		in, _ = wrapped["login"].(doc)
	}
	for _, key := range otherLogins {
		if in[key] != nil {
			return Credentials{}, NotPlayed("login with " + key)
		}
	}
	switch resume := in["resume"].(type) {
	case nil:
	case string:
		return Credentials{Resume: resume}, nil
	default:
		return Credentials{}, NotPlayed("login with a resume token that is no text")
	}
	if in["password"] == nil || in["password"] == "" {
		return Credentials{}, errBadLogin
	}
	var with Credentials
	switch password := in["password"].(type) {
	case string:
		with.Password = password
	case doc:
		with.Digest, _ = password["digest"].(string)
		if len(with.Digest) != 64 || password["algorithm"] != "sha-256" || len(password) != 2 {
			return Credentials{}, errPasswordShape
		}
	default:
		return Credentials{}, errPasswordShape
	}
	user, _ := in["user"].(doc)
	with.UserID, _ = user["id"].(string)
	with.Username, _ = user["username"].(string)
	with.Email, _ = user["email"].(string)
	if len(user) != 1 || with.UserID+with.Username+with.Email == "" {
		return Credentials{}, NotPlayed("login with a user of another shape than one of id, username, email")
	}
	return with, nil
}

// LogIn finds the user of the credentials. A password makes a new login token, a resume token stays as it is.
func (c *Core) LogIn(with Credentials) (Login, error) {
	c.sweep()
	if with.Resume != "" {
		return c.resume(with.Resume)
	}
	if err := c.blocked(with); err != nil {
		return Login{}, err
	}
	u, err := c.byPassword(with)
	if err != nil {
		c.failed(with)
		return Login{}, err
	}
	if u.deactivated {
		return Login{}, errNotActivated
	}
	l := c.addLogin(u)
	c.capLogins(u)
	return c.loggedIn(u, l, "password"), nil
}

func (c *Core) byPassword(with Credentials) (*User, error) {
	u := c.userByID(with.UserID)
	switch {
	case with.Username != "":
		u = c.userNamed(with.Username)
	case with.Email != "":
		u = c.userMailed(with.Email)
	}
	if u == nil {
		return nil, ErrNoSuchUser
	}
	sent := with.Digest
	if with.Password != "" {
		sent = digest(with.Password)
	}
	switch {
	case u.password == sent && sent != "":
		return u, nil
	case c.Facts.vagueLogin:
		return nil, ErrNoSuchUser
	case u.password == "":
		return nil, errNoPassword
	}
	return nil, errBadPassword
}

func (c *Core) resume(token string) (Login, error) {
	for _, u := range c.users {
		for _, l := range u.logins {
			switch {
			case l.token != token:
			case l.name == "" && l.when.Add(c.loginLife()).Before(c.millis()):
				return Login{}, errExpired
			case u.deactivated:
				return Login{}, errNotActivated
			default:
				return c.loggedIn(u, l, "resume"), nil
			}
		}
	}
	return Login{}, errLoggedOut
}

// loggedIn notes when u last logged in. A resume counts too (the recorded lastLogin of users who only resume).
func (c *Core) loggedIn(u *User, l login, kind string) Login {
	u.lastLogin = c.millis()
	u.updated = u.lastLogin
	return Login{User: u, Token: l.token, Expires: l.when.Add(c.loginLife()), Type: kind}
}
