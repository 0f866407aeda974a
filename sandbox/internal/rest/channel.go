package rest

import (
	"net/http"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// channelRoutes are the public channels.
func channelRoutes() []*route {
	const get, post = http.MethodGet, http.MethodPost
	return []*route{
		{verb: post, path: "channels.create", inBody: true, handle: (*API).channelCreate},
		{verb: post, path: "channels.join", inBody: true, handle: (*API).channelJoin},
		{verb: get, path: "channels.list.joined", handle: (*API).channelsJoined},
		{verb: get, path: "channels.history", handle: (*API).channelHistory},
		{verb: get, path: "channels.messages", handle: (*API).channelMessages},
		{verb: post, path: "channels.invite", check: fromAbsent},
		{verb: get, path: "channels.list", check: fromAbsent},
		{verb: get, path: "channels.info", check: fromAbsent},
	}
}

// newRoom is the channel or group that a request describes.
func newRoom(in *wire.Object) core.NewRoom {
	r := core.NewRoom{Name: in.Str("name"), Members: textsOf(in.Values["members"]), ReadOnly: in.Values["readOnly"] == true}
	if fields, ok := in.Values["customFields"].(*wire.Object); ok {
		r.Fields = wire.Plain(fields).(doc)
	}
	if extra, ok := in.Values["extraData"].(*wire.Object); ok {
		r.Extra = wire.Plain(extra).(doc)
	}
	return r
}

func (a *API) channelCreate(c *call) (doc, error) {
	if c.in.Str("name") == "" {
		return nil, core.NotPlayed("channels.create without a name")
	}
	room, err := a.core.CreateChannel(c.user, newRoom(c.in))
	if err != nil {
		return nil, err
	}
	return doc{"channel": room}, nil
}

// channel is the channel that the request names by id or by name.
func (a *API) channel(c *call) (core.Room, error) {
	id, name := c.in.Str("roomId"), c.in.Str("roomName")
	if id == "" && name == "" {
		return core.Room{}, core.NotPlayed(c.route.path + " without roomId and roomName")
	}
	return a.core.FindChannel(id, name)
}

func (a *API) channelJoin(c *call) (doc, error) {
	r, err := a.channel(c)
	if err != nil {
		return nil, err
	}
	room, err := a.core.JoinChannel(c.user, r)
	if err != nil {
		return nil, err
	}
	return doc{"channel": room}, nil
}

func (a *API) channelsJoined(c *call) (doc, error) {
	return a.roomsPage(c, "channels", a.core.JoinedChannels(c.user))
}

func (a *API) channelHistory(c *call) (doc, error) {
	r, err := a.channel(c)
	if err != nil {
		return nil, err
	}
	return a.history(c, r, a.core.Facts.ThreadsShown)
}

func (a *API) channelMessages(c *call) (doc, error) {
	r, err := a.channel(c)
	if err != nil {
		return nil, err
	}
	return a.messages(c, r)
}
