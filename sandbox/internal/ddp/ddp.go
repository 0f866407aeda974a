package ddp

import (
	"slices"
	"strings"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/limit"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// ddpVersions are the protocol versions that a real server knows, in its order of preference.
var ddpVersions = []string{"1", "pre2", "pre1"}

// receive handles one frame of the client.
func (c *Session) receive(data []byte) {
	v, err := wire.Decode(data)
	msg, isObject := v.(*wire.Object)
	_, isList := v.([]any)
	switch {
	case err != nil, !isObject && !isList:
		c.send(doc{"msg": "error", "reason": "Bad request"}) // without the message: it could not be read as an object
		return
	case isList || msg.Values["msg"] == nil:
		c.complain("Bad request", v)
		return
	}
	kind := msg.Str("msg")
	if !c.connected && kind != "connect" {
		c.complain("Must connect first", msg)
		return
	}
	switch kind {
	case "connect":
		c.connect(msg)
	case "ping":
		pong := doc{"msg": "pong"}
		if id, there := msg.Values["id"]; there {
			pong["id"] = wire.Plain(id)
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
func (c *Session) complain(reason string, offending any) {
	c.send(doc{"msg": "error", "reason": reason, "offendingMessage": wire.Plain(offending)})
}

// connect opens the DDP session. A session id that the client brings is ignored: nothing is ever resumed.
func (c *Session) connect(msg *wire.Object) {
	if c.connected {
		c.complain("Already connected", msg)
		return
	}
	if chosen, ok := negotiate(msg); !ok {
		c.send(doc{"msg": "failed", "version": chosen})
		c.hangUp()
		return
	}
	c.srv.core.Lock()
	c.id = c.srv.core.SessionID()
	c.srv.core.Unlock()
	c.connected = true
	c.send(doc{"msg": "connected", "session": c.id})
	c.begin(msg.Str("version") != "pre1") // the oldest protocol has no heartbeat
}

// negotiate answers the version that the server wants, and whether it is the one that the client proposed and supports.
func negotiate(msg *wire.Object) (string, bool) {
	proposed := msg.Str("version")
	list, _ := msg.Values["support"].([]any)
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

// limited counts a message against the limits of the connection and answers the error of a refusal. Its timeToReset is the
// longest among the matching rules, also when another one refused (measured on 6.5.3).
func (c *Session) limited(kind, name string) doc {
	limits := c.srv.Limits()
	if limits == nil {
		return nil
	}
	byName := limit.RuleMethod
	if strings.HasPrefix(name, "stream-") {
		byName = limit.RuleStream
	}
	all := limits.Count(limit.RuleConnection, c.id)
	one := limits.Count(byName, c.id+" "+kind+" "+name)
	if all.Allowed && one.Allowed {
		return nil
	}
	wait := max(all.Wait, one.Wait)
	return core.RawFault("too-many-requests", limit.WaitText(wait, "again"), doc{"timeToReset": wait.Milliseconds()})
}
