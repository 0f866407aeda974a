package ddp

import (
	"slices"
	"sync"

	"github.com/rocketline/rocketline/sandbox/fault"
	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// hub carries events from the core to the connections that subscribed to them.
type hub struct {
	mu       sync.Mutex
	sessions map[*Session]bool
	ears     map[topic][]*ear
}

// topic is an event of a stream.
type topic struct{ stream, event string }

// ear is where one sub of one connection hears one event. Two subs to one event get every event twice, as on a real server.
type ear struct {
	topic   topic
	session *Session
}

func newHub() *hub {
	return &hub{sessions: map[*Session]bool{}, ears: map[topic][]*ear{}}
}

// publish queues an event for everybody who subscribed to it, but for the connection that wrote it. It never waits, and costs as
// much as there are subscribers. The caller holds the core's lock.
func (h *hub) publish(e core.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	ears := h.ears[topic{e.Stream, e.Name}]
	if len(ears) == 0 {
		return
	}
	encode := encoder(e)
	about := fault.Frame{Message: "changed", Collection: e.Stream, Event: e.Name}
	if e.For == nil && e.Make != nil {
		e.Args = e.Make()
	}
	for _, ear := range ears {
		args := e.Args
		switch {
		case e.Origin != nil && e.Origin == any(ear.session):
			continue
		case e.For != nil:
			if args = e.For(ear.session.userID()); args == nil {
				continue
			}
		}
		ear.session.queue(encode(args), about)
	}
}

// encoder makes the frames of an event, and each only once.
func encoder(e core.Event) func([]any) []byte {
	frames := map[*any][]byte{} // by where the args are
	var empty []byte
	return func(args []any) []byte {
		if len(args) == 0 {
			if empty == nil {
				empty = changed(e, []any{})
			}
			return empty
		}
		frame := frames[&args[0]]
		if frame == nil {
			frame = changed(e, args)
			frames[&args[0]] = frame
		}
		return frame
	}
}

// changed is the frame of an event. All have the same id, but for those of presences.
func changed(e core.Event, args []any) []byte {
	id, fields := "id", doc{"eventName": e.Name, "args": args}
	if e.Stream == core.StreamPresence {
		id, fields["uid"] = e.Name, e.Name
	}
	return wire.Encode(doc{"msg": "changed", "collection": e.Stream, "id": id, "fields": fields}, wire.EJSONDate)
}

// listen registers an ear after the frames that announce it, so that no event can come before them.
func (h *hub) listen(e *ear, announce ...doc) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, frame := range announce {
		e.session.send(frame)
	}
	h.ears[e.topic] = append(h.ears[e.topic], e)
}

// hearAgain registers ears that have gone silent.
func (h *hub) hearAgain(ears ...*ear) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range ears {
		if !slices.Contains(h.ears[e.topic], e) {
			h.ears[e.topic] = append(h.ears[e.topic], e)
		}
	}
}

func (h *hub) forget(ears ...*ear) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range ears {
		h.remove(e)
	}
}

func (h *hub) remove(e *ear) {
	list := h.ears[e.topic]
	if i := slices.Index(list, e); i >= 0 {
		list = slices.Delete(list, i, i+1)
	}
	if len(list) == 0 {
		delete(h.ears, e.topic)
		return
	}
	h.ears[e.topic] = list
}

func (h *hub) join(c *Session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sessions[c] = true
}

// part forgets a connection and what it listens to.
func (h *hub) part(c *Session, ears []*ear) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.sessions, c)
	for _, e := range ears {
		h.remove(e)
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
