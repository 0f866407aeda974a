package sandbox

import (
	"log/slog"
	"slices"
	"strings"
)

// ddpVersions are the protocol versions that a real server knows, in its order of preference.
var ddpVersions = []string{"1", "pre2", "pre1"}

// receive handles one frame of the client.
func (c *session) receive(data []byte) {
	v, err := decode(data)
	msg, isObject := v.(*object)
	_, isList := v.([]any)
	switch {
	case err != nil, !isObject && !isList:
		c.send(doc{"msg": "error", "reason": "Bad request"}) // without the message: it could not be read as an object
		return
	case isList || msg.values["msg"] == nil:
		c.complain("Bad request", v)
		return
	}
	kind := msg.str("msg")
	if !c.connected && kind != "connect" {
		c.complain("Must connect first", msg)
		return
	}
	switch kind {
	case "connect":
		c.connect(msg)
	case "ping":
		pong := doc{"msg": "pong"}
		if id, there := msg.values["id"]; there {
			pong["id"] = plain(id)
		}
		c.send(pong)
	case "pong":
	case "sub":
		c.sub(msg)
	case "unsub":
		c.unsub(msg)
	case "method":
		c.method(msg)
	default:
		c.complain("Bad request", msg)
	}
}

// complain answers a message that the server cannot take. Such an answer has no id.
func (c *session) complain(reason string, offending any) {
	c.send(doc{"msg": "error", "reason": reason, "offendingMessage": plain(offending)})
}

// connect opens the DDP session. A session id that the client brings is ignored: nothing is ever resumed.
func (c *session) connect(msg *object) {
	if c.connected {
		c.complain("Already connected", msg)
		return
	}
	if chosen, ok := negotiate(msg); !ok {
		c.send(doc{"msg": "failed", "version": chosen})
		c.hangUp()
		return
	}
	c.srv.core.mu.Lock()
	c.id = c.srv.core.ids.random17()
	c.srv.core.mu.Unlock()
	c.connected = true
	c.send(doc{"msg": "connected", "session": c.id})
	c.begin(msg.str("version") != "pre1") // the oldest protocol has no heartbeat
}

// negotiate answers the version that the server wants, and whether it is the one that the client proposed and supports.
func negotiate(msg *object) (string, bool) {
	proposed := msg.str("version")
	list, _ := msg.values["support"].([]any)
	if !slices.Contains(list, any(proposed)) {
		return "1", false
	}
	for _, v := range list {
		if version, isText := v.(string); isText && slices.Contains(ddpVersions, version) {
			return version, version == proposed
		}
	}
	return "1", false
}

// method calls. The sandbox has one, a client's write to stream-notify-room; any other is unknown.
func (c *session) method(msg *object) {
	id, hasID := msg.values["id"].(string)
	name, hasName := msg.values["method"].(string)
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
	if name != streamNotify {
		c.srv.log.Warn("the sandbox has no such DDP method", slog.String("method", name))
		c.send(doc{"msg": "result", "id": id, "error": rawFault(404, "Method '"+name+"' not found", nil)})
		c.send(updated)
		return
	}
	c.writeNotify(params)
	c.send(updated)
	c.send(doc{"msg": "result", "id": id})
}

// list reads a list that may be absent.
func list(msg *object, key string) ([]any, bool) {
	v, there := msg.values[key]
	if !there {
		return nil, true
	}
	l, ok := v.([]any)
	return l, ok
}

// writeNotify carries a visitor's typing to the others. What the rule refuses is dropped without a word.
func (c *session) writeNotify(params []any) {
	if len(params) < 2 {
		return
	}
	name, _ := params[0].(string)
	extra, _ := params[len(params)-1].(*object)
	if extra == nil || !c.srv.core.mayType(name, extra.str("token")) {
		return
	}
	args := make([]any, 0, len(params)-1)
	for _, p := range params[1:] {
		args = append(args, plain(p))
	}
	c.srv.hub.publish(event{stream: streamNotify, name: name, args: args, origin: c})
}

// limited counts a message against the limits of the connection and answers the error of a refusal. Its timeToReset is the
// longest among the matching rules, also when another one refused (measured on 6.5.3).
func (c *session) limited(kind, name string) doc {
	limits := c.srv.limits.Load()
	if limits == nil {
		return nil
	}
	byName := ruleMethod
	if strings.HasPrefix(name, "stream-") {
		byName = ruleStream
	}
	all := limits.count(ruleConnection, c.id)
	one := limits.count(byName, c.id+" "+kind+" "+name)
	if all.allowed && one.allowed {
		return nil
	}
	wait := max(all.wait, one.wait)
	return rawFault("too-many-requests", waitText(wait, "again"), doc{"timeToReset": wait.Milliseconds()})
}
