package rest

import (
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// tokenRoutes make and end tokens.
func (a *API) tokenRoutes() []*route {
	const get, post = http.MethodGet, http.MethodPost
	create := &route{
		verb: post, path: "users.createToken", deprecatedFor: "8.0.0", deprecatedSince: 700, user: true, coded: true, inBody: true,
		handle: (*API).createToken,
	}
	if a.core.Facts.CreateTokenSecret {
		create.check, create.fields, create.deprecatedFor = bySchema, []field{{name: "userId"}, {name: "secret"}}, ""
	}
	return []*route{
		create,
		{verb: post, path: "users.logout", user: true, coded: true, inBody: true, check: bySchema, since: 400,
			handle: (*API).logoutUser, fields: []field{{name: "userId", optional: true}}},
		{verb: post, path: "users.removeOtherTokens", user: true, coded: true, inBody: true, handle: (*API).removeOtherTokens},
		{verb: post, path: "users.logoutOtherClients", user: true, coded: true, inBody: true, since: 400, handle: (*API).logoutOtherClients},
		{verb: post, path: "users.generatePersonalAccessToken", user: true, coded: true, inBody: true, twoFactor: true,
			handle: (*API).generateToken},
		{verb: post, path: "users.regeneratePersonalAccessToken", user: true, coded: true, inBody: true, twoFactor: true,
			handle: (*API).regenerateToken},
		{verb: get, path: "users.getPersonalAccessTokens", user: true, coded: true, handle: (*API).getTokens},
		{verb: post, path: "users.removePersonalAccessToken", user: true, coded: true, inBody: true, twoFactor: true,
			handle: (*API).removeToken},
	}
}

func (a *API) createToken(c *call) (doc, error) {
	u, err := a.userParam(c)
	if err != nil {
		return nil, err
	}
	made, err := a.core.CreateToken(c.user, u, c.in.Str("secret"))
	if err != nil {
		return nil, err
	}
	return doc{"data": made}, nil
}

func (a *API) logoutUser(c *call) (doc, error) {
	u := c.user
	if id := c.in.Str("userId"); id != "" && id != c.user.ID {
		if !a.core.May(c.user, "logout-other-user") {
			return nil, errUnauthorized
		}
		if u = a.core.UserByID(id); u == nil {
			return nil, core.ErrUserID
		}
	}
	a.core.LogoutEverywhere(u)
	return doc{"message": "User " + u.ID + " has been logged out!"}, nil
}

func (a *API) removeOtherTokens(c *call) (doc, error) {
	a.core.LogoutOthers(c.user, c.token)
	return doc{}, nil
}

func (a *API) logoutOtherClients(c *call) (doc, error) {
	a.core.LogoutOthers(c.user, c.token)
	return doc{"token": c.token, "tokenExpires": a.core.Expires(c.user, c.token)}, nil
}

// tokenName is what the routes of personal access tokens ask for, who may have them set aside (rest-agent A.5).
func (a *API) tokenName(c *call) (string, error) {
	name := c.in.Str("tokenName")
	if name == "" {
		return "", &core.Fault{Code: "The 'tokenName' param is required", Plain: true}
	}
	return name, nil
}

func (a *API) generateToken(c *call) (doc, error) {
	name, err := a.tokenName(c)
	if err != nil {
		return nil, err
	}
	token, err := a.core.MakePersonalToken(c.user, name, c.in.Values["bypassTwoFactor"] == true)
	if err != nil {
		return nil, err
	}
	return doc{"token": token}, nil
}

func (a *API) regenerateToken(c *call) (doc, error) {
	name, err := a.tokenName(c)
	if err != nil {
		return nil, err
	}
	token, err := a.core.RemakePersonalToken(c.user, name)
	if err != nil {
		return nil, err
	}
	return doc{"token": token}, nil
}

func (a *API) getTokens(c *call) (doc, error) {
	tokens, err := a.core.PersonalTokens(c.user)
	if err != nil {
		return nil, err
	}
	return doc{"tokens": tokens}, nil
}

func (a *API) removeToken(c *call) (doc, error) {
	name, err := a.tokenName(c)
	if err != nil {
		return nil, err
	}
	if err := a.core.RemovePersonalToken(c.user, name); err != nil {
		return nil, err
	}
	return doc{}, nil
}
