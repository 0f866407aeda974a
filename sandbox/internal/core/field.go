package core

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// The scopes of custom fields.
const (
	scopeVisitor = "visitor"
	scopeRoom    = "room"
)

// customField is a field that the workspace adds to its visitors or rooms.
type customField struct {
	key, label, scope, shape string // shape is the regular expression of values, empty for any
	doc                      doc    // the whole record, as it was saved
}

// seedFields makes the fields that a workspace begins with, as an administrator's client saves them.
func (c *Core) seedFields(list []CustomField, scope string) {
	for _, f := range list {
		c.SaveField(f.Key, doc{
			"label": f.Label, "scope": scope, "visibility": "visible", "regexp": "", "searchable": true, "type": "input",
			"required": false, "defaultValue": "", "options": "", "public": scope == scopeVisitor,
		})
	}
}

// SaveField keeps a custom field as it is described; the keys of the description are those of livechat:saveCustomField.
func (c *Core) SaveField(key string, described Doc) {
	d := maps.Clone(described)
	delete(d, "field")
	d["_id"], d["_updatedAt"] = key, c.millis()
	f := customField{key: key, doc: d}
	f.label, f.scope, f.shape = textOf(d["label"]), textOf(d["scope"]), textOf(d["regexp"])
	if i := slices.IndexFunc(c.fields, func(other customField) bool { return other.key == key }); i >= 0 {
		c.fields[i] = f
		return
	}
	c.fields = append(c.fields, f)
}

// Field is the record of a custom field, nil when there is none.
func (c *Core) Field(key string) Doc {
	if f := c.fieldOf(key); f != nil {
		return f.doc
	}
	return nil
}

// Fields are all custom fields in the order of their names, as the server lists them.
func (c *Core) Fields() []Doc {
	list := []doc{}
	for _, f := range c.fields {
		list = append(list, f.doc)
	}
	slices.SortStableFunc(list, func(a, b doc) int { return cmp.Compare(textOf(a["label"]), textOf(b["label"])) })
	return list
}

func (c *Core) fieldOf(key string) *customField {
	for i := range c.fields {
		if c.fields[i].key == key {
			return &c.fields[i]
		}
	}
	return nil
}

// listedFields are the custom fields of visitors that livechat/config tells, where the version does: the visible, public ones.
func (c *Core) listedFields() []doc {
	out := []doc{}
	for _, f := range c.fields {
		if !c.Facts.listsFields || f.scope != scopeVisitor || f.doc["visibility"] != any("visible") || f.doc["public"] != any(true) {
			continue
		}
		listed := doc{}
		for _, key := range []string{"_id", "label", "regexp", "required", "type", "defaultValue"} {
			listed[key] = f.doc[key]
		}
		if options := textOf(f.doc["options"]); options != "" {
			listed["options"] = strings.Split(options, ",")
		}
		out = append(out, listed)
	}
	return out
}
