package ddp

import (
	"encoding/json"
	"slices"

	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// ddpVersions are the protocol versions that a real server knows, in its order of preference.
var ddpVersions = []string{"1", "pre2", "pre1"}

// receive is where every frame of the client comes in.
func (c *Session) receive(data []byte) {
	messages, ok := c.unwrap(data)
	if !ok {
		c.closeWith(closeProtocol, "Broken framing.")
		return
	}
	for _, message := range messages {
		if c.srv.manner.explains {
			c.hear(message)
		} else {
			c.hearStrictly(message)
		}
	}
}

// hear handles one message as Meteor does, which explains what it cannot take.
func (c *Session) hear(data []byte) {
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
	if !c.handle(kind, msg) {
		c.complain("Bad request", msg)
	}
}

// hearStrictly handles one message as the separate server does, which closes the socket on what it cannot take, or ignores it
// (realtime 4).
func (c *Session) hearStrictly(data []byte) {
	v, err := wire.Decode(data)
	msg, _ := v.(*wire.Object)
	switch {
	case err != nil:
		c.closeWith(closeUnsupported, "UNSUPPORTED_DATA")
	case !c.connected && (msg == nil || msg.Str("msg") != "connect"):
		c.closeWith(closeProtocol, "CLOSE_PROTOCOL_ERROR")
	case msg != nil:
		c.handle(msg.Str("msg"), msg)
	}
}

// handle does what a message asks. It answers false for a kind that there is not.
func (c *Session) handle(kind string, msg *wire.Object) bool {
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
		return false
	}
	return true
}

// complain answers a message that the server cannot take. Such an answer has no id.
func (c *Session) complain(reason string, offending any) {
	c.send(doc{"msg": "error", "reason": reason, "offendingMessage": wire.Plain(offending)})
}

// called reads the id and the name of a sub or method. What is malformed is answered, or closes the socket without a reason.
func (c *Session) called(msg *wire.Object, key, malformed string) (id any, name string, ok bool) {
	id = msg.Values["id"]
	_, idOK := id.(string)
	if _, isNumber := id.(json.Number); isNumber && c.srv.manner.anyID {
		idOK = true
	}
	name, nameOK := msg.Values[key].(string)
	_, listOK := list(msg, "params")
	seed, hasSeed := msg.Values["randomSeed"]
	_, seedOK := seed.(string)
	if idOK && nameOK && (listOK && (seedOK || !hasSeed) || !c.srv.manner.explains) {
		return id, name, true
	}
	if c.srv.manner.explains {
		c.complain(malformed, msg)
	} else {
		c.closeWith(closeProtocol, "")
	}
	return nil, "", false
}

// connect opens the DDP session. A session id that the client brings is ignored: nothing is ever resumed.
func (c *Session) connect(msg *wire.Object) {
	if c.connected {
		if c.srv.manner.explains {
			c.complain("Already connected", msg)
		}
		return
	}
	if chosen, ok := negotiate(msg); !ok && c.srv.manner.negotiates {
		c.send(doc{"msg": "failed", "version": chosen})
		c.hangUp()
		return
	}
	c.srv.core.Lock()
	c.id = c.srv.manner.sessionID(c.srv.core.SessionID())
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
