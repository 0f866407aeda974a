package core

// Event is something that a stream carries to its subscribers.
type Event struct {
	Stream string
	Name   string
	Args   []any
	// Origin is the connection that wrote it, which never gets its own event back; nil for the server's.
	Origin any
	// For decides anew for each subscriber, by the id of the user logged in on its connection ("" for nobody), what it gets
	// instead of Args; nil is nothing. It is called with the lock held.
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
)

// MyMessages is the event of StreamMessages that carries the messages of all rooms that the subscriber may read.
const MyMessages = "__my_messages__"

func (c *Core) emit(stream, name string, args ...any) {
	c.publish(Event{Stream: stream, Name: name, Args: args})
}

func (c *Core) emitMessage(m *message) {
	c.emit(StreamMessages, m.room.id, m.doc)
	c.publish(Event{Stream: StreamMessages, Name: MyMessages, For: func(userID string) []any {
		u := c.userByID(userID)
		if u == nil || !c.mayAccess(u, m.room) {
			return nil
		}
		return []any{m.doc, doc{"roomParticipant": c.subscriptionOf(u, m.room) != nil, "roomType": m.room.kind}}
	}})
}

// roomChanged tells everybody who has a subscription to r how it looks now.
func (c *Core) roomChanged(r *room) {
	for _, s := range c.subscriptions {
		if s.room == r {
			c.emit(StreamUser, s.user.ID+"/rooms-changed", "updated", r.document(c.Facts))
		}
	}
}

// subscriptionChanged tells the owner of s; action is "inserted", "updated" or "removed".
func (c *Core) subscriptionChanged(action string, s *subscription) {
	d := s.document(c)
	if action == "removed" {
		d = doc{"_id": s.id, "rid": s.room.id, "t": s.room.kind, "u": s.user.ref()}
	}
	c.emit(StreamUser, s.user.ID+"/subscriptions-changed", action, d)
}

// inquiryChanged tells the agents' queues; action is "added", "changed" or "removed".
func (c *Core) inquiryChanged(action string, q *inquiry) {
	d := q.document(c)
	d["type"] = action
	name := "public"
	if q.department != "" {
		name = "department/" + q.department
	}
	c.emit(StreamInquiry, name, d)
}
