package ddp

import (
	"slices"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// followPresences is a sub to stream-user-presence, ["", {"added": ids, "removed": ids}]. A connection has one; further ones change
// its list of users, and end at once (realtime 9.5). The core's lock is held.
func (c *Session) followPresences(id any, params []any) {
	if !c.srv.core.MayRead(core.StreamPresence, core.Wanted{User: c.user}) {
		c.noSub(id, c.denial())
		return
	}
	main := c.presences()
	first := main == nil
	if first {
		main = &subscription{id: id, number: c.nextNumber(), stream: core.StreamPresence, want: wanted{extra: &wire.Object{}}}
		c.subs[id] = main
	}
	if len(params) > 1 {
		if change, ok := params[1].(*wire.Object); ok {
			c.follow(main, texts(change.Values["added"]))
			c.unfollow(main, texts(change.Values["removed"]))
		}
	}
	if first {
		c.send(doc{"msg": "ready", "subs": []any{id}})
		return
	}
	c.noSub(id, nil)
}

// presences is the connection's sub to presences, nil when it has none.
func (c *Session) presences() *subscription {
	for _, s := range c.subs {
		if s.stream == core.StreamPresence {
			return s
		}
	}
	return nil
}

func (c *Session) follow(main *subscription, users []string) {
	for _, user := range users {
		t := topic{core.StreamPresence, user}
		if slices.ContainsFunc(main.ears, func(e *ear) bool { return e.topic == t }) {
			continue
		}
		e := &ear{topic: t, session: c}
		main.ears = append(main.ears, e)
		c.srv.hub.listen(e)
	}
}

func (c *Session) unfollow(main *subscription, users []string) {
	main.ears = slices.DeleteFunc(main.ears, func(e *ear) bool {
		if !slices.Contains(users, e.topic.event) {
			return false
		}
		c.srv.hub.forget(e)
		return true
	})
}

// texts are the texts of a list.
func texts(v any) []string {
	list, _ := v.([]any)
	var found []string
	for _, item := range list {
		if text, ok := item.(string); ok {
			found = append(found, text)
		}
	}
	return found
}
