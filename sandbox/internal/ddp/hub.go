package ddp

import (
	"sync"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// hub carries events from the core to the connections that subscribed to them.
type hub struct {
	mu       sync.Mutex
	sessions map[*Session]bool
	subs     map[string][]*subscription // by stream and event name
}

// subscription is one sub of one connection. Two subs to one event get every event twice, as on a real server.
type subscription struct {
	id      string
	topic   string
	session *Session
}

func newHub() *hub {
	return &hub{sessions: map[*Session]bool{}, subs: map[string][]*subscription{}}
}

func topic(stream, event string) string { return stream + "\x00" + event }

// publish queues an event for everybody who subscribed to it, but for the connection that wrote it. It never waits. The caller
// holds the core's lock.
func (h *hub) publish(e core.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var frame []byte
	for _, sub := range h.subs[topic(e.Stream, e.Name)] {
		switch {
		case e.Origin != nil && e.Origin == any(sub.session):
		case e.For != nil:
			if args := e.For(sub.session.userID()); args != nil {
				sub.session.queue(changed(e, args))
			}
		default:
			if frame == nil {
				frame = changed(e, e.Args)
			}
			sub.session.queue(frame)
		}
	}
}

func changed(e core.Event, args []any) []byte {
	return wire.Encode(doc{
		"msg": "changed", "collection": e.Stream, "id": "id", "fields": doc{"eventName": e.Name, "args": args},
	}, wire.EJSONDate)
}

// subscribe registers a sub after the frames that announce it, so that no event can come before them.
func (h *hub) subscribe(sub *subscription, announce ...[]byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, frame := range announce {
		sub.session.queue(frame)
	}
	h.subs[sub.topic] = append(h.subs[sub.topic], sub)
}

func (h *hub) unsubscribe(sub *subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.removeSub(sub)
}

func (h *hub) removeSub(sub *subscription) {
	list := h.subs[sub.topic]
	for i, other := range list {
		if other == sub {
			list = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if len(list) == 0 {
		delete(h.subs, sub.topic)
		return
	}
	h.subs[sub.topic] = list
}

func (h *hub) join(c *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions[c] = true
}

// part forgets a connection and its subs.
func (h *hub) part(c *Session, subs map[string]*subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sessions, c)
	for _, sub := range subs {
		h.removeSub(sub)
	}
}

func (h *hub) connections() []*Session {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*Session, 0, len(h.sessions))
	for c := range h.sessions {
		list = append(list, c)
	}
	return list
}
