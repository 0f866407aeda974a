package core

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// RoomFilter is what GET livechat/rooms may ask.
type RoomFilter struct {
	Agents         []string // ids or usernames of who serves
	Department     string
	Open           string // as it was sent
	Queued, OnHold bool
	Tags           []string
	Name           *regexp.Regexp            // of the room
	Fields         map[string]*regexp.Regexp // by custom field of rooms
	Created        Span
	Closed         Span
}

// Span is a time from a moment to another, both of it; a zero one is open.
type Span struct{ Start, End time.Time }

func (s Span) unbound() bool { return s.Start.IsZero() && s.End.IsZero() }

func (s Span) has(t time.Time) bool {
	return s.unbound() || !t.IsZero() && (s.Start.IsZero() || !t.Before(s.Start)) && (s.End.IsZero() || !t.After(s.End))
}

// MayListRooms says whether u may list rooms: all, or those that he serves where he asks for exactly these.
func (c *Core) MayListRooms(u *User, agents []string) bool {
	if !c.Facts.roomsForOwner {
		return c.May(u, "view-livechat-manager")
	}
	return c.May(u, "view-livechat-rooms") || c.May(u, "view-l-room") && len(agents) == 1 && agents[0] == u.ID
}

// LivechatRooms lists rooms with their departments, the newest first.
func (c *Core) LivechatRooms(f RoomFilter) []Doc {
	list := []doc{}
	for _, r := range slices.Backward(c.roomOrder) {
		if r.kind != livechatRoom || !f.fits(c, r) {
			continue
		}
		d := r.document(c.Facts)
		if dep := c.departmentByID(r.department); dep != nil {
			d["department"] = doc{"_id": dep.id, "name": dep.name}
		}
		list = append(list, d)
	}
	return list
}

func (f RoomFilter) fits(c *Core, r *room) bool {
	serving := func(key string) bool {
		return r.servedBy != nil && (r.servedBy.ID == key || r.servedBy.Username == key)
	}
	tagged := func(tag string) bool { return slices.Contains(r.tags, tag) }
	switch {
	case f.OnHold && !r.onHold,
		f.Agents != nil && !slices.ContainsFunc(f.Agents, serving),
		f.Department != "" && f.Department != "undefined" && f.Department != r.department,
		f.Tags != nil && !slices.ContainsFunc(f.Tags, tagged),
		f.Name != nil && !f.Name.MatchString(r.fname),
		!f.Created.has(r.ts), !f.Closed.has(r.closedAt),
		!f.state(c, r):
		return false
	}
	for key, want := range f.Fields {
		if text, ok := r.fields[key].(string); !ok || !want.MatchString(text) {
			return false
		}
	}
	return true
}

// state reads open as the version does: the older one takes everything that is not true for false, the newest calls only served rooms
// open.
func (f RoomFilter) state(c *Core, r *room) bool {
	switch {
	case f.Queued && c.Facts.QueuedRooms:
		return r.open && r.servedBy == nil && !r.onHold
	case f.Open == "":
		return true
	case f.Open == "true":
		return r.open && !r.onHold && (r.servedBy != nil || !c.Facts.QueuedRooms)
	case f.Open == "false" || c.Facts.OldRoomFilters:
		return !r.open
	}
	return true
}

// RoomSources are what livechat/rooms/filters tells: each kind of source once, in the order in which the first room of it was made.
func (c *Core) RoomSources() []Doc {
	list, seen := []doc{}, []any{}
	for _, r := range c.roomOrder {
		if r.kind != livechatRoom || slices.Contains(seen, r.source["type"]) {
			continue
		}
		seen = append(seen, r.source["type"])
		list = append(list, doc{"type": r.source["type"]})
	}
	return list
}

// The refusals of reading a room from the desk.
var (
	errDeskRoom    = &Fault{Code: "invalid-room", Plain: true}
	errDeskReading = &Fault{Code: "not-allowed", Plain: true}
	errDeskHistory = &Fault{Code: "error-not-allowed", Plain: true}
)

// RoomMessages are what people wrote in a room of any kind, and how it was closed, newest first; with a term, those that contain it.
func (c *Core) RoomMessages(u *User, roomID, term string) ([]Doc, error) {
	r := c.rooms[roomID]
	switch {
	case r == nil:
		return nil, errDeskRoom
	case !c.mayAccess(u, r):
		return nil, errDeskReading
	}
	list := []doc{}
	for _, m := range slices.Backward(r.timeline) {
		kind, text := m.doc["t"], textOf(m.doc["msg"])
		if (kind == nil || kind == any("livechat-close")) && !m.hidden() &&
			strings.Contains(strings.ToLower(text), strings.ToLower(term)) {
			list = append(list, m.doc)
		}
	}
	return list, nil
}

// Pages are the visitor's page visits that a room knows, newest first.
func (c *Core) Pages(roomID string) ([]Doc, error) {
	r := c.rooms[roomID]
	if r == nil {
		return nil, errDeskRoom
	}
	list := []doc{}
	for _, m := range slices.Backward(r.timeline) {
		if m.doc["t"] == any("livechat_navigation_history") {
			list = append(list, m.doc)
		}
	}
	return list, nil
}

// VisitorRooms are all rooms of a visitor, newest first, for one who may see one of his rooms.
func (c *Core) VisitorRooms(u *User, roomID, visitorID string) ([]Doc, error) {
	r := c.rooms[roomID]
	switch {
	case r == nil:
		return nil, errDeskRoom
	case !c.mayAccess(u, r):
		return nil, errDeskHistory
	}
	list := []doc{}
	for _, other := range slices.Backward(c.roomOrder) {
		if other.kind == livechatRoom && other.visitor.id == visitorID {
			list = append(list, other.document(c.Facts))
		}
	}
	return list, nil
}

// VisitorByID is a visitor's record, nil for one who does not exist.
func (c *Core) VisitorByID(id string) Doc {
	for _, v := range c.visitors {
		if v.id == id {
			return v.document(c.Facts)
		}
	}
	return nil
}
