package rest

import (
	"slices"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

var (
	errStatus = &core.Fault{Code: "error-invalid-status", Reason: "Valid status types include online, away, offline, and busy.",
		Details: doc{"method": "users.setStatus"}}
	errStatusShape = &core.Fault{
		Code: "Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation", Plain: true}
)

// setStatus sets the presence and the text beside it. One of the two is enough.
func (a *API) setStatus(c *call) (doc, error) {
	status, text := textIn(c.in, "status"), textIn(c.in, "message")
	_, hasStatus := c.in.Values["status"]
	_, hasText := c.in.Values["message"]
	if status == nil && text == nil || hasStatus && status == nil || hasText && text == nil {
		return nil, errStatusShape
	}
	u := c.user
	if !a.selfParam(c) {
		if !a.core.May(c.user, "edit-other-user-info") {
			return nil, errUnauthorized
		}
		var err error
		if u, err = a.userParam(c); err != nil {
			return nil, err
		}
	}
	if text != nil {
		a.core.Describe(u, *text)
	}
	if status == nil || *status == "" {
		return doc{}, nil
	}
	known := []core.Status{core.Online, core.Away, core.Offline, core.Busy}
	if !slices.Contains(known, core.Status(*status)) {
		return nil, errStatus
	}
	a.core.Choose(u, core.Status(*status), true)
	return doc{}, nil
}

// getStatus and getPresence show what the connections say only to the user himself (their shapes were read in the source; another
// user's presence was recorded in both versions).
func (a *API) getStatus(c *call) (doc, error) {
	u, err := a.statusUser(c)
	if err != nil {
		return nil, err
	}
	status, connection, text, _ := u.StatusOf()
	out := doc{"status": string(status)}
	if a.core.Facts.StatusHasID {
		out["_id"] = u.ID
	} else if text != "" {
		out["message"] = text
	}
	if u == c.user && connection != "" {
		out["connectionStatus"] = string(connection)
	}
	return out, nil
}

func (a *API) getPresence(c *call) (doc, error) {
	u, err := a.statusUser(c)
	if err != nil {
		return nil, err
	}
	status, connection, _, lastLogin := u.StatusOf()
	out := doc{"presence": string(status)}
	if u == c.user {
		if connection != "" {
			out["connectionStatus"] = string(connection)
		}
		if !lastLogin.IsZero() {
			out["lastLogin"] = lastLogin
		}
	}
	return out, nil
}

func (a *API) statusUser(c *call) (*core.User, error) {
	if a.selfParam(c) {
		return c.user, nil
	}
	return a.userParam(c)
}

// usersPresence lists who is not offline. A recent enough "from" asks for changes only, which the sandbox does not keep.
func (a *API) usersPresence(c *call) (doc, error) {
	ids := commaList(c.in.Str("ids"))
	if ids == nil && c.in.Str("from") != "" {
		return nil, core.NotPlayed("users.presence with from")
	}
	return doc{"users": a.core.Present(ids), "full": ids == nil}, nil
}
