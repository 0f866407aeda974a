package core

import (
	"fmt"

	"github.com/rocketline/rocketline/sandbox/internal/graph"
)

// State is the whole workspace but its files' contents: accounts, visitors, rooms, messages, settings.
func (c *Core) State() ([]byte, error) { return graph.Marshal(&c.records) }

// Restore replaces the workspace by one that State wrote. Nobody is connected to it, so that whoever does not follow the program is
// offline. On an error everything stays as it is.
func (c *Core) Restore(data []byte) error {
	var fresh records
	if err := graph.Unmarshal(data, &fresh); err != nil {
		return err
	}
	if err := fresh.check(); err != nil {
		return err
	}
	c.records = fresh
	c.reindex()
	for _, u := range c.users {
		u.connections = map[string]Status{}
		if u.more["statusConnection"] != nil {
			u.set("statusConnection", string(Offline))
		}
		if u.pinned == "" {
			u.status = Offline
		}
	}
	clear(c.roomsToTell)
	c.untold = nil
	return nil
}

// check finds a state that lacks what the rules take for granted, as one that was written by hand would.
func (r *records) check() error {
	for name, there := range map[string]bool{
		"ids": r.ids != nil && r.ids.source != nil, "settings": r.settings != nil, "tokens": r.tokens != nil, "rooms": r.rooms != nil,
		"roomsOf": r.roomsOf != nil, "pages": r.pages != nil, "messages": r.messages != nil, "uploads": r.uploads != nil, "grants": r.grants != nil,
		"memberships": r.memberships.one != nil && r.memberships.byRoom != nil && r.memberships.byUser != nil,
		"talks":       r.talks.named != nil && r.talks.direct != nil && r.talks.ended != nil,
	} {
		if !there {
			return fmt.Errorf("the state has no %s", name)
		}
	}
	for key, known := range defaultSettings {
		if value, ok := r.settings[key]; !ok || fmt.Sprintf("%T", value) != fmt.Sprintf("%T", known) {
			return fmt.Errorf("the state's setting %s is a %T, want a %T", key, value, known)
		}
	}
	return nil
}
