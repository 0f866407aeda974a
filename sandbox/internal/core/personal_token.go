package core

import "slices"

// The refusals of personal access tokens (rest-agent A.5).
var (
	errNoTokens    = &Fault{Code: "not-authorized", Reason: "Not Authorized"}
	errTokenExists = &Fault{Code: "error-token-already-exists", Reason: "A token with this name already exists"}
	errNoSuchToken = &Fault{Code: "error-token-does-not-exists", Reason: "Token does not exist"}
)

// MakePersonalToken makes a token that neither ages nor is evicted.
func (c *Core) MakePersonalToken(u *User, name string, bypassTwoFactor bool) (string, error) {
	switch {
	case !c.May(u, "create-personal-access-tokens"):
		return "", errNoTokens
	case u.personalToken(name) >= 0:
		return "", errTokenExists
	}
	l := login{token: c.ids.token(), when: c.millis(), name: name, bypasses: bypassTwoFactor}
	u.logins = append(u.logins, l)
	return l.token, nil
}

// RemakePersonalToken ends the token of that name and makes another one.
func (c *Core) RemakePersonalToken(u *User, name string) (string, error) {
	i := u.personalToken(name)
	if i < 0 {
		return "", c.tokenRefusal(u)
	}
	bypasses := u.logins[i].bypasses
	if err := c.RemovePersonalToken(u, name); err != nil {
		return "", err
	}
	return c.MakePersonalToken(u, name, bypasses)
}

// RemovePersonalToken ends the token of that name.
func (c *Core) RemovePersonalToken(u *User, name string) error {
	if u.personalToken(name) < 0 || !c.May(u, "create-personal-access-tokens") {
		return c.tokenRefusal(u)
	}
	c.endTokens(u, func(l login) bool { return l.name == name })
	return nil
}

func (c *Core) tokenRefusal(u *User) error {
	if !c.May(u, "create-personal-access-tokens") {
		return errNoTokens
	}
	return errNoSuchToken
}

// PersonalTokens lists them without what they are used with.
func (c *Core) PersonalTokens(u *User) ([]Doc, error) {
	if !c.May(u, "create-personal-access-tokens") {
		return nil, errNoTokens
	}
	list := []doc{}
	for _, l := range u.logins {
		if l.name != "" {
			list = append(list, doc{
				"name": l.name, "createdAt": l.when, "lastTokenPart": l.token[len(l.token)-6:], "bypassTwoFactor": l.bypasses,
			})
		}
	}
	return list, nil
}

func (u *User) personalToken(name string) int {
	return slices.IndexFunc(u.logins, func(l login) bool { return name != "" && l.name == name })
}
