package core

import "strings"

// Wanted is what a sub asks for: an event, and the first of the arguments, where a visitor's token is.
type Wanted struct {
	Event, Token, VisitorToken string
	User                       *User // who is logged in on the connection
}

// MayRead is the rule of each stream. Rights are looked at when the sub is made, never again.
func (c *Core) MayRead(stream string, want Wanted) bool {
	switch stream {
	case StreamMessages:
		if want.Event == MyMessages {
			return true // anybody may subscribe; a visitor gets nothing
		}
		r := c.rooms[want.Event]
		return r != nil && r.token == want.VisitorToken && (r.open || !c.Facts.openRoomOnly)
	case StreamLivechat:
		r := c.rooms[want.Event]
		return r != nil && r.token == want.VisitorToken
	case StreamNotify:
		rid, kind, _ := strings.Cut(want.Event, "/")
		if kind == "webrtc" {
			return true
		}
		r := c.rooms[rid]
		return r != nil && r.token == want.Token
	}
	return false
}

// MayType is the rule for a client's write to stream-notify-room: the visitor of the room, and only the event that carries
// typing in this version. The name that he gives himself is not looked at.
func (c *Core) MayType(event, token string) bool {
	rid, kind, _ := strings.Cut(event, "/")
	r := c.rooms[rid]
	return r != nil && r.token == token && kind == c.Facts.typing
}
