package core

import (
	"errors"
	"maps"
)

// FieldValue is a value for a custom field.
type FieldValue struct {
	Key, Value string
	Overwrite  bool
}

// setField writes a value, and says whether it did: without Overwrite an older value stays.
func (v *visitor) setField(f FieldValue) bool {
	fields, written := withField(v.fields, f)
	v.fields = fields
	return written
}

func withField(fields doc, f FieldValue) (doc, bool) {
	if _, set := fields[f.Key]; set && !f.Overwrite {
		return fields, false
	}
	fields = maps.Clone(fields)
	if fields == nil {
		fields = doc{}
	}
	fields[f.Key] = f.Value
	return fields, true
}

// writeField keeps a value where its field belongs: with the visitor, or in his open rooms.
func (c *Core) writeField(v *visitor, known *customField, f FieldValue) bool {
	if known.scope != scopeRoom {
		v.updated = c.millis()
		return v.setField(f)
	}
	written := false
	for _, r := range c.roomsOf[v.token] {
		if !r.open {
			continue
		}
		fields, did := withField(r.fields, f)
		if did {
			r.fields, r.updated, written = fields, c.millis(), true
			c.roomChanged(r)
		}
	}
	return written
}

// SetField is POST livechat/custom.field. That an older value was kept counts as a failure in newer versions (recorded in 6.5.3).
func (c *Core) SetField(token string, f FieldValue) error {
	v := c.tokens[token]
	if v == nil {
		return errInvalidToken
	}
	known := c.fieldOf(f.Key)
	switch {
	case known == nil:
		return errCustomField
	case known.shape != "" && !c.fits(known.shape, f.Value):
		return errFieldValue(known.label)
	case !c.writeField(v, known, f) && c.Facts.fieldKeptFails:
		return errBare
	}
	return nil
}

// fits says whether a value is what the field's regular expression asks for. One that this program cannot read lets all pass.
func (c *Core) fits(expression, value string) bool {
	shape := c.shapes.of(expression)
	return shape == nil || shape.MatchString(value)
}

// SetFields is POST livechat/custom.fields: each for itself, the first failure is told.
func (c *Core) SetFields(token string, list []FieldValue) error {
	var first error
	if c.tokens[token] == nil {
		first = errInvalidToken
	}
	for _, f := range list {
		if err := c.SetField(token, f); err != nil && first == nil {
			first = err
		}
	}
	var f *Fault
	if errors.As(first, &f) && c.Facts.codedFields {
		return &Fault{Code: f.Code}
	}
	return first
}

// SetFieldQuietly is livechat:setCustomField: true for a field that the workspace lacks, else what the database says of the change.
func (c *Core) SetFieldQuietly(token string, f FieldValue) any {
	known, v := c.fieldOf(f.Key), c.tokens[token]
	switch {
	case known == nil:
		return true
	case v == nil:
		return c.changedRecords(0)
	case !c.writeField(v, known, f):
		return true
	}
	return c.changedRecords(1)
}

// changedRecords is what the database says of an update that changed n records: the number, or the newer driver's document.
func (c *Core) changedRecords(n int) any {
	if c.Facts.countedUpdates {
		return n
	}
	return doc{"acknowledged": true, "matchedCount": n, "modifiedCount": n, "upsertedCount": 0, "upsertedId": nil}
}
