package rest

import (
	"net/http"
	"strings"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// directRoutes are the direct rooms, under one of their two names.
func directRoutes(family string) []*route {
	const get, post = http.MethodGet, http.MethodPost
	history := []field{
		{name: "roomId"}, {name: "latest", optional: true}, {name: "oldest", optional: true}, {name: "inclusive", optional: true},
		{name: "offset", optional: true}, {name: "count", optional: true}, {name: "unreads", optional: true},
		{name: "sort", optional: true}, {name: "showThreadMessages", optional: true},
	}
	all := []*route{
		{verb: post, path: "create", inBody: true, handle: (*API).imCreate},
		{verb: get, path: "list", handle: (*API).imList},
		{verb: post, path: "open", inBody: true, handle: func(a *API, c *call) (doc, error) { return a.imShow(c, true) }},
		{verb: post, path: "close", inBody: true, handle: func(a *API, c *call) (doc, error) { return a.imShow(c, false) }},
		{verb: get, path: "history", check: bySchema, handle: (*API).imHistory, fields: history},
		{verb: get, path: "messages", handle: (*API).imMessages},
		{verb: get, path: "members", handle: (*API).imMembers},
		{verb: get, path: "counters", handle: (*API).imCounters},
		{verb: get, path: "files", check: fromAbsent},
	}
	for _, rt := range all {
		rt.path = family + "." + rt.path
	}
	return all
}

func (a *API) imCreate(c *call) (doc, error) {
	one, many := c.in.Str("username"), c.in.Str("usernames")
	switch {
	case one == "" && many == "" && a.core.Facts.Schemas:
		return nil, eitherMissing("oneOf", "usernames", "username")
	case one == "" && many == "":
		return nil, core.ErrRoomNotFound(`"username" or "usernames"`, "direct message")
	case one != "" && many != "", c.in.Values["excludeSelf"] == true:
		return nil, core.NotPlayed("im.create with both username and usernames, or with excludeSelf")
	}
	usernames := []string{one}
	if one == "" {
		usernames = strings.Split(many, ",")
		for i := range usernames {
			usernames[i] = strings.TrimSpace(usernames[i])
		}
	}
	room, err := a.core.DirectRoom(c.user, usernames)
	if err != nil {
		return nil, err
	}
	room["_id"] = room["rid"]
	return doc{"room": room}, nil
}

func (a *API) imList(c *call) (doc, error) { return a.roomsPage(c, "ims", a.core.DirectRooms(c.user)) }

// roomsPage is a page of rooms.
func (a *API) roomsPage(c *call, key string, all []doc) (doc, error) {
	found, offset := paged(c, a.core, all)
	return doc{key: found, "offset": offset, "count": len(found), "total": len(all)}, nil
}

// direct is the direct room that the request names.
func (a *API) direct(c *call) (core.Room, error) {
	wanted := firstText(c.in, "roomId", "username")
	if wanted == "" {
		return core.Room{}, &core.Fault{
			Code: "error-room-param-not-provided", Reason: `Body param "roomId" or "username" is required`,
		}
	}
	return a.core.FindDirect(c.user, wanted)
}

func (a *API) imShow(c *call, open bool) (doc, error) {
	if c.in.Str("roomId") == "" {
		return nil, core.NotPlayed("im.open and im.close without roomId")
	}
	r, err := a.direct(c)
	if err != nil {
		return nil, err
	}
	return doc{}, a.core.ShowRoom(c.user, r.ID(), open)
}

func (a *API) imHistory(c *call) (doc, error) {
	r, err := a.direct(c)
	if err != nil {
		return nil, err
	}
	return a.history(c, r, a.core.Facts.ThreadsShown)
}

func (a *API) imMessages(c *call) (doc, error) {
	r, err := a.direct(c)
	if err != nil {
		return nil, err
	}
	return a.messages(c, r)
}

func (a *API) imMembers(c *call) (doc, error) {
	r, err := a.direct(c)
	if err != nil {
		return nil, err
	}
	return a.members(c, a.core.DirectMembers(r))
}

// members is a page of users.
func (a *API) members(c *call, all []doc) (doc, error) {
	found, offset := paged(c, a.core, all)
	return doc{"members": found, "count": len(found), "offset": offset, "total": len(all)}, nil
}

func (a *API) imCounters(c *call) (doc, error) {
	r, err := a.direct(c)
	if err != nil {
		return nil, err
	}
	return a.core.Counters(c.user, r), nil
}
