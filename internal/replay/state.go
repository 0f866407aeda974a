package replay

import (
	"encoding/json"
	"maps"
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
				r.store(doc)
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
			r.store(withISODates(doc).(object))
		case strings.HasSuffix(f.Fields.EventName, "/deleteMessage"):
			id, _ := doc["_id"].(string)
			r.stored = append(r.stored, change{at: r.zero.Add(millis(e.T)), id: id})
		}
	}
	slices.SortStableFunc(r.stored, func(a, b change) int { return a.at.Compare(b.at) })
}

func (r *Recording) store(doc object) {
	id, _ := doc["_id"].(string)
	r.stored = append(r.stored, change{at: timeOf(doc, "_updatedAt"), id: id, doc: doc, ts: timeOf(doc, "ts")})
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

// serving is who served the room from a time on, as config tells it; nil for nobody.
type serving struct {
	since int
	agent object
}

// readAgents collects who served the room.
func (r *Recording) readAgents() {
	agent := r.firstAgent()
	r.served = []serving{{0, agent}}
	for _, e := range r.events {
		f := e.frame
		if !e.changed() || f.Collection != streamRoom || len(f.Fields.Args) == 0 {
			continue
		}
		var told struct {
			Type   string `json:"type"`
			Data   object `json:"data"`
			Status string `json:"status"`
		}
		_ = json.Unmarshal(f.Fields.Args[0], &told)
		switch {
		case told.Type == "agentData":
			agent = told.Data
		case told.Type == "agentStatus" && agent != nil:
			agent = maps.Clone(agent)
			agent["status"] = told.Status
		}
		r.served = append(r.served, serving{e.T, agent})
	}
}

// agent is who serves the room at time t; nil if nobody does.
func (r *Recording) agent(t int) object {
	var agent object
	for _, s := range r.served {
		if s.since <= t {
			agent = s.agent
		}
	}
	return agent
}

// firstAgent is who serves the room when the visitor begins to listen: nobody, or the agent that it was opened for. An agent
// has to be online to get a room.
func (r *Recording) firstAgent() object {
	servedBy, _ := r.room["servedBy"].(object)
	if since := timeOf(servedBy, "ts"); servedBy == nil || since.After(r.zero.Add(millis(r.Start))) {
		return nil // the room shown is that of a later config answer
	}
	agent := pick(servedBy, "_id", "username")
	known := []object{r.base}
	for _, answer := range append(known, r.answers("GET", "/livechat/config")...) {
		config, _ := answer["config"].(object)
		if doc, ok := config["agent"].(object); ok && doc["_id"] == agent["_id"] {
			agent = maps.Clone(doc)
		}
	}
	agent["status"] = "online"
	return agent
}

// config answers livechat/config at time t, with the visitor's part if the visitor asks.
func (r *Recording) config(t int, visitor bool) object {
	general, _ := r.base["config"].(object)
	config := maps.Clone(general)
	delete(config, "room")
	delete(config, "guest")
	delete(config, "agent")
	if visitor {
		config["guest"] = r.guest
	}
	if visitor && !r.closed(t) {
		room := object{"_id": r.RoomID, "open": true}
		if department := r.department(t); department != "" {
			room["departmentId"] = department
		}
		if agent := r.agent(t); agent != nil {
			room["servedBy"] = pick(agent, "_id", "username")
			config["agent"] = agent
		}
		config["room"] = room
	}
	return object{"config": config, "success": true}
}

// department is the id of the department that the room is in at time t.
func (r *Recording) department(t int) string {
	id, _ := r.room["departmentId"].(string)
	for _, doc := range slices.Backward(r.documents(t)) {
		transfer, _ := doc["transferData"].(object)
		if next, ok := transfer["nextDepartment"].(object); ok {
			id, _ = next["_id"].(string)
		}
	}
	return id
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
