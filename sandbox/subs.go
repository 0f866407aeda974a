package sandbox

import (
	"log/slog"
	"strings"
)

// sub subscribes to a stream. A sub whose id is active already is ignored without an answer.
func (c *session) sub(msg *object) {
	id, hasID := msg.values["id"].(string)
	name, hasName := msg.values["name"].(string)
	params, ok := list(msg, "params")
	if !hasID || !hasName || !ok {
		c.complain("Malformed subscription", msg)
		return
	}
	if c.subs[id] != nil {
		return
	}
	if refusal := c.limited("sub", name); refusal != nil {
		c.noSub(id, refusal)
		return
	}
	if name != streamMessages && name != streamLivechat && name != streamNotify {
		c.srv.log.Warn("the sandbox has no such DDP subscription", slog.String("name", name))
		c.noSub(id, rawFault(404, "Subscription '"+name+"' not found", nil))
		return
	}
	want, refusal := c.srv.facts.readParams(params)
	if refusal != nil {
		c.noSub(id, refusal)
		return
	}
	c.open(id, name, want)
}

// open checks the right to read, once, and announces the sub before any of its events.
func (c *session) open(id, stream string, want wanted) {
	core := c.srv.core
	core.mu.Lock()
	defer core.mu.Unlock()
	if !core.mayRead(stream, want) {
		if c.srv.facts.bareDenial {
			c.noSub(id, nil)
			return
		}
		c.noSub(id, rawFault("not-allowed", "", nil))
		return
	}
	sub := &subscription{id: id, topic: topic(stream, want.event), session: c}
	c.subs[id] = sub
	frames := [][]byte{encode(doc{"msg": "ready", "subs": []string{id}}, ejsonDate)}
	if want.useCollection {
		added := doc{"msg": "added", "collection": stream, "id": "id", "fields": doc{"eventName": want.event}}
		frames = [][]byte{encode(added, ejsonDate), frames[0]}
	}
	c.srv.hub.subscribe(sub, frames...)
}

func (c *session) noSub(id string, refusal doc) {
	frame := doc{"msg": "nosub", "id": id}
	if refusal != nil {
		frame["error"] = refusal
	}
	c.send(frame)
}

// unsub ends a sub; an id that is not active gets the same answer.
func (c *session) unsub(msg *object) {
	id := msg.str("id")
	if sub := c.subs[id]; sub != nil {
		delete(c.subs, id)
		c.srv.hub.unsubscribe(sub)
	}
	c.noSub(id, nil)
}

// wanted is what a sub asks for.
type wanted struct {
	event         string
	useCollection bool
	extra         *object // the first of its args, where the visitor's token is
}

// readParams reads ["<event>", options], where options are a boolean or an object.
func (f facts) readParams(params []any) (wanted, doc) {
	malformed := rawFault(400, "Match failed", nil)
	if f.emptySubIs500 {
		malformed = rawFault(500, "Internal server error", nil)
	}
	if len(params) == 0 {
		return wanted{}, malformed
	}
	want := wanted{extra: &object{}}
	want.event, _ = params[0].(string)
	if want.event == "" {
		return wanted{}, rawFault("invalid-event-name", "", nil)
	}
	if len(params) == 1 {
		if f.strictSubs {
			return wanted{}, malformed
		}
		return want, nil
	}
	if flag, isFlag := params[1].(bool); isFlag {
		want.useCollection = flag
		return want, nil
	}
	options, _ := params[1].(*object)
	if options == nil {
		return wanted{}, malformed
	}
	flag, hasFlag := options.values["useCollection"].(bool)
	args, hasArgs := options.values["args"].([]any)
	_, there := options.values["args"]
	exact := hasFlag && hasArgs && len(options.keys) == 2
	if f.strictSubs && !exact || there && !hasArgs {
		return wanted{}, malformed
	}
	want.useCollection = flag
	if len(args) > 0 {
		if extra, ok := args[0].(*object); ok {
			want.extra = extra
		}
	}
	return want, nil
}

// mayRead is the rule of each stream. Rights are looked at when the sub is made, never again. The caller holds the lock.
func (c *core) mayRead(stream string, want wanted) bool {
	switch stream {
	case streamMessages:
		if want.event == "__my_messages__" {
			return true // anybody may subscribe; a visitor gets nothing
		}
		r := c.rooms[want.event]
		return r != nil && r.token == want.extra.str("visitorToken") && (r.open || !c.facts.openRoomOnly)
	case streamLivechat:
		r := c.rooms[want.event]
		return r != nil && r.token == want.extra.str("visitorToken")
	case streamNotify:
		rid, kind, _ := strings.Cut(want.event, "/")
		if kind == "webrtc" {
			return true
		}
		r := c.rooms[rid]
		return r != nil && r.token == want.extra.str("token")
	}
	return false
}

// mayType is the rule for a client's write to stream-notify-room: the visitor of the room, and only the event that carries
// typing in this version. The name that he gives himself is not looked at.
func (c *core) mayType(event, token string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	rid, kind, _ := strings.Cut(event, "/")
	r := c.rooms[rid]
	return r != nil && r.token == token && kind == c.facts.typing
}
