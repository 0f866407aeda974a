package core

import "slices"

// Trigger is a trigger of the widget, nil when there is none of that id.
func (c *Core) Trigger(id string) Doc {
	for _, d := range c.triggers {
		if d["_id"] == any(id) {
			return d
		}
	}
	return nil
}

// RemoveTrigger forgets a trigger.
func (c *Core) RemoveTrigger(id string) {
	c.triggers = slices.DeleteFunc(slices.Clone(c.triggers), func(d doc) bool { return d["_id"] == any(id) })
}
