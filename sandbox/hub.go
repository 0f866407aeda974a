package sandbox

import "sync"

// hub carries events from the core to the connections that subscribed to them.
type hub struct {
	mu       sync.Mutex
	sessions map[*session]bool
	subs     map[string][]*subscription // by stream and event name
}

// subscription is one sub of one connection. Two subs to one event get every event twice, as on a real server.
type subscription struct {
	id      string
	topic   string
	session *session
}

func newHub() *hub {
	return &hub{sessions: map[*session]bool{}, subs: map[string][]*subscription{}}
}

func topic(stream, event string) string { return stream + "\x00" + event }

// publish queues an event for everybody who subscribed to it, but for the connection that wrote it. It never waits.
func (h *hub) publish(e event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	var frame []byte
	for _, sub := range h.subs[topic(e.stream, e.name)] {
		if sub.session == e.origin {
			continue
		}
		if frame == nil {
			frame = encode(doc{
				"msg": "changed", "collection": e.stream, "id": "id",
				"fields": doc{"eventName": e.name, "args": e.args},
			}, ejsonDate)
		}
		sub.session.queue(frame)
	}
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

func (h *hub) join(c *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions[c] = true
}

// part forgets a connection and its subs.
func (h *hub) part(c *session, subs map[string]*subscription) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sessions, c)
	for _, sub := range subs {
		h.removeSub(sub)
	}
}

func (h *hub) connections() []*session {
	h.mu.Lock()
	defer h.mu.Unlock()
	list := make([]*session, 0, len(h.sessions))
	for c := range h.sessions {
		list = append(list, c)
	}
	return list
}
