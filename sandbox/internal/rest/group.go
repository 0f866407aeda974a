package rest

import (
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// groupRoutes are the private groups.
func groupRoutes() []*route {
	const get, post = http.MethodGet, http.MethodPost
	return []*route{
		{verb: post, path: "groups.create", inBody: true, handle: (*API).groupCreate},
		{verb: post, path: "groups.invite", inBody: true, handle: (*API).groupInvite},
		{verb: post, path: "groups.kick", inBody: true, handle: (*API).groupKick},
		{verb: post, path: "groups.delete", inBody: true, handle: (*API).groupDelete},
		{verb: get, path: "groups.list", handle: (*API).groupList},
		{verb: get, path: "groups.history", handle: (*API).groupHistory},
		{verb: get, path: "groups.messages", handle: (*API).groupMessages},
		{verb: get, path: "groups.members", handle: (*API).groupMembers},
		{verb: get, path: "groups.info", check: fromAbsent},
	}
}

func (a *API) groupCreate(c *call) (doc, error) {
	if c.in.Str("name") == "" {
		return nil, &core.Fault{Code: `Body param "name" is required`, Plain: true}
	}
	room, err := a.core.CreateGroup(c.user, newRoom(c.in))
	if err != nil {
		return nil, err
	}
	return doc{"group": room}, nil
}

// group is the group that the request names by id or by name, and of which the caller is a member.
func (a *API) group(c *call) (core.Room, error) {
	id, name := c.in.Str("roomId"), c.in.Str("roomName")
	if id == "" && name == "" {
		return core.Room{}, core.NotPlayed(c.route.path + " without roomId and roomName")
	}
	return a.core.FindGroup(c.user, id, name)
}

// guest is the group and the user that the request names.
func (a *API) guest(c *call) (core.Room, *core.User, error) {
	r, err := a.group(c)
	if err != nil {
		return core.Room{}, nil, err
	}
	u := a.core.FindUser(c.in.Str("userId"), firstText(c.in, "username", "user"))
	if u == nil {
		return core.Room{}, nil, core.NotPlayed(c.route.path + " of an unknown user")
	}
	return r, u, nil
}

func (a *API) groupInvite(c *call) (doc, error) {
	r, u, err := a.guest(c)
	if err != nil {
		return nil, err
	}
	room, err := a.core.Invite(c.user, r, u)
	if err != nil {
		return nil, err
	}
	return doc{"group": room}, nil
}

func (a *API) groupKick(c *call) (doc, error) {
	r, u, err := a.guest(c)
	if err != nil {
		return nil, err
	}
	return doc{}, a.core.Kick(c.user, r, u)
}

func (a *API) groupDelete(c *call) (doc, error) {
	r, err := a.group(c)
	if err != nil {
		return nil, err
	}
	return doc{}, a.core.DeleteRoom(c.user, r)
}

func (a *API) groupList(c *call) (doc, error) { return a.roomsPage(c, "groups", a.core.Groups(c.user)) }

// groupHistory has messages inside threads unless asked not to, in every version (rest-agent B.5).
func (a *API) groupHistory(c *call) (doc, error) {
	r, err := a.group(c)
	if err != nil {
		return nil, err
	}
	return a.history(c, r, true)
}

func (a *API) groupMessages(c *call) (doc, error) {
	r, err := a.group(c)
	if err != nil {
		return nil, err
	}
	return a.messages(c, r)
}

func (a *API) groupMembers(c *call) (doc, error) {
	r, err := a.group(c)
	if err != nil {
		return nil, err
	}
	return a.members(c, a.core.GroupMembers(r))
}
