package server_test

import (
	"testing"
)

// Rocket.Chat sends a message again whenever anything about it changes (realtime 9.1).
func TestWhatChangesNothingThatIsSeenIsNotTold(t *testing.T) {
	touches := map[string]map[string]any{
		"the preview of a link": {"urls": []any{map[string]any{
			"url": "https://example.com", "meta": map[string]any{"pageTitle": "Example"}, "headers": map[string]any{"contentType": "text/html"},
		}}},
		"being read":            {"unread": true},
		"being read by all":     {"unread": nil},
		"a pin":                 {"pinned": true, "pinnedBy": map[string]any{"_id": annID, "username": "ann"}},
		"a star":                {"starred": []any{map[string]any{"_id": annID}}},
		"another parse":         {"md": []any{map[string]any{"type": "PARAGRAPH", "value": []any{}}}},
		"a thread that it made": {"tcount": 1.0, "replies": []any{annID}},
		"mentions":              {"mentions": []any{map[string]any{"_id": annID, "username": "ann"}}, "channels": []any{}},
		"another look":          {"groupable": false, "avatar": "/avatar/x", "emoji": ":x:", "customFields": map[string]any{"a": "b"}},
		"nothing at all":        {},
	}
	ids := map[string]string{}
	incident{
		lead: func(c *conversation) {
			for name := range touches {
				ids[name] = c.sends(name + ", see https://example.com")
			}
		},
		do: func(c *conversation) {
			for name, fields := range touches {
				c.must(c.chat.Amend(ids[name], fields))
			}
		},
		after: []string{"* agent ann"},
	}.happens(t)
}

func TestWhatIsSeenToChangeIsToldOnce(t *testing.T) {
	for name, i := range map[string]struct {
		do   func(c *conversation, id string)
		told string
	}{
		"an edit":    {func(c *conversation, id string) { c.must(c.ann.Edit(id, "HI")) }, "~ HI"},
		"a reaction": {func(c *conversation, id string) { c.must(c.ann.React(id, ":a:")) }, "~ hi :a:"},
		"a quotation": {func(c *conversation, id string) {
			c.must(c.chat.Amend(id, map[string]any{"attachments": []any{map[string]any{"text": "as was said"}}}))
		}, "~ hi"},
	} {
		t.Run(name, func(t *testing.T) {
			var id string
			incident{
				lead:  func(c *conversation) { id = c.sends("hi") },
				do:    func(c *conversation) { i.do(c, id) },
				told:  []string{i.told},
				after: []string{"* agent ann"},
			}.happens(t)
		})
	}
}
