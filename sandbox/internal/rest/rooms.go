package rest

import (
	"net/http"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// roomListRoutes are what users ask of all their rooms.
func roomListRoutes() []*route {
	const get = http.MethodGet
	return []*route{
		{verb: get, path: "rooms.get", handle: (*API).roomsGet},
		{verb: get, path: "rooms.info", handle: (*API).roomsInfo},
	}
}

// since is the moment of updatedSince, zero where it is absent.
func since(c *call, malformed error) (time.Time, error) {
	text := c.in.Str("updatedSince")
	if text == "" {
		return time.Time{}, nil
	}
	at, ok := parseJSDate(text)
	if !ok {
		return time.Time{}, malformed
	}
	return at, nil
}

func (a *API) roomsGet(c *call) (doc, error) {
	at, err := since(c, &core.Fault{
		Code: "error-updatedSince-param-invalid", Reason: `The "updatedSince" query parameter must be a valid date.`,
	})
	if err != nil {
		return nil, err
	}
	found := a.core.RoomChanges(c.user, at)
	return doc{"update": found.Update, "remove": found.Remove}, nil
}

func (a *API) roomsInfo(c *call) (doc, error) {
	id, name := c.in.Str("roomId"), c.in.Str("roomName")
	if id == "" && name == "" {
		return nil, core.NotPlayed("rooms.info without roomId and roomName")
	}
	room, err := a.core.RoomInfo(c.user, id, name)
	if err != nil {
		return nil, err
	}
	return doc{"room": room}, nil
}
