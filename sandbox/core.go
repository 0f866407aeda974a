package sandbox

import (
	"sync"
	"time"
)

// core is the workspace: its state and its rules, without HTTP or DDP. Every method that is not marked otherwise takes
// the lock; what they return is safe to keep.
type core struct {
	facts   facts
	now     func() time.Time
	publish func(event)
	// visitorWrote is told of each visitor's message after it was stored, outside the lock.
	visitorWrote func(agent, roomID, text string)

	mu            sync.Mutex
	ids           *ids
	routing       Routing
	settings      map[string]any
	visitorFields []CustomField
	visitors      []*visitor
	tokens        map[string]*visitor
	guests        int
	rooms         map[string]*room
	roomOrder     []*room
	roomsOf       map[string][]*room // by the visitor's token, in the order of making
	messages      map[string]*message
	agents        []*agent
	departments   []*department
}

// event is something that a stream carries to its subscribers.
type event struct {
	stream string
	name   string
	args   []any
	// origin is the connection that wrote it, which never gets its own event back; nil for the server's.
	origin *session
}

// The streams that the sandbox serves.
const (
	streamMessages = "stream-room-messages"
	streamLivechat = "stream-livechat-room"
	streamNotify   = "stream-notify-room"
)

func newCore(o Options, publish func(event)) *core {
	c := &core{
		facts:         profiles[o.Profile],
		now:           o.Now,
		publish:       publish,
		visitorWrote:  func(string, string, string) {},
		ids:           newIDs(o.Seed),
		routing:       o.Routing,
		settings:      map[string]any{},
		visitorFields: o.VisitorFields,
		rooms:         map[string]*room{},
		messages:      map[string]*message{},
		tokens:        map[string]*visitor{},
		roomsOf:       map[string][]*room{},
	}
	for key, value := range defaultSettings {
		c.settings[key] = value
	}
	for key, value := range o.Settings {
		c.settings[key] = value
	}
	for _, spec := range o.Agents {
		c.addAgent(spec)
	}
	for _, d := range o.Departments {
		c.addDepartment(d)
	}
	return c
}

// millis is the server's time as documents carry it.
func (c *core) millis() time.Time { return c.now().UTC().Truncate(time.Millisecond) }

// stamp is the time of the next thing that happens in r. It grows within a room even when two things fall into the same
// millisecond, as each of them took a real server's database longer than that. The caller holds the lock.
func (c *core) stamp(r *room) time.Time {
	t := c.millis()
	if !t.After(r.lastStamp) {
		t = r.lastStamp.Add(time.Millisecond)
	}
	r.lastStamp = t
	return t
}

// newID is the id of a record that the server makes itself. The caller holds the lock.
func (c *core) newID() string {
	if c.facts.hexIDs {
		return c.ids.hex24()
	}
	return c.ids.random17()
}
