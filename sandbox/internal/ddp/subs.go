package ddp

import (
	"log/slog"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// sub subscribes to a stream. A sub whose id is active already is ignored without an answer.
func (c *Session) sub(msg *wire.Object) {
	id, hasID := msg.Values["id"].(string)
	name, hasName := msg.Values["name"].(string)
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
	if name != core.StreamMessages && name != core.StreamLivechat && name != core.StreamNotify {
		c.srv.Log.Warn("the sandbox has no such DDP subscription", slog.String("name", name))
		c.noSub(id, core.RawFault(404, "Subscription '"+name+"' not found", nil))
		return
	}
	want, refusal := readParams(c.srv.core.Facts, params)
	if refusal != nil {
		c.noSub(id, refusal)
		return
	}
	c.open(id, name, want)
}

// open checks the right to read, once, and announces the sub before any of its events.
func (c *Session) open(id, stream string, want wanted) {
	c.srv.core.Lock()
	defer c.srv.core.Unlock()
	ask := core.Wanted{Event: want.event, Token: want.extra.Str("token"), VisitorToken: want.extra.Str("visitorToken"), User: c.user}
	if !c.srv.core.MayRead(stream, ask) {
		if c.srv.core.Facts.BareDenial {
			c.noSub(id, nil)
			return
		}
		c.noSub(id, core.RawFault("not-allowed", "", nil))
		return
	}
	sub := &subscription{id: id, topic: topic(stream, want.event), session: c}
	c.subs[id] = sub
	frames := [][]byte{wire.Encode(doc{"msg": "ready", "subs": []string{id}}, wire.EJSONDate)}
	if want.useCollection {
		added := doc{"msg": "added", "collection": stream, "id": "id", "fields": doc{"eventName": want.event}}
		frames = [][]byte{wire.Encode(added, wire.EJSONDate), frames[0]}
	}
	c.srv.hub.subscribe(sub, frames...)
}

func (c *Session) noSub(id string, refusal doc) {
	frame := doc{"msg": "nosub", "id": id}
	if refusal != nil {
		frame["error"] = refusal
	}
	c.send(frame)
}

// unsub ends a sub; an id that is not active gets the same answer.
func (c *Session) unsub(msg *wire.Object) {
	id := msg.Str("id")
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
	extra         *wire.Object // the first of its args, where the visitor's token is
}

// readParams reads ["<event>", options], where options are a boolean or an object.
func readParams(f core.Facts, params []any) (wanted, doc) {
	malformed := core.RawFault(400, "Match failed", nil)
	if f.EmptySubIs500 {
		malformed = core.RawFault(500, "Internal server error", nil)
	}
	if len(params) == 0 {
		return wanted{}, malformed
	}
	want := wanted{extra: &wire.Object{}}
	want.event, _ = params[0].(string)
	if want.event == "" {
		return wanted{}, core.RawFault("invalid-event-name", "", nil)
	}
	if len(params) == 1 {
		if f.StrictSubs {
			return wanted{}, malformed
		}
		return want, nil
	}
	if flag, isFlag := params[1].(bool); isFlag {
		want.useCollection = flag
		return want, nil
	}
	options, _ := params[1].(*wire.Object)
	if options == nil {
		return wanted{}, malformed
	}
	flag, hasFlag := options.Values["useCollection"].(bool)
	args, hasArgs := options.Values["args"].([]any)
	_, there := options.Values["args"]
	exact := hasFlag && hasArgs && len(options.Keys) == 2
	if f.StrictSubs && !exact || there && !hasArgs {
		return wanted{}, malformed
	}
	want.useCollection = flag
	if len(args) > 0 {
		if extra, ok := args[0].(*wire.Object); ok {
			want.extra = extra
		}
	}
	return want, nil
}
