package replay

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// find is the index of the first event that a test is about.
func find(t *testing.T, rec *Recording, is func(Event) bool) int {
	t.Helper()
	i := slices.IndexFunc(rec.Events, is)
	if i < 0 {
		t.Fatal("no such event")
	}
	return i
}

func answers(label string) func(Event) bool {
	return func(e Event) bool { return e.Kind == "rest" && e.Label == label }
}

func receives(conn, part string) func(Event) bool {
	return func(e Event) bool { return e.Conn == conn && e.Dir == "in" && strings.Contains(e.Text(), part) }
}

// TestEveryDifferenceIsNoticed plays recordings against a server that does one thing otherwise.
func TestEveryDifferenceIsNoticed(t *testing.T) {
	const conversation, rid = "ddp-full-conversation", "cakHyLaTcwDQagqjr"
	for _, test := range []struct {
		name     string
		scenario string
		change   func(*testing.T, *Recording)
		at, path string
	}{
		{"another value in an answer", "visitor", func(t *testing.T, rec *Recording) {
			e := &rec.Events[find(t, rec, answers("update same token, all fields"))]
			e.Response.JSON = edit(t, e.Response.JSON, func(v map[string]any) { v["visitor"].(map[string]any)["name"] = "Someone" })
		}, "update same token, all fields", ".visitor.name"},
		{"a key that was not recorded", "visitor", func(t *testing.T, rec *Recording) {
			e := &rec.Events[find(t, rec, answers("GET ok"))]
			e.Response.JSON = edit(t, e.Response.JSON, func(v map[string]any) { v["more"] = 1 })
		}, "GET ok", ".more"},
		{"a key that is missing", "visitor", func(t *testing.T, rec *Recording) {
			e := &rec.Events[find(t, rec, answers("GET ok"))]
			e.Response.JSON = edit(t, e.Response.JSON, func(v map[string]any) { delete(v["visitor"].(map[string]any), "status") })
		}, "GET ok", ".visitor.status"},
		{"another status", "visitor", func(t *testing.T, rec *Recording) {
			rec.Events[find(t, rec, answers("missing token"))].Response.Status = http.StatusOK
		}, "missing token", "status"},
		{"another header", "visitor", func(t *testing.T, rec *Recording) {
			h := rec.Events[find(t, rec, answers("missing token"))].Response.Headers
			h["cache-control"] = "public"
		}, "missing token", "header cache-control"},
		{"a header that was not recorded", "visitor", func(t *testing.T, rec *Recording) {
			h := rec.Events[find(t, rec, answers("missing token"))].Response.Headers
			h["x-ratelimit-limit"] = "10"
		}, "missing token", "header x-ratelimit-limit"},
		{"one id that stands for two", "visitor", func(t *testing.T, rec *Recording) {
			e := &rec.Events[find(t, rec, answers("update same token, all fields"))]
			e.Response.JSON = edit(t, e.Response.JSON, func(v map[string]any) {
				v["visitor"].(map[string]any)["_id"] = "6b00f5a06aa2c144c7249999"
			})
		}, "update same token, all fields", ".visitor._id"},
		{"two ids that become one", "visitor", func(t *testing.T, rec *Recording) {
			e := &rec.Events[find(t, rec, answers("POST again with the deleted token"))]
			e.Response.JSON = edit(t, e.Response.JSON, func(v map[string]any) {
				v["visitor"].(map[string]any)["_id"] = "6b00f5a06aa2c144c7246b72"
			})
		}, "POST again with the deleted token", ".visitor._id"},
		{"text instead of a number", "room", func(t *testing.T, rec *Recording) {
			e := &rec.Events[find(t, rec, answers("again => same room"))]
			e.Response.JSON = edit(t, e.Response.JSON, func(v map[string]any) { v["room"].(map[string]any)["msgs"] = "1" })
		}, "again => same room", ".room.msgs"},
		{"a date where 1970 was recorded", "upload", func(t *testing.T, rec *Recording) {
			e := &rec.Events[find(t, rec, answers("ok text/plain with description"))]
			e.Response.JSON = json.RawMessage(strings.ReplaceAll(string(e.Response.JSON), "1970-01-01T00:00:00.000Z", "2026-11-21T00:00:00.000Z"))
		}, "ok text/plain with description", ".attachments[0].ts"},
		{"another byte in a download", "files", func(t *testing.T, rec *Recording) {
			rec.Events[find(t, rec, answers("png: query grant"))].Response.Binary[20]++
		}, "png: query grant", "body"},
		{"messages of a page in another order", "history", func(t *testing.T, rec *Recording) {
			e := &rec.Events[find(t, rec, answers("default (limit 20)"))]
			e.Response.JSON = edit(t, e.Response.JSON, func(v map[string]any) {
				list := v["messages"].([]any)
				list[3], list[4] = list[4], list[3]
			})
		}, "default (limit 20)", ".messages["},
		{"a frame that does not come", conversation, func(t *testing.T, rec *Recording) {
			i := find(t, rec, receives("visitor", `"user-typing"`))
			rec.Events = slices.Delete(rec.Events, i, i+1)
		}, "visitor stream-notify-room/" + rid + "/user-activity #1", "frame"},
		{"a frame that was not recorded", conversation, func(t *testing.T, rec *Recording) {
			i := find(t, rec, receives("visitor", `"user-typing"`))
			rec.Events = slices.Insert(rec.Events, i, rec.Events[i])
		}, "visitor stream-notify-room/" + rid + "/user-activity #+", "frame"},
		{"two frames of a stream in the other order", conversation, func(t *testing.T, rec *Recording) {
			i := find(t, rec, receives("visitor", `"user-typing"`))
			j := i + 1 + slices.IndexFunc(rec.Events[i+1:], receives("visitor", `/user-activity`))
			rec.Events[i].Frame, rec.Events[j].Frame = rec.Events[j].Frame, rec.Events[i].Frame
		}, "visitor stream-notify-room/" + rid + "/user-activity #", ".fields.args[1]"},
		{"another value in a frame", conversation, func(t *testing.T, rec *Recording) {
			e := &rec.Events[find(t, rec, receives("visitor", `"via ddp"`))]
			e.Frame = json.RawMessage(strings.ReplaceAll(string(e.Frame), "via ddp", "via rest"))
		}, "visitor stream-room-messages/" + rid, ".fields.args[0].m"},
		{"a reply that does not come", "ddp-visitor-methods", func(t *testing.T, rec *Recording) {
			i := find(t, rec, receives("visitor", `"result","id":"16"`))
			rec.Events = slices.Delete(rec.Events, i, i+1)
		}, "visitor result 16 #1", "frame"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			mirrored := load(t, "6.5.3", test.scenario)
			test.change(t, mirrored)
			result := play(t, load(t, "6.5.3", test.scenario), mirrored)
			if len(result.Differences) == 0 {
				t.Fatal("not noticed")
			}
			for _, d := range result.Differences {
				if !strings.HasPrefix(d.At, test.at) || !strings.HasPrefix(d.Path, test.path) {
					t.Errorf("differs too: %s", d)
				}
			}
			if result.REST.Matched+result.Frames.Matched+result.Frames.Extra < result.REST.Total+result.Frames.Total-2 {
				t.Errorf("matched only %+v %+v", result.REST, result.Frames)
			}
		})
	}
}

// TestAServerThatHangsUpIsNoticed covers the ends of connections.
func TestAServerThatHangsUpIsNoticed(t *testing.T) {
	rec := load(t, "6.5.3", "ddp-session")
	for name, closes := range map[string]map[string]string{
		"a connection that the recorded server did not end": {"badversion": "-", "c1": "-"},
		"a connection that it did end":                      {},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMirror(t, rec, closes)
			result, err := Run(t.Context(), rec, Config{
				URL: m.url, Dir: dir, Clock: NewClock(rec.Start), ClosedByServer: map[string]string{"badversion": "-"},
			})
			if err != nil {
				t.Fatal(err)
			}
			if len(result.Differences) != 1 || result.Differences[0].Path != "close" {
				t.Errorf("differences %v", result.Differences)
			}
		})
	}
}
