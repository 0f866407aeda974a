package core

import (
	"regexp"
	"slices"
	"strings"
)

// NewUser is what users.create takes.
type NewUser struct {
	Username, Name, Email, Password string
	Roles                           []string
	Verified                        bool
	More                            Doc // requirePasswordChange, bio, nickname, statusText as sent
}

// Changes are what users.update takes; nil leaves a field as it is.
type Changes struct {
	Username, Name, Email, Password *string
	Roles                           []string
	Verified                        *bool
	More                            Doc // requirePasswordChange, customFields, bio, nickname, statusText as sent
}

var (
	errAddingUser = &Fault{Code: "error-action-not-allowed", Reason: "Adding user is not allowed",
		Details: doc{"method": "insertOrUpdateUser", "action": "Adding_user"}}
	errEditingUser = &Fault{Code: "error-action-not-allowed", Reason: "Editing user is not allowed",
		Details: doc{"method": "insertOrUpdateUser", "action": "Editing_user"}}
	errRoles = &Fault{Code: "error-action-not-allowed", Reason: "The field Roles consist invalid role id",
		Details: doc{"method": "insertOrUpdateUser", "action": "Assign_role"}}
	errAssignAdmin = &Fault{Code: "error-action-not-allowed", Reason: "Assigning admin is not allowed",
		Details: doc{"method": "insertOrUpdateUser", "action": "Assign_admin"}}
	errCreateToken = &Fault{Code: "error-not-authorized", Reason: "Not authorized", Details: doc{"method": "createToken"}}
	errWrongSecret = &Fault{Code: errCreateToken.Code, Reason: errCreateToken.Reason} // the details came and went (rest-agent A.6)
	// ErrUserID is what routes answer that act on an id that nobody has.
	ErrUserID = &Fault{Code: "error-invalid-user-id", Reason: "Invalid user id"}
)

// usernameForm is the default of the setting UTF8_User_Names_Validation.
var usernameForm = regexp.MustCompile(`^[0-9a-zA-Z-_.]+$`)

// mailForm is as strict as the recorded refusals tell.
var mailForm = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)

// blockedUsernames cannot be had by new users (recorded for admin in 6.5.3).
var blockedUsernames = []string{"admin", "administrator", "system", "user"}

// CreateUser makes an account, whom nobody has logged in as yet. What is wrong is looked for in the recorded order of 6.5.3.
func (c *Core) CreateUser(by *User, in NewUser) (Doc, error) {
	if !c.May(by, "create-user") {
		return nil, errAddingUser
	}
	if err := c.checkRoles(by, in.Roles); err != nil {
		return nil, err
	}
	if err := c.checkNames(nil, in.Username, in.Email); err != nil {
		return nil, err
	}
	u := &User{
		ID: c.ids.random17(), Username: in.Username, Name: in.Name, email: strings.ToLower(in.Email), verified: in.Verified,
		roles: slices.Clone(in.Roles), kind: "user", mailCode: true, connections: map[string]Status{}, status: Offline,
		created: c.millis(), more: in.More,
	}
	if len(u.roles) == 0 {
		u.roles = []string{RoleUser}
	}
	c.setPassword(u, digest(in.Password))
	u.updated = c.millis()
	c.enrol(u)
	return c.whole(u), nil
}

func (c *Core) checkRoles(by *User, roles []string) error {
	if slices.ContainsFunc(roles, func(role string) bool { return !slices.Contains(knownRoles, role) }) {
		return errRoles
	}
	if slices.Contains(roles, RoleAdmin) && !c.May(by, "assign-admin-role") {
		return errAssignAdmin
	}
	return nil
}

// checkNames looks at a new username and address of u, nil for a user who does not exist yet.
func (c *Core) checkNames(u *User, username, email string) error {
	if username != "" && !usernameForm.MatchString(username) {
		return &Fault{Code: "error-input-is-not-a-valid-field", Reason: username + " is not a valid username",
			Details: doc{"method": "insertOrUpdateUser", "input": username, "field": "Username"}}
	}
	if slices.Contains(blockedUsernames, strings.ToLower(username)) {
		return &Fault{Code: "error-blocked-username", Reason: username + " is blocked and can't be used!",
			Details: doc{"method": "checkUsernameAvailability", "field": username}}
	}
	if other := c.userNamed(username); other != nil && other != u {
		return errTaken(username)
	}
	if email != "" && !mailForm.MatchString(email) {
		return &Fault{Code: "error-invalid-email", Reason: "Invalid email " + email,
			Details: doc{"function": "RocketChat.validateEmailDomain", "email": email}}
	}
	if other := c.userMailed(email); other != nil && other != u {
		return errTaken(email)
	}
	return nil
}

func errTaken(field string) *Fault {
	return &Fault{Code: "error-field-unavailable", Reason: field + " is already in use :(",
		Details: doc{"method": "insertOrUpdateUser", "field": field}}
}

// UpdateUser changes an account and answers it as it is then.
func (c *Core) UpdateUser(by, u *User, in Changes) (Doc, error) {
	if u != by && !c.May(by, "edit-other-user-info") {
		return nil, errEditingUser
	}
	if err := c.checkRoles(by, in.Roles); err != nil {
		return nil, err
	}
	if err := c.checkNames(u, given(in.Username, u.Username), given(in.Email, u.email)); err != nil {
		return nil, err
	}
	if in.Username != nil {
		u.Username = *in.Username
	}
	if in.Name != nil {
		u.Name = *in.Name
		c.tellName(u)
	}
	if in.Email != nil {
		u.email, u.verified = strings.ToLower(*in.Email), false
	}
	if in.Verified != nil {
		u.verified = *in.Verified
	}
	if in.Roles != nil {
		u.roles = slices.Clone(in.Roles)
	}
	if in.Password != nil {
		c.setPassword(u, digest(*in.Password))
	}
	for field, value := range in.More {
		u.set(field, value)
	}
	u.updated = c.millis()
	return c.whole(u), nil
}

// given is a new value, empty where it is not given or the old one.
func given(value *string, old string) string {
	if value == nil || *value == old {
		return ""
	}
	return *value
}

// FindUser is the user of the parameters userId, username or user, which old and new routes take alike.
func (c *Core) FindUser(userID, username string) *User {
	if userID != "" {
		return c.userByID(userID)
	}
	return c.userNamed(username)
}

// CreateToken makes a login token for u, as if he had logged in. Whether he is active is not asked (measured in both versions).
func (c *Core) CreateToken(by, u *User, secret string) (Doc, error) {
	allowed := c.createTokens && (u == by || c.May(by, "user-generate-access-token"))
	if c.Facts.CreateTokenSecret {
		allowed = c.tokenSecret != "" && secret == c.tokenSecret && (u == by || c.May(by, "user-generate-access-token"))
	}
	switch {
	case !allowed && c.Facts.CreateTokenSecret:
		return nil, errWrongSecret
	case !allowed:
		return nil, errCreateToken
	}
	l := c.addLogin(u)
	if c.Facts.tokensTouch {
		u.updated = c.millis()
	}
	if c.Facts.cappedCreateToken {
		c.capLogins(u)
	}
	return doc{"userId": u.ID, "authToken": l.token}, nil
}

// SetActive switches an account on or off. Whoever is off has no tokens and shows as offline; his sockets are closed.
func (c *Core) SetActive(u *User, active, relinquish bool) (Doc, error) {
	if !active && !relinquish && c.Facts.Relinquish {
		if names := c.lastOwned(u); len(names) > 0 {
			return nil, &Fault{Code: "user-last-owner", Details: doc{"shouldBeRemoved": []string{}, "shouldChangeOwner": names}}
		}
	}
	u.deactivated = !active
	u.updated = c.millis()
	c.directsFollow(u, active)
	if !active {
		if u.livechat != "" {
			u.livechat = notAvailable
		}
		c.LogoutEverywhere(u)
	}
	return doc{"_id": u.ID, "active": active}, nil
}

// DeleteUser removes an account, its tokens and its memberships.
func (c *Core) DeleteUser(u *User, relinquish bool) error {
	if names := c.lastOwned(u); len(names) > 0 && !relinquish && c.Facts.Relinquish {
		return &Fault{Code: "user-last-owner", Details: doc{"shouldBeRemoved": []string{}, "shouldChangeOwner": names}}
	}
	if c.hooks.UserRemoved != nil {
		c.hooks.UserRemoved(u.ID)
	}
	c.leaveTalks(u)
	c.LogoutEverywhere(u)
	c.users = slices.DeleteFunc(c.users, func(other *User) bool { return other == u })
	c.reindex()
	return nil
}
