package replay

import (
	"encoding/json"
	"fmt"
	"strings"
)

// unit is what is compared of a frame: the frame itself, or one of those that it stands for.
type unit struct {
	// stream is what the order is believed in: a collection and event, the answers to one method, the control frames.
	stream string
	value  any
}

// units splits a frame into what it says. Frames that a rule leaves out say nothing.
func units(text string) []unit {
	var value any
	if json.Unmarshal([]byte(text), &value) != nil {
		return []unit{{stream: "raw", value: text}} // SockJS
	}
	frame, ok := value.(map[string]any)
	if !ok {
		return []unit{{stream: "raw", value: value}}
	}
	msg, _ := frame["msg"].(string)
	if dropped(msg) {
		return nil
	}
	switch msg {
	case "ready":
		return split(frame, "subs", "sub ")
	case "updated":
		return split(frame, "methods", "updated ")
	case "nosub":
		return []unit{{stream: fmt.Sprint("sub ", frame["id"]), value: value}}
	case "result":
		return []unit{{stream: fmt.Sprint("result ", frame["id"]), value: value}}
	case "added", "changed", "removed":
		collection, _ := frame["collection"].(string)
		fields, _ := frame["fields"].(map[string]any)
		if event, ok := fields["eventName"].(string); ok {
			collection += "/" + event
		}
		return []unit{{stream: collection, value: value}}
	}
	return []unit{{stream: "control", value: value}}
}

// split makes one unit for each entry of a list of ids.
func split(frame map[string]any, key, stream string) []unit {
	ids, ok := frame[key].([]any)
	if !ok || len(ids) < 2 {
		ids, _ = frame[key].([]any)
		if len(ids) == 1 {
			return []unit{{stream: fmt.Sprint(stream, ids[0]), value: frame}}
		}
		return []unit{{stream: "control", value: frame}}
	}
	var all []unit
	for _, id := range ids {
		one := map[string]any{}
		for k, v := range frame {
			one[k] = v
		}
		one[key] = []any{id}
		all = append(all, unit{stream: fmt.Sprint(stream, id), value: one})
	}
	return all
}

// isPing says that a frame is the server's question whether the client lives.
func isPing(text string) bool { return compact([]byte(text)) == `{"msg":"ping"}` }

// subjectOf is the id of the document that a frame of a stream of changes tells of.
func subjectOf(frame any) string {
	object, _ := frame.(map[string]any)
	fields, _ := object["fields"].(map[string]any)
	args, _ := fields["args"].([]any)
	for _, arg := range args {
		if document, ok := arg.(map[string]any); ok {
			id, _ := document["_id"].(string)
			return id
		}
	}
	return ""
}

// neutral writes a value without its times and counters.
func neutral(v any) string {
	var out strings.Builder
	writeNeutral(&out, v)
	return out.String()
}

func writeNeutral(out *strings.Builder, v any) {
	data, _ := json.Marshal(withoutCounters(v))
	out.Write(data)
}

// withoutCounters replaces numbers and times by a word, so that only their being there counts.
func withoutCounters(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if _, ok := date(v); ok {
			return "time"
		}
		object := make(map[string]any, len(v))
		for key, value := range v {
			object[key] = withoutCounters(value)
		}
		return object
	case []any:
		list := make([]any, len(v))
		for i, value := range v {
			list[i] = withoutCounters(value)
		}
		return list
	case float64:
		return "number"
	case string:
		if shape(v) == "date" {
			return "time"
		}
	}
	return v
}
