package ddp

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"time"

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

// methodTable is every method that the version has. Each stream has one of its name, with which clients write to it.
func methodTable(c *core.Core) map[string]method {
	all := map[string]method{}
	for _, part := range []map[string]method{accountMethods, visitorMethods, deskMethods, chatMethods, fileMethods} {
		maps.Copy(all, part)
	}
	for _, stream := range c.Streams() {
		all[stream] = method{run: func(s *Session, params []any) (any, error) { return s.writeStream(stream, params) }}
	}
	release := c.Facts.Release
	maps.DeleteFunc(all, func(_ string, m method) bool { return release < m.since || m.until != 0 && release >= m.until })
	return all
}

// method calls. An unknown one is 404, as on a real server, and leaves a line in the log.
func (c *Session) method(msg *wire.Object) {
	id, name, ok := c.called(msg, "method", "Malformed method invocation")
	if !ok {
		return
	}
	began, refused := time.Now(), ""
	defer func() { c.srv.Called("method", name, refused, time.Since(began)) }()
	params, _ := list(msg, "params")
	updated := doc{"msg": "updated", "methods": []any{id}}
	if refusal := c.limited("method", name); refusal != nil {
		refused = code(refusal)
		c.send(updated)
		c.send(doc{"msg": "result", "id": id, "error": refusal})
		return
	}
	m, known := c.srv.methods[name]
	if !known {
		refused = "404"
		c.srv.Log.Warn("the sandbox has no such DDP method", slog.String("method", name))
		c.send(doc{"msg": "result", "id": id, "error": core.RawFault(404, "Method '"+name+"' not found", nil)})
		c.send(updated)
		return
	}
	result, err := c.run(m, params)
	if c.srv.manner.dropsFalsy && falsy(result) {
		result = nothing
	}
	answer := outcome(id, result, err)
	refused = code(answer["error"])
	if c.srv.manner.resultFirst {
		c.send(answer)
		c.send(updated)
	} else {
		c.send(updated)
		c.send(answer)
	}
	if name == "logout" && err == nil && c.srv.manner.logoutCloses {
		c.closeWith(closeProtocol, "CLOSE_PROTOCOL_ERROR")
	}
}

// run does what a method does with the core's lock, which a panic gives back too: it ends this connection only.
func (c *Session) run(m method, params []any) (any, error) {
	c.srv.core.Lock()
	defer c.srv.core.Unlock()
	return m.run(c, params)
}

func outcome(id any, result any, err error) doc {
	frame := doc{"msg": "result", "id": id}
	var f *core.Fault
	switch {
	case errors.As(err, &f):
		frame["error"] = f.Raw()
	case err != nil:
		frame["error"] = core.RawFault(500, "Internal server error", nil)
	case result != any(nothing):
		frame["result"] = result
	}
	return frame
}

// code is what an error object says in short, empty for none.
func code(refusal any) string {
	d, ok := refusal.(doc)
	if !ok || d == nil {
		return ""
	}
	return fmt.Sprint(d["error"])
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

// writeStream carries a client's event to the others, see core.Write. What is refused succeeds as well, without a result.
func (c *Session) writeStream(stream string, params []any) (any, error) {
	if len(params) == 0 {
		return nothing, nil
	}
	w := core.Written{User: c.user}
	w.Event, _ = params[0].(string)
	if extra, ok := params[len(params)-1].(*wire.Object); ok {
		w.Token = extra.Str("token")
	}
	for _, p := range params[1:] {
		w.Args = append(w.Args, wire.Plain(p))
	}
	c.srv.core.Write(stream, w, c)
	return nothing, nil
}
