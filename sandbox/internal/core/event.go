package core

import "slices"

// Event is something that a stream carries to its subscribers.
type Event struct {
	Stream string
	Name   string
	Args   []any
	// Make makes Args when somebody listens, for what is dear to make.
	Make func() []any
	// Origin is the connection that wrote it, which never gets its own event back; nil for the server's.
	Origin any
	// For decides anew for each subscriber, by the id of the user logged in on its connection ("" for nobody), what it gets
	// instead of Args; nil is nothing. It is called with the lock held. A slice that it answers twice is encoded once.
	For func(userID string) []any
}

// The streams of Rocket.Chat that the workspace writes to.
const (
	StreamMessages = "stream-room-messages"
	StreamLivechat = "stream-livechat-room"
	StreamNotify   = "stream-notify-room"
	StreamUser     = "stream-notify-user"
	StreamLogged   = "stream-notify-logged"
	StreamAll      = "stream-notify-all"
	StreamInquiry  = "stream-livechat-inquiry-queue-observer"
	StreamPresence = "stream-user-presence"
	StreamRoomData = "stream-room-data"
	StreamMembers  = "stream-notify-room-users"
)

// MyMessages is the event of StreamMessages that carries the messages of all rooms that the subscriber may read.
const MyMessages = "__my_messages__"

// emit carries these args to the subscribers of an event.
func (c *Core) emit(stream, name string, args ...any) {
	c.tell(func() { c.publish(Event{Stream: stream, Name: name, Args: args}) })
}

// tell does what makes something known, in the order in which it happens. Versions that watch their database from afar do it when the
// request is over, when a record may look otherwise and rights may have changed. What is done there publishes, and tells no more.
func (c *Core) tell(f func()) {
	if c.Facts.settled {
		c.untold = append(c.untold, f)
		return
	}
	f()
}

// Unlock gives the workspace back, after everything that happened has been told. It does so too where the telling panics: a mistake in
// one request must not stop all the others for ever.
func (c *Core) Unlock() {
	defer c.Mutex.Unlock()
	for len(c.untold) > 0 {
		todo := c.untold
		c.untold = nil
		clear(c.roomsToTell)
		for _, f := range todo {
			f()
		}
	}
}

// emitMessage tells those who follow the room, and those who follow all their rooms and may read this one now. Messages that
// nobody shall see are stored only.
func (c *Core) emitMessage(m *message) {
	if m.hidden() || c.Facts.hidesInStreams && !c.visible(m) {
		return
	}
	d := m.doc
	c.tell(func() {
		c.publish(Event{Stream: StreamMessages, Name: m.room.id, Args: []any{d}})
		c.publish(Event{Stream: StreamMessages, Name: MyMessages, For: c.perReader(m.room, d)})
	})
}

// echoMessage tells those who follow the room at once, before the record is looked at anew.
func (c *Core) echoMessage(m *message) { c.emit(StreamMessages, m.room.id, m.doc) }

// perReader answers the message to each who may read the room, and whether he is in it. A direct room has no name there.
func (c *Core) perReader(r *room, d doc) func(string) []any {
	args := map[bool][]any{}
	return func(userID string) []any {
		u := c.userByID(userID)
		if u == nil || !c.mayAccess(u, r) {
			return nil
		}
		member := c.subscriptionOf(u, r) != nil
		if args[member] == nil {
			about := doc{"roomParticipant": member, "roomType": r.kind}
			if name, ok := r.document(c.Facts)["name"]; ok {
				about["roomName"] = name
			}
			args[member] = []any{d, about}
		}
		return args[member]
	}
}

// roomChanged tells everybody who is a member of r now how it looks. What is to be told anyway is not told twice.
func (c *Core) roomChanged(r *room) {
	if c.roomsToTell[r] {
		return
	}
	if c.Facts.settled {
		c.roomsToTell[r] = true
	}
	members := c.members(r)
	c.tell(func() {
		var args []any
		public := func() []any {
			if args == nil {
				args = []any{"updated", c.publicRoom(r.document(c.Facts))}
			}
			return args
		}
		for _, s := range members {
			c.publish(Event{Stream: StreamUser, Name: s.user.ID + "/rooms-changed", Make: public})
		}
		c.publish(Event{Stream: StreamRoomData, Name: r.id, Make: func() []any { return []any{r.document(c.Facts)} }})
	})
}

// publicRoom is what lists and streams show of a room's document.
func (c *Core) publicRoom(d doc) doc {
	public := doc{}
	for key, value := range d {
		if slices.Contains(c.Facts.hiddenRoom, key) || c.Facts.publicRoom != nil && !slices.Contains(c.Facts.publicRoom, key) {
			continue
		}
		public[key] = value
	}
	return public
}

// subscriptionChanged tells the owner of s; action is "inserted", "updated" or "removed". A new subscription is followed by the
// whole room.
func (c *Core) subscriptionChanged(action string, s *subscription) {
	delete(c.roomsToTell, s.room)
	name := s.user.ID + "/subscriptions-changed"
	c.tell(func() {
		if action == "inserted" {
			c.publish(Event{Stream: StreamUser, Name: s.user.ID + "/rooms-changed", Make: func() []any {
				return []any{action, s.room.document(c.Facts)}
			}})
		}
		c.publish(Event{Stream: StreamUser, Name: name, Make: func() []any {
			switch {
			case action == "removed":
				return []any{action, doc{"_id": s.id, "rid": s.room.id, "u": s.document(c)["u"]}}
			case action == "inserted" && c.Facts.wholeInserts:
				return []any{action, s.document(c)}
			}
			return []any{action, s.published(c)}
		}})
		if action == "removed" && c.hooks.Left != nil {
			c.hooks.Left(s.user.ID, s.room.id)
		}
	})
}
