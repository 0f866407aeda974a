package ddp

import (
	"cmp"
	"encoding/json"
	"log/slog"
	"slices"
	"time"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// subscription is a sub that is active.
type subscription struct {
	id     any // a text, or a number where the server takes those
	number int // counts the connection's subs
	stream string
	want   wanted
	ears   []*ear // one, but for presences; none for a publication without documents
	// watcher is the user whose leaving may silence it, see watch.
	watcher string
}

// silent are publications that real clients ask for at login. They have no documents in a workspace without external login services
// and without a web application.
var silent = map[string]bool{"meteor.loginServiceConfiguration": true, "meteor_autoupdate_clientVersions": true}

// sub subscribes to a stream. A sub whose id is active already is ignored without an answer.
func (c *Session) sub(msg *wire.Object) {
	id, name, ok := c.called(msg, "name", "Malformed subscription")
	if !ok || c.subs[id] != nil {
		return
	}
	began := time.Now()
	defer func() {
		refused := ""
		if c.subs[id] == nil {
			refused = "nosub"
		}
		c.srv.Called("sub", name, refused, time.Since(began))
	}()
	if refusal := c.limited("sub", name); refusal != nil {
		c.noSub(id, refusal)
		return
	}
	params, _ := list(msg, "params")
	c.srv.core.Lock()
	defer c.srv.core.Unlock()
	switch {
	case silent[name]:
		c.subs[id] = &subscription{id: id, number: c.nextNumber()}
		c.send(doc{"msg": "ready", "subs": []any{id}})
		return
	case !c.srv.core.HasStream(name):
		c.srv.Log.Warn("the sandbox has no such DDP subscription", slog.String("name", name))
		c.noSub(id, core.RawFault(404, "Subscription '"+name+"' not found", nil))
		return
	case name == core.StreamPresence:
		c.followPresences(id, params)
		return
	}
	want, refusal := readParams(c.srv.core.Facts, params)
	if refusal == nil && c.srv.manner.wantsParams && msg.Values["params"] == nil {
		refusal = core.RawFault(500, "Internal server error", nil)
	}
	if refusal != nil {
		c.noSub(id, refusal)
		return
	}
	c.open(&subscription{id: id, number: c.nextNumber(), stream: name, want: want})
}

func (c *Session) nextNumber() int {
	c.made++
	return c.made
}

// open checks the right to read, once, and announces the sub before any of its events. The core's lock is held.
func (c *Session) open(s *subscription) {
	if !c.mayRead(s) {
		c.noSub(s.id, c.denial())
		return
	}
	e := &ear{topic: topic{s.stream, s.want.event}, session: c}
	s.ears = []*ear{e}
	c.subs[s.id] = s
	c.srv.remember(c, s)
	c.srv.hub.listen(e, append(s.added(), doc{"msg": "ready", "subs": []any{s.id}})...)
}

// added are the frames with which a sub that wants a collection begins.
func (s *subscription) added() []doc {
	if !s.want.useCollection {
		return nil
	}
	return []doc{{"msg": "added", "collection": s.stream, "id": "id", "fields": doc{"eventName": s.want.event}}}
}

func (c *Session) mayRead(s *subscription) bool {
	return c.srv.core.MayRead(s.stream, core.Wanted{
		Event: s.want.event, Token: s.want.extra.Str("token"), VisitorToken: s.want.extra.Str("visitorToken"), User: c.user,
	})
}

// denial is the error of a sub whose rule refuses it. Older servers just end it.
func (c *Session) denial() doc {
	if c.srv.core.Facts.BareDenial {
		return nil
	}
	return core.RawFault("not-allowed", "", nil)
}

// rerunSubs asks for every sub anew when another user, or none, is logged in on the connection: ready again, or nosub. The separate
// DDP server does not do so. The core's lock is held.
func (c *Session) rerunSubs() {
	if !c.srv.manner.rerunsSubs {
		return
	}
	all := make([]*subscription, 0, len(c.subs))
	for _, s := range c.subs {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *subscription) int { return cmp.Compare(a.number, b.number) })
	again := []any{}
	for _, s := range all {
		c.srv.unwatch(s)
		if s.stream != "" && !c.mayRead(s) {
			delete(c.subs, s.id)
			c.srv.hub.forget(s.ears...)
			c.noSub(s.id, c.denial())
			continue
		}
		for _, frame := range s.added() {
			c.send(frame)
		}
		c.srv.remember(c, s)
		c.srv.hub.hearAgain(s.ears...)
		again = append(again, s.id)
	}
	if len(again) > 0 {
		c.send(doc{"msg": "ready", "subs": again})
	}
}

func (c *Session) noSub(id any, refusal doc) {
	frame := doc{"msg": "nosub", "id": id}
	if refusal != nil {
		frame["error"] = refusal
	}
	c.send(frame)
}

// unsub ends a sub. An id that is not active gets the same answer from Meteor, and none from the separate server.
func (c *Session) unsub(msg *wire.Object) {
	id := wire.Plain(msg.Values["id"])
	var s *subscription // no sub has a list or an object as its id, but a client may send one
	switch id.(type) {
	case string, json.Number:
		s = c.subs[id]
	}
	if s != nil {
		delete(c.subs, id)
		c.srv.hub.forget(s.ears...)
		c.srv.core.Lock()
		c.srv.unwatch(s)
		c.srv.core.Unlock()
	}
	if s != nil || c.srv.manner.answersUnknownUnsub {
		c.noSub(id, nil)
	}
}

// listening are all ears of the connection.
func (c *Session) listening() []*ear {
	var all []*ear
	for _, s := range c.subs {
		all = append(all, s.ears...)
	}
	return all
}
