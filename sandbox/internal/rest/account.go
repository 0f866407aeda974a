package rest

import (
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// accountRoutes are logins and users.
func (a *API) accountRoutes() []*route {
	const get, post = http.MethodGet, http.MethodPost
	return append(a.userRoutes(), []*route{
		{verb: post, path: "login", inBody: true, handle: (*API).postLogin, coded: true},
		{verb: post, path: "logout", user: true, inBody: true, handle: (*API).logout, coded: true},
		{verb: get, path: "logout", user: true, handle: (*API).logout, coded: true},
		{verb: get, path: "me", user: true, handle: (*API).me, coded: true},
	}...)
}

func (a *API) postLogin(c *call) (doc, error) {
	in, err := loginBody(c.in)
	if err == nil {
		in.IP = ClientIP(c.request)
		var l core.Login
		if l, err = a.core.LogIn(in); err == nil {
			c.bare = !a.core.Facts.LoginSuccess
			return doc{"status": "success", "data": doc{
				"userId": l.User.ID, "authToken": l.Token, "me": a.core.Me(l.User, a.URL, true),
			}}, nil
		}
	}
	return nil, a.refusedLogin(err)
}

func (a *API) logout(c *call) (doc, error) {
	a.core.Logout(c.user, c.token)
	c.bare = true
	return doc{"status": "success", "data": doc{"message": "You've been logged out!"}}, nil
}

func (a *API) me(c *call) (doc, error) { return a.core.Me(c.user, a.URL, false), nil }
