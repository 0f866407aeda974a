package rest

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// loginKeys are those of the login form. A body with any other key goes to the DDP method login as it is (rest-agent A.2).
var loginKeys = []string{"user", "username", "email", "password", "code"}

// loginBody reads the forms in which POST login takes credentials. The name may be an e-mail address. A code is for a second factor;
// users without one may send any.
func loginBody(in *wire.Object) (core.Credentials, error) {
	foreign := slices.ContainsFunc(in.Keys, func(key string) bool { return !slices.Contains(loginKeys, key) })
	user, isText := in.Values["user"].(string)
	_, hasPassword := in.Values["password"]
	if foreign || !hasPassword || in.Values["user"] != nil && !isText {
		return core.ReadLogin(plain(in))
	}
	var form doc
	switch {
	case strings.Contains(user, "@"):
		form = doc{"email": user}
	case isText:
		form = doc{"username": user}
	case in.Values["username"] != nil:
		form = doc{"username": wire.Plain(in.Values["username"])}
	case in.Values["email"] != nil:
		form = doc{"email": wire.Plain(in.Values["email"])}
	}
	return core.ReadLogin(doc{"user": form, "password": wire.Plain(in.Values["password"])})
}

func plain(o *wire.Object) doc { return wire.Plain(o).(doc) }

// errLoginBroke is what newer servers make of an exception that is none of Meteor's, such as that of a wrong shape (rest-agent A.2).
var errLoginBroke = &core.Fault{Status: http.StatusInternalServerError, Body: doc{"success": false, "error": "Internal server error"}}

// refusedLogin gives the error of a login its own shape: 401 without errorType, and in older versions without success (rest-agent F.2). That
// the user does not exist is told in other words than over DDP.
func (a *API) refusedLogin(err error) error {
	var f *core.Fault
	if !errors.As(err, &f) {
		return err
	}
	if f.Status != 0 {
		return err
	}
	body := doc{"status": "error", "error": f.Raw()["error"], "message": f.Reason}
	switch {
	case f.Match != "" && a.core.Facts.LoginSuccess:
		return errLoginBroke
	case f.Match != "":
		body = doc{"status": "error", "message": f.Match}
	case a.core.Facts.LoginSuccess:
		body["success"] = false
	}
	if f.Details != nil {
		body["details"] = f.Details
	}
	if errors.Is(err, core.ErrNoSuchUser) {
		body["error"], body["message"] = "Unauthorized", "Unauthorized"
	}
	return &core.Fault{Status: http.StatusUnauthorized, Body: body}
}
