package core

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// subscription is a user's membership in a room, and what the user's client shows of it.
type subscription struct {
	id            string
	room          *room
	user          *User
	name, fname   string // of the room as this member sees it; a direct room is named after the others
	open, alert   bool
	unread        int
	userMentions  int
	groupMentions int
	threads       []string // tunread, the threads with something new
	ts            time.Time
	seen, read    time.Time // ls and lr
	updated       time.Time
	extra         doc // further keys of the document, as the kind of room demands; replaced as a whole on each change
}

// memberships finds subscriptions by room and by user, in the order of joining.
type memberships struct {
	one    map[membership]*subscription
	byRoom map[*room][]*subscription
	byUser map[*User][]*subscription
}

type membership struct {
	user *User
	room *room
}

func newMemberships() memberships {
	return memberships{
		one: map[membership]*subscription{}, byRoom: map[*room][]*subscription{}, byUser: map[*User][]*subscription{},
	}
}

// subscriptionOf is u's membership in r, nil for a stranger.
func (c *Core) subscriptionOf(u *User, r *room) *subscription {
	return c.memberships.one[membership{u, r}]
}

// members are the subscriptions to r. The caller may unsubscribe them on the way.
func (c *Core) members(r *room) []*subscription { return slices.Clone(c.memberships.byRoom[r]) }

// roomsOfUser are u's subscriptions. The caller may end them on the way.
func (c *Core) roomsOfUser(u *User) []*subscription { return slices.Clone(c.memberships.byUser[u]) }

// subscribe makes u a member of a visitor's room. One who is a member already stays as he is.
func (c *Core) subscribe(u *User, r *room, department string) *subscription {
	if s := c.subscriptionOf(u, r); s != nil {
		return s
	}
	now := c.millis()
	s := &subscription{
		room: r, user: u, fname: r.fname, open: true, alert: true, unread: 1, userMentions: 1, updated: now,
		extra: doc{
			"desktopNotifications": "all", "mobilePushNotifications": "all", "emailNotifications": "all",
			"v": c.subscribedGuest(r),
		},
	}
	if c.Facts.namedSubscriptions {
		s.name, s.ts = r.fname, now
		if department != "" {
			s.extra["department"] = department
		}
	}
	c.join(s)
	return s
}

// subscribedGuest is the visitor as the inquiry knew him, which never learns of his later states (recorded in 6.5.3: a visitor who
// is away is online in a new subscription).
func (c *Core) subscribedGuest(r *room) doc {
	guest := r.guest()
	if q := c.inquiryOf(r); q != nil {
		guest = q.guest
	}
	short := doc{}
	for _, key := range []string{"_id", "username", "token", "status"} {
		if value, ok := guest[key]; ok {
			short[key] = value
		}
	}
	return short
}

// join stores a new membership, whose room and user are set, and tells the user of it and of the room.
func (c *Core) join(s *subscription) {
	if s.id == "" {
		s.id = c.newID()
	}
	m := &c.memberships
	m.one[membership{s.user, s.room}] = s
	m.byRoom[s.room] = append(m.byRoom[s.room], s)
	m.byUser[s.user] = append(m.byUser[s.user], s)
	c.subscriptionChanged("inserted", s)
}

// unsubscribe ends u's membership in r.
func (c *Core) unsubscribe(u *User, r *room) {
	s := c.subscriptionOf(u, r)
	if s == nil {
		return
	}
	m := &c.memberships
	delete(m.one, membership{u, r})
	if m.byRoom[r] = without(m.byRoom[r], s); len(m.byRoom[r]) == 0 {
		delete(m.byRoom, r)
	}
	if m.byUser[u] = without(m.byUser[u], s); len(m.byUser[u]) == 0 {
		delete(m.byUser, u)
	}
	c.talks.ended[u] = append(c.talks.ended[u], burial{s.id, c.millis()})
	c.subscriptionChanged("removed", s)
}

// without leaves the list as it is and answers a copy.
func without(list []*subscription, s *subscription) []*subscription {
	return slices.DeleteFunc(slices.Clone(list), func(other *subscription) bool { return other == s })
}

// change stamps the subscription and tells its owner.
func (c *Core) change(s *subscription) {
	s.updated = c.millis()
	c.subscriptionChanged("updated", s)
}

// markRead is what reading a room, and writing into it, does to the reader's subscription.
func (s *subscription) markRead(now time.Time) {
	s.alert, s.unread, s.userMentions, s.groupMentions = false, 0, 0, 0
	s.open, s.seen = true, now
}

// document is the whole record.
func (s *subscription) document(c *Core) doc {
	d := s.base()
	maps.Copy(d, s.extra)
	if s.room.kind == livechatRoom && c.Facts.namedSubscriptions && s.name != "" {
		d["lowerCaseName"], d["lowerCaseFName"] = strings.ToLower(s.name), strings.ToLower(s.fname)
	}
	return d
}

// published is the record as lists and streams carry it.
func (s *subscription) published(c *Core) doc {
	d := s.base()
	for key, value := range s.extra {
		if !slices.Contains(c.Facts.hiddenMember, key) {
			d[key] = value
		}
	}
	return d
}

func (s *subscription) base() doc {
	d := doc{
		"_id": s.id, "rid": s.room.id, "t": s.room.kind, "u": s.user.ref(),
		"open": s.open, "alert": s.alert, "unread": s.unread, "userMentions": s.userMentions, "groupMentions": s.groupMentions,
	}
	for key, text := range map[string]string{"name": s.name, "fname": s.fname} {
		if text != "" {
			d[key] = text
		}
	}
	for key, at := range map[string]time.Time{"ts": s.ts, "ls": s.seen, "lr": s.read, "_updatedAt": s.updated} {
		if !at.IsZero() {
			d[key] = at
		}
	}
	if len(s.threads) > 0 {
		d["tunread"] = s.threads
	}
	return d
}
