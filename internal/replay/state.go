package replay

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// change is a document of the room as it was stored at one moment, or its deletion.
type change struct {
	at  time.Time
	id  string
	doc object // nil: deleted
	ts  time.Time
}

// readDocuments collects what is known of the room's documents: those of history answers, and every version and deletion that
// the visitor's streams told.
func (r *Recording) readDocuments() {
	for _, answer := range r.answers("GET", "/livechat/messages.history/"+r.RoomID) {
		documents, _ := answer["messages"].([]any)
		for _, d := range documents {
			if doc, ok := d.(object); ok {
				r.store(doc, time.Time{})
			}
		}
	}
	for _, e := range r.events {
		f := e.frame
		if !e.changed() || len(f.Fields.Args) == 0 {
			continue
		}
		var doc object
		if json.Unmarshal(f.Fields.Args[0], &doc) != nil {
			continue
		}
		switch {
		case f.Collection == streamMessages:
			r.store(withISODates(doc).(object), r.Time(e.T))
		case strings.HasSuffix(f.Fields.EventName, "/deleteMessage"):
			id, _ := doc["_id"].(string)
			r.stored = append(r.stored, change{at: r.zero.Add(millis(e.T)), id: id})
		}
	}
	slices.SortStableFunc(r.stored, func(a, b change) int { return a.at.Compare(b.at) })
}

// store notes a version of a document. It was there when the visitor was told of it, whatever the two clocks say; the zero time is that
// of a version that no stream told.
func (r *Recording) store(doc object, told time.Time) {
	id, _ := doc["_id"].(string)
	at := timeOf(doc, "_updatedAt")
	if !told.IsZero() && told.Before(at) {
		at = told
	}
	r.stored = append(r.stored, change{at: at, id: id, doc: doc, ts: timeOf(doc, "ts")})
}

// documents lists what history holds at time t, newest first.
func (r *Recording) documents(t int) []object {
	latest := map[string]change{}
	var ids []string
	for _, c := range r.stored {
		if c.at.After(r.zero.Add(millis(t))) {
			break
		}
		if _, known := latest[c.id]; !known {
			ids = append(ids, c.id)
		}
		latest[c.id] = c
	}
	slices.Reverse(ids)
	slices.SortStableFunc(ids, func(a, b string) int { return latest[b].ts.Compare(latest[a].ts) })
	var list []object
	for _, id := range ids {
		if doc := latest[id].doc; doc != nil {
			list = append(list, doc)
		}
	}
	return list
}

// history answers messages.history at time t. Limit 0 means upstream's 20; 3.4 ignores offset (3.4.0 room-message).
func (r *Recording) history(t, limit, offset int, end time.Time) []object {
	list := r.documents(t)
	if !end.IsZero() {
		list = slices.DeleteFunc(list, func(doc object) bool { return !timeOf(doc, "ts").Before(end) })
	}
	if r.atLeast(5, 0) {
		list = list[min(offset, len(list)):]
	}
	if limit == 0 {
		limit = 20
	}
	return list[:min(limit, len(list))]
}

// closed reports whether the room is closed at time t.
func (r *Recording) closed(t int) bool {
	return slices.ContainsFunc(r.documents(t), func(doc object) bool { return doc["t"] == "livechat-close" })
}

func timeOf(doc object, key string) time.Time {
	text, _ := doc[key].(string)
	t, _ := time.Parse(time.RFC3339, text) // zero where there is none
	return t
}

// withISODates turns the dates of a realtime frame into those of REST (realtime 5.1).
func withISODates(v any) any {
	switch v := v.(type) {
	case object:
		if ms, ok := v["$date"].(float64); ok && len(v) == 1 {
			return time.UnixMilli(int64(ms)).UTC().Format("2006-01-02T15:04:05.000Z")
		}
		out := make(object, len(v))
		for key, value := range v {
			out[key] = withISODates(value)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, value := range v {
			out[i] = withISODates(value)
		}
		return out
	default:
		return v
	}
}
