package ddp

import (
	"errors"
	"log/slog"
	"maps"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// method is a DDP method.
type method struct {
	since, until int // the releases that have it, 100 * major + minor, until excluded; zero is no bound
	// run answers the result, nothing for undefined. An error that is no *core.Fault is Meteor's internal error. The core's lock is
	// held.
	run func(c *Session, params []any) (any, error)
}

// nothing is JavaScript's undefined: a result without value.
var nothing = new(int)

// methodTable is every method that the version has.
func methodTable(f core.Facts) map[string]method {
	all := map[string]method{core.StreamNotify: {run: (*Session).writeNotify}}
	for _, part := range []map[string]method{accountMethods, visitorMethods, deskMethods, chatMethods} {
		maps.Copy(all, part)
	}
	maps.DeleteFunc(all, func(_ string, m method) bool { return f.Release < m.since || m.until != 0 && f.Release >= m.until })
	return all
}

// method calls. An unknown one is 404, as on a real server, and leaves a line in the log.
func (c *Session) method(msg *wire.Object) {
	id, hasID := msg.Values["id"].(string)
	name, hasName := msg.Values["method"].(string)
	params, ok := list(msg, "params")
	if !hasID || !hasName || !ok {
		c.complain("Malformed method invocation", msg)
		return
	}
	updated := doc{"msg": "updated", "methods": []string{id}}
	if refusal := c.limited("method", name); refusal != nil {
		c.send(updated)
		c.send(doc{"msg": "result", "id": id, "error": refusal})
		return
	}
	m, known := c.srv.methods[name]
	if !known {
		c.srv.Log.Warn("the sandbox has no such DDP method", slog.String("method", name))
		c.send(doc{"msg": "result", "id": id, "error": core.RawFault(404, "Method '"+name+"' not found", nil)})
		c.send(updated)
		return
	}
	c.srv.core.Lock()
	result, err := m.run(c, params)
	c.srv.core.Unlock()
	c.send(updated)
	c.send(outcome(id, result, err))
}

func outcome(id string, result any, err error) doc {
	frame := doc{"msg": "result", "id": id}
	var f *core.Fault
	switch {
	case errors.As(err, &f):
		frame["error"] = core.RawFault(f.Code, f.Reason, f.Details)
	case err != nil:
		frame["error"] = core.RawFault(500, "Internal server error", nil)
	case result != any(nothing):
		frame["result"] = result
	}
	return frame
}

// list reads a list that may be absent.
func list(msg *wire.Object, key string) ([]any, bool) {
	v, there := msg.Values[key]
	if !there {
		return nil, true
	}
	l, ok := v.([]any)
	return l, ok
}

// writeNotify carries a visitor's typing to the others. What the rule refuses is dropped without a word.
func (c *Session) writeNotify(params []any) (any, error) {
	if len(params) < 2 {
		return nothing, nil
	}
	name, _ := params[0].(string)
	extra, _ := params[len(params)-1].(*wire.Object)
	if extra == nil || !c.srv.core.MayType(name, extra.Str("token")) {
		return nothing, nil
	}
	args := make([]any, 0, len(params)-1)
	for _, p := range params[1:] {
		args = append(args, wire.Plain(p))
	}
	c.srv.hub.publish(core.Event{Stream: core.StreamNotify, Name: name, Args: args, Origin: c})
	return nothing, nil
}
