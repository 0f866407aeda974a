package core

import (
	"slices"
	"time"
)

// CatchUp is what one who was away catches up with.
type CatchUp struct{ Update, Remove []Doc }

// burial is what remains of a record that was deleted.
type burial struct {
	id string
	at time.Time
}

func buried(list []burial, since time.Time) []burial {
	i, _ := slices.BinarySearchFunc(list, since, func(b burial, t time.Time) int {
		if b.at.After(t) {
			return 1
		}
		return -1
	})
	return list[i:]
}

func graves(list []burial, since time.Time) []Doc {
	docs := []doc{}
	for _, b := range buried(list, since) {
		docs = append(docs, doc{"_id": b.id, "_deletedAt": b.at})
	}
	return docs
}

// RoomChanges are u's rooms that changed after a moment, and the rooms of everybody that were deleted since. Without a moment it is
// all of u's rooms.
func (c *Core) RoomChanges(u *User, since time.Time) CatchUp {
	out := CatchUp{Update: []doc{}, Remove: []doc{}}
	list := c.roomsOfUser(u)
	slices.SortStableFunc(list, func(a, b *subscription) int { return a.room.ts.Compare(b.room.ts) }) // as the database keeps them
	for _, s := range list {
		if s.room.updated.After(since) {
			out.Update = append(out.Update, c.publicRoom(s.room.document(c.Facts)))
		}
	}
	if !since.IsZero() {
		out.Remove = graves(c.talks.gone, since)
	}
	return out
}

// SubscriptionChanges are u's subscriptions that changed after a moment, and those that ended since.
func (c *Core) SubscriptionChanges(u *User, since time.Time) CatchUp {
	out := CatchUp{Update: []doc{}, Remove: []doc{}}
	for _, s := range c.roomsOfUser(u) {
		if since.IsZero() || s.updated.After(since) {
			out.Update = append(out.Update, s.published(c))
		}
	}
	if !since.IsZero() {
		out.Remove = graves(c.talks.ended[u], since)
	}
	return out
}

// MessageChanges are a room's messages that changed after a moment, newest first, and those that were deleted since. A message whose
// _id was used again after a deletion is in both (recorded in 3.4.0).
func (c *Core) MessageChanges(u *User, rid string, since time.Time) (CatchUp, error) {
	r := c.rooms[rid]
	if !c.mayAccess(u, r) {
		return CatchUp{}, errForeign("messages/get")
	}
	changed := newestFirst(r.timeline, func(m *message) bool {
		at, _ := m.doc["_updatedAt"].(time.Time)
		return !m.hidden() && at.After(since)
	})
	return CatchUp{Update: documents(changed), Remove: graves(r.gone, since)}, nil
}

// DeletedMessages are the ids of a room's messages that were deleted after a moment. Anybody may ask for any room.
func (c *Core) DeletedMessages(rid string, since time.Time) []Doc {
	docs := []doc{}
	if r := c.rooms[rid]; r != nil {
		for _, b := range buried(r.gone, since) {
			docs = append(docs, doc{"_id": b.id})
		}
	}
	return docs
}

// Subscription is u's subscription to a room as the database has it, nil for a stranger.
func (c *Core) Subscription(u *User, rid string) Doc {
	r := c.rooms[rid]
	if r == nil {
		return nil
	}
	s := c.subscriptionOf(u, r)
	if s == nil {
		return nil
	}
	return s.document(c)
}

// MarkRead notes that u has read a room.
func (c *Core) MarkRead(u *User, rid string, threads bool) error {
	s := c.ownSubscription(u, rid)
	if s == nil {
		return errNotJoined
	}
	s.markRead(c.millis())
	if threads {
		s.threads = nil
	}
	s.alert = c.Facts.readThreads && len(s.threads) > 0
	c.change(s)
	return nil
}

// MarkReadByREST is MarkRead with the errors of subscriptions.read.
func (c *Core) MarkReadByREST(u *User, rid string, threads bool) error {
	err := c.MarkRead(u, rid, threads)
	if err != nil && c.Facts.ReadPlain {
		return errNotJoinedPlain
	}
	return err
}

// MarkUnread makes a room's last message, or a given one, the first that u has not read.
func (c *Core) MarkUnread(u *User, rid, messageID string) error {
	m := c.messages[messageID]
	if messageID == "" {
		r := c.rooms[rid]
		if !c.mayAccess(u, r) {
			return errForeign("unreadMessages")
		}
		if list := newestFirst(r.timeline, c.visible); len(list) > 0 {
			m = list[0]
		}
	}
	if m == nil {
		return &Fault{Code: "error-no-message-for-unread", Reason: "There are no messages to mark unread",
			Details: doc{"method": "unreadMessages"}}
	}
	s := c.subscriptionOf(u, m.room)
	if s == nil {
		return errForeign("unreadMessages")
	}
	s.open, s.alert, s.unread, s.seen = true, true, 1, m.ts.Add(-time.Millisecond)
	c.change(s)
	return nil
}

// ShowRoom opens or closes a room in u's client; the membership stays.
func (c *Core) ShowRoom(u *User, rid string, open bool) error {
	s := c.ownSubscription(u, rid)
	if s == nil {
		return errNotJoined
	}
	s.open = open
	if !open {
		s.alert = false
	}
	c.change(s)
	return nil
}

func (c *Core) ownSubscription(u *User, rid string) *subscription {
	r := c.rooms[rid]
	if r == nil {
		return nil
	}
	return c.subscriptionOf(u, r)
}
