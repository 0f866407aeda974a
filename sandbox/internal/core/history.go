package core

import (
	"math"
	"slices"
	"sort"
	"time"
)

// Page is what a history may be asked for.
type Page struct {
	Limit, Offset int
	End           time.Time // exclusive
	HasEnd        bool
	Since         time.Time // ls, the last moment that the reader has seen; it only counts what is unread before the page
	HasSince      bool
}

// History answers a page of a room, newest first; messages of one millisecond stay in the order of writing.
func (c *Core) History(rid, token string, p Page) ([]Doc, error) {
	r, err := c.ownRoom(rid, token)
	if err != nil {
		return nil, err
	}
	return documents(c.page(r, p)), nil
}

// VisitorHistory is livechat:loadHistory. Without a result and an error there is nothing to answer: the older server says so to an
// unknown visitor, and lets a known one read every room (recorded).
func (c *Core) VisitorHistory(rid, token string, p Page) (Doc, error) {
	r := c.rooms[rid]
	switch {
	case c.tokens[token] == nil && c.Facts.strictHistory:
		return nil, &Fault{Code: "invalid-visitor", Reason: "Invalid Visitor", Details: doc{"method": "livechat:loadHistory"}}
	case c.tokens[token] == nil:
		return nil, nil
	case c.Facts.strictHistory && (r == nil || r.token != token):
		return nil, &Fault{Code: "invalid-room", Reason: "Invalid Room", Details: doc{"method": "livechat:loadHistory"}}
	case r == nil:
		return doc{"messages": []doc{}, "unreadNotLoaded": 0}, nil
	}
	found := c.page(r, p)
	out := doc{"messages": documents(found), "unreadNotLoaded": 0}
	if n := len(found); n > 0 && p.HasSince && found[n-1].ts.After(p.Since) {
		missed := c.between(r, p.Since, found[n-1].ts)
		out["unreadNotLoaded"] = len(missed)
		if len(missed) > 0 {
			out["firstUnread"] = missed[0].doc
		}
	}
	return out, nil
}

// page selects visible messages.
func (c *Core) page(r *room, p Page) []*message {
	found := newestFirst(r.timeline, func(m *message) bool { return c.visible(m) && (!p.HasEnd || m.ts.Before(p.End)) })
	switch {
	case p.Limit == 0:
		p.Limit = 20
	case p.Limit < 0: // the database reads a negative limit as its absolute value
		p.Limit = -max(p.Limit, -math.MaxInt)
	}
	found = found[min(max(p.Offset, 0), len(found)):]
	return found[:min(p.Limit, len(found))]
}

// between are the visible messages after one moment and before another, oldest first.
func (c *Core) between(r *room, after, before time.Time) []*message {
	found := []*message{}
	for _, m := range r.timeline {
		if c.visible(m) && m.ts.After(after) && m.ts.Before(before) {
			found = append(found, m)
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].ts.Before(found[j].ts) })
	return found
}

// visible says whether histories have the message: it is not hidden, nor of a kind that the workspace hides.
func (c *Core) visible(m *message) bool {
	kind, isSystem := m.doc["t"].(string)
	return !m.hidden() && (!isSystem || !slices.Contains(c.hiddenKinds(), kind))
}

// hiddenKinds are the types of Hide_System_Messages. One of them, mute_unmute, stands for two (read in the source).
func (c *Core) hiddenKinds() []string {
	var kinds []string
	list, _ := c.settings["Hide_System_Messages"].([]any)
	for _, entry := range list {
		switch kind, _ := entry.(string); kind {
		case "mute_unmute":
			kinds = append(kinds, "user-muted", "user-unmuted")
		default:
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

func documents(list []*message) []Doc {
	docs := make([]doc, len(list))
	for i, m := range list {
		docs[i] = m.doc
	}
	return docs
}
