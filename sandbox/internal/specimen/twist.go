package specimen

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// odd are values that stand where others are expected.
var odd = []json.RawMessage{
	json.RawMessage(`null`), json.RawMessage(`true`), json.RawMessage(`false`), json.RawMessage(`0`), json.RawMessage(`-1`), json.RawMessage(`1.5`),
	json.RawMessage(`-9223372036854775808`), json.RawMessage(`9223372036854775807`), json.RawMessage(`1e999`), json.RawMessage(`""`),
	json.RawMessage(`" "`), json.RawMessage(`"$room"`), json.RawMessage(`"$token"`), json.RawMessage(`"$message"`), json.RawMessage(`"$admin"`),
	json.RawMessage(`"\ud800\u0000@all #general :smile: *b*"`), json.RawMessage(`"("`), json.RawMessage(`[]`), json.RawMessage(`{}`),
	json.RawMessage(`[null]`), json.RawMessage(`[[]]`), json.RawMessage(`[{}]`), json.RawMessage(`["a"]`), json.RawMessage(`{"a":{"b":[]}}`),
	json.RawMessage(`{"_id":"$message"}`), json.RawMessage(`{"$date":9223372036854775807}`), json.RawMessage(`{"$date":"x"}`),
}

// Twists is how many twists Twist knows of a text.
func Twists(text string) int {
	t := &twister{at: -1}
	t.all(text)
	return t.seen * len(odd)
}

// Twist replaces one of the values in the lines of a text that are JSON by an odd one. Mutations of single bytes, which is what fuzzing
// makes, hardly ever put a value of another kind there. Zero changes nothing, and what is none of Twists does neither.
func Twist(text string, twist uint16) string {
	if twist == 0 {
		return text
	}
	t := &twister{at: int(twist-1) / len(odd), with: odd[int(twist-1)%len(odd)]}
	return t.all(text)
}

// twister counts values until it comes to the one that it replaces.
type twister struct {
	at, seen int
	with     json.RawMessage
}

func (t *twister) all(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		dec := json.NewDecoder(strings.NewReader(line))
		dec.UseNumber()
		var v any
		if dec.Decode(&v) != nil || dec.More() {
			continue
		}
		before := t.seen
		twisted := t.value(v)
		if t.at < before || t.at >= t.seen {
			continue
		}
		var out bytes.Buffer
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		if enc.Encode(twisted) == nil {
			lines[i] = strings.TrimSuffix(out.String(), "\n")
		}
	}
	return strings.Join(lines, "\n")
}

func (t *twister) value(v any) any {
	t.seen++
	if t.seen-1 == t.at {
		return t.with
	}
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = t.value(v[i])
		}
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			v[key] = t.value(v[key])
		}
	}
	return v
}
