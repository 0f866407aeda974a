package core

import (
	"slices"
	"strings"
)

// Wanted is what a sub asks for: an event, and the first of the arguments, where a visitor's token is.
type Wanted struct {
	Event, Token, VisitorToken string
	User                       *User // who is logged in on the connection
}

// right is who may read a stream and who may write to it from a client.
type right struct {
	since int // the release that has the stream, 100 * major + minor; zero is all
	read  func(*Core, Wanted) bool
	write func(*Core, Written) bool // nil: nobody
}

// rights are the rules of every stream (realtime 9). Read rights are looked at when a sub is made, never again: a member who was
// thrown out goes on receiving (measured on 6.5.3).
var rights = map[string]right{
	StreamMessages: {read: (*Core).mayReadMessages},
	StreamLivechat: {read: (*Core).isVisitorOf},
	StreamNotify:   {read: (*Core).mayReadRoomEvents, write: (*Core).mayWriteRoomEvents},
	StreamMembers:  {read: nobody, write: (*Core).mayWriteToMembers},
	StreamUser:     {read: (*Core).mayReadUserEvents, write: (*Core).mayWriteUserEvents},
	StreamLogged:   {read: anyUser},
	StreamAll:      {read: anybody},
	StreamInquiry:  {read: func(c *Core, w Wanted) bool { return c.May(w.User, "view-l-room") }},
	StreamPresence: {since: 310, read: anyUser}, // not in 3.4.0 (recorded)
	StreamRoomData: {read: func(c *Core, w Wanted) bool { return w.User != nil && c.mayAccess(w.User, c.rooms[w.Event]) }},
}

func anybody(*Core, Wanted) bool     { return true }
func nobody(*Core, Wanted) bool      { return false }
func anyUser(_ *Core, w Wanted) bool { return w.User != nil }

// HasStream says whether the version has a stream of that name.
func (c *Core) HasStream(name string) bool {
	rule, ok := rights[name]
	return ok && rule.since <= c.Facts.Release
}

// Streams are the names of the streams that the version has.
func (c *Core) Streams() []string {
	var names []string
	for name := range rights {
		if c.HasStream(name) {
			names = append(names, name)
		}
	}
	return names
}

// MayRead is the rule for a sub. The stream exists.
func (c *Core) MayRead(stream string, want Wanted) bool { return rights[stream].read(c, want) }

// mayReadMessages: anybody may ask for the messages of all his rooms; a visitor gets none.
func (c *Core) mayReadMessages(w Wanted) bool {
	if w.Event == MyMessages {
		return true
	}
	r := c.rooms[w.Event]
	if r == nil {
		return false
	}
	if r.isOf(w.VisitorToken) && (r.open || !c.Facts.openRoomOnly) {
		return true
	}
	return w.User != nil && c.mayAccess(w.User, r)
}

// isVisitorOf refuses agents, even those who serve the room.
func (c *Core) isVisitorOf(w Wanted) bool {
	r := c.rooms[w.Event]
	return r != nil && r.isOf(w.VisitorToken)
}

func (c *Core) mayReadRoomEvents(w Wanted) bool {
	r, kind := c.roomEvent(w.Event)
	switch {
	case kind == "webrtc" && c.Facts.openWebRTC:
		return true
	case r == nil:
		return false
	case r.isOf(w.Token):
		return true
	case w.User == nil:
		return false
	case c.Facts.membersOnly:
		return c.subscriptionOf(w.User, r) != nil
	}
	return c.mayAccess(w.User, r)
}

func (c *Core) mayReadUserEvents(w Wanted) bool {
	id, kind, _ := strings.Cut(w.Event, "/")
	return kind == "webrtc" && c.Facts.openWebRTC || w.User != nil && w.User.ID == id
}

// roomEvent splits an event of StreamNotify. The room is nil where there is none.
func (c *Core) roomEvent(event string) (*room, string) {
	id, kind, _ := strings.Cut(event, "/")
	return c.rooms[id], kind
}

// isOf says that the token is the one of the room's visitor.
func (r *room) isOf(token string) bool {
	return r.kind == livechatRoom && token != "" && r.token == token
}

// mayAccess says whether u may read the room's messages now (realtime 9.1). The room may be nil.
func (c *Core) mayAccess(u *User, r *room) bool {
	if r == nil {
		return false
	}
	if c.subscriptionOf(u, r) != nil && (c.May(u, "view-"+r.kind+"-room") || c.May(u, "view-joined-room")) {
		return true
	}
	if r.kind != livechatRoom {
		return r.kind == "c" && c.May(u, "view-c-room")
	}
	switch {
	case r.servedBy == u, c.May(u, "view-livechat-rooms"), u.ID == catID, c.mayPreview(u, r):
		return true
	case r.open:
		return false
	case c.May(u, "view-livechat-room-closed-by-another-agent"):
		return true
	}
	return r.department != "" && c.serves(u, r.department) && c.May(u, "view-livechat-room-closed-same-department")
}

// mayPreview lets agents look at rooms that wait in their queues. Only manual routing does so.
func (c *Core) mayPreview(u *User, r *room) bool {
	q := c.inquiryOf(r)
	switch {
	case q == nil || q.status != queued || c.routing() != ManualSelection:
		return false
	case q.defaultAgent == u, q.department == "", slices.Contains(u.roles, RoleManager):
		return u.isAgent() || slices.Contains(u.roles, RoleManager)
	}
	// One who is in no department at all sees the queues of all (recorded in 6.5.3).
	return c.serves(u, q.department) || u.isAgent() && len(c.placesOf(u)) == 0
}

// serves says whether u is an agent of an enabled department.
func (c *Core) serves(u *User, department string) bool {
	d := c.departmentByID(department)
	return d != nil && d.enabled && d.has(u)
}
