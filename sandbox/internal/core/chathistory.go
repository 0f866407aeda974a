package core

import (
	"slices"
	"time"
)

// HistoryPage is what the histories of channels, groups and direct rooms may be asked for.
type HistoryPage struct {
	Latest, Oldest time.Time
	HasOldest      bool
	Never          bool // a bound that is no date: nothing fits
	Inclusive      bool
	Offset, Count  int // a count of zero is everything
	Unreads        bool
	Threads        bool // messages inside threads too
}

// ChatHistory is what is in a room that u may read, newest first.
func (c *Core) ChatHistory(u *User, in Room, p HistoryPage) (Doc, error) {
	r := in.r
	if !c.mayAccess(u, r) {
		return nil, errUnauthorizedRoom
	}
	found := c.historyPage(r, p)
	out := doc{"messages": documents(found)}
	if p.Unreads {
		out["unreadNotLoaded"] = 0
		if n := len(found); n > 0 && p.HasOldest {
			c.addUnread(out, r, p.Oldest, found[n-1].ts)
		}
	}
	return out, nil
}

// addUnread tells how much lies between what the reader knows and the page that he got, and the first of that.
func (c *Core) addUnread(out doc, r *room, known, first time.Time) {
	if !first.After(known) {
		return
	}
	missed := c.between(r, known, first)
	out["unreadNotLoaded"] = len(missed)
	if len(missed) > 0 {
		out["firstUnread"] = missed[0].doc
	}
}

func (c *Core) historyPage(r *room, p HistoryPage) []*message {
	if p.Never {
		return nil
	}
	fits := func(m *message) bool {
		switch {
		case !c.visible(m), !p.Threads && m.doc["tmid"] != nil && m.doc["tshow"] != true:
			return false
		case p.Inclusive:
			return !m.ts.After(p.Latest) && !m.ts.Before(p.Oldest)
		}
		return m.ts.Before(p.Latest) && m.ts.After(p.Oldest)
	}
	return cut(newestFirst(r.timeline, fits), p.Offset, p.Count)
}

// newestFirst picks messages. Those of one millisecond stay in the order of writing, as in every other list of them.
func newestFirst(timeline []*message, fits func(*message) bool) []*message {
	found := []*message{}
	for _, m := range timeline {
		if fits(m) {
			found = append(found, m)
		}
	}
	if !slices.IsSortedFunc(found, func(a, b *message) int { return a.ts.Compare(b.ts) }) {
		slices.SortStableFunc(found, func(a, b *message) int { return b.ts.Compare(a.ts) })
		return found
	}
	slices.Reverse(found) // rooms are nearly always written in the order of time, which is dear to sort the other way round
	for from, to := 0, 1; to <= len(found); to++ {
		if to == len(found) || !found[to].ts.Equal(found[from].ts) {
			slices.Reverse(found[from:to])
			from = to
		}
	}
	return found
}

// cut is a page of a list; a count of zero is all of it.
func cut[T any](list []T, offset, count int) []T {
	list = list[min(max(offset, 0), len(list)):]
	if count <= 0 {
		return list
	}
	return list[:min(count, len(list))]
}

// ChatMessages is a page of a room that u may read, newest first, and of how many messages.
func (c *Core) ChatMessages(u *User, in Room, offset, count int) ([]Doc, int, error) {
	r := in.r
	if !c.mayAccess(u, r) {
		return nil, 0, errUnauthorizedRoom
	}
	found := newestFirst(r.timeline, c.visible)
	return documents(cut(found, offset, count)), len(found), nil
}

// LoadHistory is DDP's loadHistory, nil where the room is unknown or foreign.
func (c *Core) LoadHistory(u *User, rid string, end time.Time, limit int, seen time.Time) Doc {
	r := c.rooms[rid]
	if !c.mayAccess(u, r) {
		return nil
	}
	if end.IsZero() {
		end = c.millis().Add(time.Hour)
	}
	found := c.historyPage(r, HistoryPage{Latest: end, Count: limit, Threads: true})
	out := doc{"messages": documents(found), "unreadNotLoaded": 0}
	if n := len(found); n > 0 && !seen.IsZero() {
		c.addUnread(out, r, seen, found[n-1].ts)
	}
	return out
}

// LoadMissed is DDP's loadMissedMessages: what was written after a moment, newest first; nil where the room is unknown or foreign.
func (c *Core) LoadMissed(u *User, rid string, after time.Time) []Doc {
	r := c.rooms[rid]
	if !c.mayAccess(u, r) {
		return nil
	}
	return documents(newestFirst(r.timeline, func(m *message) bool { return c.visible(m) && m.ts.After(after) }))
}

// ChatMessage is one message; nil where there is none.
func (c *Core) ChatMessage(u *User, id string) (Doc, error) {
	m := c.messages[id]
	switch {
	case m == nil:
		return nil, nil
	case !c.mayAccess(u, m.room):
		return nil, errForeign("getSingleMessage")
	}
	return m.doc, nil
}
