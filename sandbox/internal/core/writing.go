package core

import "strings"

// Written is what a client writes to a stream: a method of the stream's name.
type Written struct {
	Event string
	Args  []any
	Token string // of the last argument
	User  *User  // who is logged in on the connection
}

// Write carries a client's event to the others, but not back to the connection that wrote it. What the rule refuses is dropped
// without a word.
func (c *Core) Write(stream string, w Written, origin any) {
	rule := rights[stream].write
	if rule == nil || w.Event == "" || !rule(c, w) {
		return
	}
	c.publish(Event{Stream: stream, Name: w.Event, Args: w.Args, Origin: origin})
}

// mayWriteRoomEvents is the rule for typing, see realtime 9.3: the visitor of the room under any name, or a user under his own name,
// whether the room is his or not.
func (c *Core) mayWriteRoomEvents(w Written) bool {
	r, kind := c.roomEvent(w.Event)
	switch {
	case kind == "webrtc":
		return c.Facts.openWebRTC
	case kind != c.Facts.typing || len(w.Args) == 0:
		return false
	case r != nil && r.isOf(w.Token):
		return true
	case w.User == nil:
		return false
	case c.flag("UI_Use_Real_Name"):
		return w.Args[0] == w.User.Name
	}
	return w.Args[0] == w.User.Username
}

// mayWriteUserEvents: until 7.x every logged-in user may write to every user's events, later only what calls need (realtime 9.4).
func (c *Core) mayWriteUserEvents(w Written) bool {
	_, kind, _ := strings.Cut(w.Event, "/")
	return w.User != nil && (c.Facts.openUserWrites || kind == "video-conference" || kind == "media-calls")
}

// mayWriteToMembers hands the event on to the other members of the room, each on his own stream, and keeps nothing for itself
// (realtime 9.7).
func (c *Core) mayWriteToMembers(w Written) bool {
	id, kind, _ := strings.Cut(w.Event, "/")
	r := c.rooms[id]
	if r == nil || w.User == nil || c.subscriptionOf(w.User, r) == nil {
		return false
	}
	for _, s := range c.members(r) {
		if s.user != w.User {
			c.emit(StreamUser, s.user.ID+"/"+kind, w.Args...)
		}
	}
	return false
}
