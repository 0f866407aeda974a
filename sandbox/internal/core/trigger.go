package core

// addTrigger keeps a trigger of the widget as it is described. One that does not say otherwise is enabled.
func (c *Core) addTrigger(described Doc) {
	d := withFlags(doc{"enabled": true, "runOnce": false}, described)
	if d["_id"] == nil {
		d["_id"] = c.newID()
	}
	d["_updatedAt"] = c.millis()
	c.triggers = append(c.triggers, d)
}

// Triggers are all triggers, in the order of making.
func (c *Core) Triggers() []Doc { return append([]doc{}, c.triggers...) }

// listedTriggers are those that visitors' widgets shall follow.
func (c *Core) listedTriggers() []doc {
	out := []doc{}
	for _, t := range c.triggers {
		if t["enabled"] != any(true) {
			continue
		}
		listed := doc{}
		for _, key := range []string{"_id", "actions", "conditions", "runOnce"} {
			if value, ok := t[key]; ok {
				listed[key] = value
			}
		}
		out = append(out, listed)
	}
	return out
}
