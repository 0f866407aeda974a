package rest

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// userRoutes manage accounts and their tokens.
func (a *API) userRoutes() []*route {
	const get, post = http.MethodGet, http.MethodPost
	return append(a.tokenRoutes(), []*route{
		{verb: post, path: "users.create", user: true, coded: true, inBody: true, check: byRelease, handle: (*API).postUser,
			fields: a.newUserFields()},
		{verb: post, path: "users.update", user: true, coded: true, inBody: true, twoFactor: true, check: byRelease,
			handle: (*API).updateUser, fields: []field{
				{name: "userId"}, {name: "data", kind: anObject, open: true, fields: changeFields},
				{name: "confirmRelinquish", kind: aBoolean, optional: true},
			}},
		{verb: get, path: "users.info", user: true, coded: true, handle: (*API).userInfo},
		{verb: post, path: "users.delete", user: true, coded: true, inBody: true, handle: (*API).deleteUser},
		{verb: post, path: "users.setActiveStatus", user: true, coded: true, inBody: true, check: byRelease,
			handle: (*API).setActiveStatus, fields: a.activeFields()},
		{verb: post, path: "users.setStatus", user: true, coded: true, inBody: true, handle: (*API).setStatus},
		{verb: get, path: "users.getStatus", user: true, coded: true, handle: (*API).getStatus},
		{verb: get, path: "users.getPresence", user: true, coded: true, handle: (*API).getPresence},
		{verb: get, path: "users.presence", user: true, coded: true, handle: (*API).usersPresence},
		{verb: get, path: "users.list", check: fromAbsent},
	}...)
}

var optionalUserFields = []field{
	{name: "active", kind: aBoolean, optional: true, nullable: true}, {name: "roles", kind: aList, texts: true, optional: true, nullable: true},
	{name: "joinDefaultChannels", kind: aBoolean, optional: true, nullable: true},
	{name: "requirePasswordChange", kind: aBoolean, optional: true, nullable: true},
	{name: "setRandomPassword", kind: aBoolean, optional: true, nullable: true},
	{name: "sendWelcomeEmail", kind: aBoolean, optional: true, nullable: true},
	{name: "verified", kind: aBoolean, optional: true, nullable: true},
	{name: "customFields", kind: anObject, open: true, optional: true, nullable: true},
}

var newerUserFields = []field{
	{name: "bio", optional: true, nullable: true}, {name: "nickname", optional: true, nullable: true},
	{name: "statusText", optional: true, nullable: true}, {name: "fields", optional: true, nullable: true},
}

// newUserFields are the keys of users.create; no others are taken (rest-agent A.7).
func (a *API) newUserFields() []field {
	fields := append([]field{{name: "email"}, {name: "name"}, {name: "password"}, {name: "username"}}, optionalUserFields...)
	if a.core.Facts.NewUserKeys {
		fields = append(fields, newerUserFields...)
	}
	return fields
}

var changeFields = append([]field{
	{name: "email", optional: true}, {name: "name", optional: true}, {name: "password", optional: true},
	{name: "username", optional: true}, {name: "bio", optional: true}, {name: "nickname", optional: true},
	{name: "statusText", optional: true},
}, optionalUserFields...)

func (a *API) activeFields() []field {
	fields := []field{{name: "userId"}, {name: "activeStatus", kind: aBoolean}}
	if a.core.Facts.Relinquish {
		fields = append(fields, field{name: "confirmRelinquish", kind: aBoolean, optional: true})
	}
	return fields
}

func (a *API) postUser(c *call) (doc, error) {
	in := core.NewUser{
		Username: c.in.Str("username"), Name: c.in.Str("name"), Email: c.in.Str("email"), Password: c.in.Str("password"),
		Verified: c.in.Values["verified"] == true, Roles: textsOf(c.in.Values["roles"]),
		More: pick(c.in, "requirePasswordChange", "bio", "nickname", "statusText"),
	}
	d, err := a.core.CreateUser(c.user, in)
	if err != nil {
		return nil, err
	}
	if joins := c.in.Values["joinDefaultChannels"]; joins == nil || joins == true {
		a.core.JoinDefaultChannels(a.core.UserByID(d["_id"].(string)))
		d = a.core.Whole(a.core.UserByID(d["_id"].(string)))
	}
	if active, isSet := c.in.Values["active"].(bool); isSet && !active {
		u := a.core.UserByID(d["_id"].(string))
		if _, err := a.core.SetActive(u, false, true); err != nil {
			return nil, err
		}
		d = a.core.Whole(u)
	}
	return doc{"user": d}, nil
}

func (a *API) updateUser(c *call) (doc, error) {
	u := a.core.UserByID(c.in.Str("userId"))
	if u == nil {
		return nil, core.NotPlayed("users.update of an unknown user")
	}
	data := c.in.Values["data"].(*wire.Object)
	in := core.Changes{
		Username: textIn(data, "username"), Name: textIn(data, "name"), Email: textIn(data, "email"),
		Password: textIn(data, "password"), Roles: textsOf(data.Values["roles"]),
		More: pick(data, "requirePasswordChange", "customFields", "bio", "nickname", "statusText"),
	}
	if verified, isSet := data.Values["verified"].(bool); isSet {
		in.Verified = &verified
	}
	d, err := a.core.UpdateUser(c.user, u, in)
	if err != nil {
		return nil, err
	}
	if active, isSet := data.Values["active"].(bool); isSet {
		if _, err := a.core.SetActive(u, active, c.in.Values["confirmRelinquish"] == true); err != nil {
			return nil, err
		}
		d = a.core.Whole(u)
	}
	return doc{"user": d}, nil
}

// Of an unknown user 6.5.3 tells just that; the text of 3.4 was read in the source.
func (a *API) userInfo(c *call) (doc, error) {
	id, username := c.in.Str("userId"), c.in.Str("username")
	if a.core.Facts.BriefRefusals && id == "" && username == "" {
		return nil, &core.Fault{Code: "Invalid search query.", Plain: true}
	}
	u := a.core.FindUser(id, username)
	switch {
	case u != nil:
		return doc{"user": a.core.Info(u, c.user)}, nil
	case a.core.Facts.BriefRefusals:
		return nil, &core.Fault{Code: "User not found.", Plain: true}
	}
	return nil, &core.Fault{Code: "Failed to get the user data for the userId of " + strconv.Quote(c.user.ID) + ".", Plain: true}
}

func (a *API) deleteUser(c *call) (doc, error) {
	if !a.core.May(c.user, "delete-user") {
		return nil, errUnauthorized
	}
	u, err := a.userParam(c)
	if err != nil {
		return nil, err
	}
	if err := a.core.DeleteUser(u, c.in.Values["confirmRelinquish"] == true); err != nil {
		return nil, err
	}
	return doc{}, nil
}

func (a *API) setActiveStatus(c *call) (doc, error) {
	if !a.core.May(c.user, "edit-other-user-active-status") {
		return nil, errUnauthorized
	}
	u := a.core.UserByID(c.in.Str("userId"))
	if u == nil {
		return nil, core.NotPlayed("users.setActiveStatus of an unknown user")
	}
	d, err := a.core.SetActive(u, c.in.Values["activeStatus"] == true, c.in.Values["confirmRelinquish"] == true)
	if err != nil {
		return nil, err
	}
	return doc{"user": d}, nil
}

// What getUserFromParams of the real server refuses with (recorded in both versions).
var (
	errUserParam = &core.Fault{Code: "error-user-param-not-provided",
		Reason: `The required "userId" or "username" param was not provided`}
	errUserUnknown = &core.Fault{Code: "error-invalid-user",
		Reason: `The required "userId" or "username" param provided does not match any users`}
)

// userParam is the user whom userId, username or user names.
func (a *API) userParam(c *call) (*core.User, error) {
	id, username := c.in.Str("userId"), c.in.Str("username")
	if username == "" {
		username = c.in.Str("user")
	}
	if id == "" && username == "" {
		return nil, errUserParam
	}
	if u := a.core.FindUser(id, username); u != nil {
		return u, nil
	}
	return nil, errUserUnknown
}

// selfParam says whether the parameters name the caller, or nobody.
func (a *API) selfParam(c *call) bool {
	u, err := a.userParam(c)
	return errors.Is(err, errUserParam) || u == c.user
}

// textsOf is a list of texts, nil for anything else.
func textsOf(v any) []string {
	list, isList := v.([]any)
	if !isList {
		return nil
	}
	out := make([]string, 0, len(list))
	for _, item := range list {
		text, _ := item.(string)
		out = append(out, text)
	}
	return out
}

func textIn(o *wire.Object, key string) *string {
	text, isText := o.Values[key].(string)
	if !isText {
		return nil
	}
	return &text
}

// pick takes the named keys as they were sent; null counts as not sent.
func pick(o *wire.Object, keys ...string) doc {
	d := doc{}
	for _, key := range keys {
		if value := wire.Plain(o.Values[key]); value != nil {
			d[key] = value
		}
	}
	return d
}

// commaList splits a text at its commas.
func commaList(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}
