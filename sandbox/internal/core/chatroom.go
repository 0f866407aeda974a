package core

import (
	"maps"
	"slices"
)

// The kinds of the rooms of users.
const (
	directRoom  = "d"
	channelRoom = "c"
	groupRoom   = "p"
)

// general is the id of the channel that every workspace has.
const general = "GENERAL"

// talk is what a room of users has beside what every room has.
type talk struct {
	name      string   // of a channel or group
	maker     doc      // u
	members   []*User  // of a direct room, in the order of its usernames
	usernames []string // of a direct room
	uids      []string
	readOnly  bool
	fields    doc // customFields, nil for GENERAL
	extra     doc // further keys, such as topic
}

// talkDocument is the whole record of a room of users.
func (r *room) talkDocument(f Facts) doc {
	t := r.talk
	d := doc{}
	maps.Copy(d, t.extra)
	maps.Copy(d, doc{"_id": r.id, "t": r.kind, "ts": r.ts, "_updatedAt": r.updated, "msgs": r.msgs, "usersCount": r.users})
	if !r.lm.IsZero() {
		d["lm"] = r.lm
	}
	if r.last != nil {
		d["lastMessage"] = r.last
	}
	switch {
	case r.id == general:
		d["name"], d["usernames"], d["default"] = t.name, []string{}, true
		if t.maker != nil {
			d["u"] = t.maker
		}
		return d
	case r.kind == directRoom:
		d["usernames"], d["uids"] = t.usernames, t.uids
		if f.roomDefaults {
			d["ro"] = t.readOnly
		}
	default:
		d["name"], d["fname"], d["u"], d["customFields"], d["ro"] = t.name, t.name, t.maker, t.fields, t.readOnly
	}
	if f.roomDefaults {
		d["default"], d["sysMes"] = false, true
	}
	return d
}

// raw is the record as the database has it, which rooms.info and im.list answer.
func (r *room) raw(f Facts) doc {
	d := r.document(f)
	if r.kind == directRoom && f.rawUsernames {
		d["_USERNAMES"] = r.talk.usernames
	}
	return d
}

// newTalk stores a room of users that nobody has joined yet.
func (c *Core) newTalk(id, kind string, t *talk) *room {
	now := c.millis()
	r := &room{id: id, kind: kind, fname: t.name, open: true, ts: now, updated: now, lastStamp: now, talk: t}
	c.rooms[id] = r
	c.roomOrder = append(c.roomOrder, r)
	if t.name != "" {
		c.talks.named[t.name] = r
	}
	if kind == directRoom {
		c.talks.direct[directKey(t.uids)] = r
	}
	return r
}

// talks finds rooms of users by what they are called.
type talks struct {
	named  map[string]*room // channels and groups
	direct map[string]*room // by directKey
	gone   []burial         // rooms that were deleted
	ended  map[*User][]burial
}

func newTalks() talks {
	return talks{named: map[string]*room{}, direct: map[string]*room{}, ended: map[*User][]burial{}}
}

// namedRoom is a channel or group by its id or its name, nil for none.
func (c *Core) namedRoom(id, name string) *room {
	if id != "" {
		return c.rooms[id]
	}
	return c.talks.named[name]
}

// touched stamps a change of the room and tells its members.
func (c *Core) touched(r *room) {
	r.updated = c.millis()
	c.roomChanged(r)
}

// eraseTalk deletes a room of users with all that is in it, and tells its members.
func (c *Core) eraseTalk(r *room) {
	members := c.members(r)
	for _, s := range members {
		c.unsubscribe(s.user, r)
	}
	for _, m := range r.timeline {
		delete(c.messages, m.id)
	}
	c.releaseRoomFiles(r)
	delete(c.rooms, r.id)
	c.roomOrder = slices.DeleteFunc(c.roomOrder, func(other *room) bool { return other == r })
	if t := r.talk; t != nil {
		delete(c.talks.named, t.name)
		if r.kind == directRoom {
			delete(c.talks.direct, directKey(t.uids))
		}
	}
	c.talks.gone = append(c.talks.gone, burial{r.id, c.millis()})
	for _, s := range members {
		c.emit(StreamUser, s.user.ID+"/rooms-changed", "removed", doc{"_id": r.id})
	}
}
