package ddp

import (
	"regexp"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// accountMethods are logins and presence.
var accountMethods = map[string]method{
	"login":                         {run: (*Session).login},
	"logout":                        {run: (*Session).logout},
	"UserPresence:online":           {run: func(c *Session, _ []any) (any, error) { return c.showAs(core.Online) }},
	"UserPresence:away":             {run: func(c *Session, _ []any) (any, error) { return c.showAs(core.Away) }},
	"UserPresence:setDefaultStatus": {run: (*Session).setDefaultStatus},
	"setUserStatus":                 {run: (*Session).setUserStatus},
	"createToken":                   {until: 800, run: (*Session).createToken},
	"livechat:saveCustomField":      {run: (*Session).saveCustomField},
}

// login takes a password, as it is or as its SHA-256, or a token to resume with. Whoever was logged in on the connection before
// gives way.
func (c *Session) login(params []any) (any, error) {
	if len(params) != 1 {
		return nil, core.ErrMatch
	}
	options, isObject := wire.Plain(params[0]).(doc)
	if !isObject {
		return nil, core.ErrMatch
	}
	credentials, err := core.ReadLogin(options)
	if err != nil {
		return nil, err
	}
	l, err := c.srv.core.LogIn(credentials)
	if err != nil {
		return nil, err
	}
	c.become(l.User, l.Token)
	return doc{"id": l.User.ID, "token": l.Token, "tokenExpires": l.Expires, "type": l.Type}, nil
}

// logout ends the token also for REST. The socket stays open (measured on 3.4.0), its subs are asked for anew.
func (c *Session) logout([]any) (any, error) {
	u, token := c.user, c.token
	c.become(nil, "")
	if u != nil {
		c.srv.core.LoggedOut(u)
		c.srv.core.Logout(u, token)
	}
	return nothing, nil
}

// become makes u, nil for nobody, the user of the connection, who gets his own document. The core's lock is held.
func (c *Session) become(u *core.User, token string) {
	before := c.user
	c.user, c.token = u, token
	if before != u && before != nil {
		c.srv.core.Disconnected(before, c.id)
		if c.srv.manner.tellsUser {
			c.send(doc{"msg": "removed", "collection": "users", "id": frameID(before.ID)})
		}
	}
	if u != nil {
		c.srv.core.Connected(u, c.id)
	}
	if before != u && u != nil && c.srv.manner.tellsUser {
		c.send(doc{"msg": "added", "collection": "users", "id": frameID(u.ID), "fields": u.Self()})
	}
	c.rerunSubs()
}

// objectID is how the ids of the database look.
var objectID = regexp.MustCompile(`^[0-9a-f]{24}$`)

// frameID is a text id as collection frames carry it: one that looks like the database's own has a dash before it (recorded in 6.5.3),
// so that the two cannot be mistaken.
func frameID(id string) string {
	if objectID.MatchString(id) {
		return "-" + id
	}
	return id
}

// showAs is how lively the user is on this connection.
func (c *Session) showAs(status core.Status) (any, error) {
	if c.user == nil {
		return nothing, nil
	}
	c.srv.core.ShowOnConnection(c.user, c.id, status)
	if c.srv.core.Facts.PresenceAnswers {
		return true, nil
	}
	return nothing, nil
}

func (c *Session) setDefaultStatus(params []any) (any, error) {
	if c.user == nil {
		return nothing, nil // recorded in 6.5.3
	}
	status, ok := knownStatus(params)
	if !ok {
		return nil, core.NotPlayed("UserPresence:setDefaultStatus with another status")
	}
	c.srv.core.Choose(c.user, status, false)
	return nothing, nil
}

// setUserStatus sets the presence and the text beside it; either may be left out.
func (c *Session) setUserStatus(params []any) (any, error) {
	if c.user == nil {
		return nil, core.NotPlayed("setUserStatus without a login")
	}
	if len(params) > 0 && params[0] != nil {
		status, ok := knownStatus(params)
		if !ok {
			return nil, core.NotPlayed("setUserStatus with another status")
		}
		c.srv.core.Choose(c.user, status, false)
	}
	if len(params) > 1 {
		if text, isText := params[1].(string); isText {
			c.srv.core.Describe(c.user, text)
		}
	}
	return nothing, nil
}

func knownStatus(params []any) (core.Status, bool) {
	if len(params) == 0 {
		return "", false
	}
	text, _ := params[0].(string)
	switch status := core.Status(text); status {
	case core.Online, core.Away, core.Busy, core.Offline:
		return status, true
	}
	return "", false
}

func (c *Session) createToken(params []any) (any, error) {
	if c.user == nil || len(params) == 0 {
		return nil, core.NotPlayed("createToken without a login or an id")
	}
	id, _ := params[0].(string)
	u := c.srv.core.UserByID(id)
	if u == nil {
		return nil, core.NotPlayed("createToken for an unknown user")
	}
	return c.srv.core.CreateToken(c.user, u, "")
}

var (
	errSaveField = &core.Fault{Code: "error-not-allowed", Reason: "Not allowed", Details: doc{"method": "livechat:saveCustomField"}}
	// Recorded in 6.5.3.
	errFieldExists = &core.Fault{Code: "error-custom-field-name-already-exists", Reason: "Custom field name already exists",
		Details: doc{"method": "livechat:saveCustomField"}}
)

// saveCustomField defines a custom field of visitors or rooms: a new one under the key "field", one that there is under its id.
func (c *Session) saveCustomField(params []any) (any, error) {
	if !c.srv.core.May(c.user, "view-livechat-manager") {
		return nil, errSaveField
	}
	if len(params) < 2 {
		return nil, core.ErrMatch
	}
	described, isObject := wire.Plain(params[1]).(doc)
	if !isObject {
		return nil, core.ErrMatch
	}
	key, _ := params[0].(string)
	if key == "" {
		if key, _ = described["field"].(string); c.srv.core.Field(key) != nil {
			return nil, errFieldExists
		}
	}
	if key == "" {
		return nil, core.ErrMatch
	}
	c.srv.core.SaveField(key, described)
	return c.srv.core.Field(key), nil
}

// TokensDied closes the sockets of tokens that ended, with nothing said before (measured). The caller holds the core's lock.
func (s *Server) TokensDied(userID string, tokens []string) {
	dead := map[string]bool{}
	for _, token := range tokens {
		dead[token] = true
	}
	for _, c := range s.Sessions() {
		switch {
		case c.userID() != userID || !dead[c.token]:
		case s.manner.terminates:
			c.Drop()
		default:
			c.hangUp()
		}
	}
}

// UserRemoved tells the connections of a user that he is gone (measured on 3.4.0). The caller holds the core's lock.
func (s *Server) UserRemoved(userID string) {
	for _, c := range s.Sessions() {
		if c.userID() == userID && s.manner.tellsUser {
			c.send(doc{"msg": "removed", "collection": "users", "id": frameID(userID)})
		}
	}
}
