package replay

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Difference is one place where ours is not what was recorded.
type Difference struct {
	// At is the label of an exchange, or connection, stream and number of a frame.
	At string
	// Path leads to the value inside, such as ".message.u.username"; "status" and "header x" for those.
	Path string
	// Want is the recorded value and Got is ours, as JSON; missing and extra for values that one side does not have.
	Want, Got string
}

const (
	missing = "(missing)"
	extra   = "(not recorded)"
)

func (d Difference) String() string {
	return fmt.Sprintf("%s: %s: want %s, got %s", d.At, d.Path, d.Want, d.Got)
}

// comparer walks two JSON values side by side. It learns ids on the way when told to.
type comparer struct {
	names *names
	learn bool
}

func (c comparer) compare(path string, want, got any) []Difference {
	if freeValue(path) {
		return nil
	}
	switch want := want.(type) {
	case map[string]any:
		if object, ok := got.(map[string]any); ok {
			return c.objects(path, want, object)
		}
	case []any:
		if list, ok := got.([]any); ok {
			return c.lists(path, want, list)
		}
	case string:
		text, ok := got.(string)
		if w, g := innerJSON(want), innerJSON(text); w != nil && g != nil {
			return c.compare(path, w, g)
		}
		if ok && c.texts(want, text) {
			return nil
		}
	case float64:
		if n, ok := got.(float64); ok && (n == want || freeNumber(path)) {
			return nil
		}
	default:
		if got == want {
			return nil
		}
	}
	return []Difference{{Path: path, Want: brief(want), Got: brief(got)}}
}

// innerJSON reads a text that is a JSON object, as method.call answers; nil for others.
func innerJSON(text string) any {
	var object map[string]any
	if !strings.HasPrefix(text, "{") || json.Unmarshal([]byte(text), &object) != nil {
		return nil
	}
	return object
}

func (c comparer) objects(path string, want, got map[string]any) []Difference {
	if w, ok := date(want); ok {
		if g, ok := date(got); ok && (w == g || !epoch(w) && !epoch(g)) {
			if c.learn {
				c.names.learnDate(w, g)
			}
			return nil
		}
	}
	keys := slices.Collect(maps.Keys(want))
	for key := range got {
		if _, both := want[key]; !both {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	var found []Difference
	for _, key := range keys {
		at := path + "." + key
		w, inWant := want[key]
		g, inGot := got[key]
		switch {
		case inWant && inGot:
			found = append(found, c.compare(at, w, g)...)
		case freeValue(at):
		case inWant:
			found = append(found, Difference{Path: at, Want: brief(w), Got: missing})
		default:
			found = append(found, Difference{Path: at, Want: extra, Got: brief(g)})
		}
	}
	return found
}

// lists compares item by item when that fits, else it looks for the items that belong together.
func (c comparer) lists(path string, want, got []any) []Difference {
	if strings.HasSuffix(path, ".uids") {
		got = c.names.inOrderOf(want, got)
	}
	got = c.breakTies(path, want, got)
	var found []Difference
	for _, pair := range c.align(path, want, got) {
		switch {
		case pair.got < 0:
			found = append(found, Difference{Path: fmt.Sprintf("%s[%d]", path, pair.want), Want: brief(want[pair.want]), Got: missing})
		case pair.want < 0:
			found = append(found, Difference{Path: fmt.Sprintf("%s[+%d]", path, pair.got), Want: extra, Got: brief(got[pair.got])})
		default:
			found = append(found, c.item(fmt.Sprintf("%s[%d]", path, pair.want), want[pair.want], got[pair.got])...)
		}
	}
	if len(found) == 0 {
		found = order(path, want, got)
	}
	return found
}

// item compares two items that belong together, and learns from them only if they are nearly equal: of two that merely stand in
// the same place, the ids mean nothing.
func (c comparer) item(path string, want, got any) []Difference {
	if c.learn {
		trial := comparer{names: c.names}
		c.learn = trial.cost(path, want, got) < nearly
	}
	return c.compare(path, want, got)
}

// order finds neighbours in a list of equal items that stand in another order of time than the recorded ones. Dates themselves
// are not compared, what came before what is.
func order(path string, want, got []any) []Difference {
	for i := 1; i < len(want); i++ {
		w, g := timeOf(want[i])-timeOf(want[i-1]), timeOf(got[i])-timeOf(got[i-1])
		if w > tie && g < 0 || w < -tie && g > 0 {
			return []Difference{{
				Path: fmt.Sprintf("%s[%d].ts", path, i),
				Want: fmt.Sprintf("%+d ms after the one before", w), Got: fmt.Sprintf("%+d ms", g),
			}}
		}
	}
	return nil
}

// tie is how close two messages are in milliseconds that were written at once: either may come first, see the rule "ties".
const tie = 5

// breakTies puts neighbours of a list that the recorded server wrote at once into the recorded order.
func (c comparer) breakTies(path string, want, got []any) []any {
	c.learn = false
	for i := 1; i < len(want) && i < len(got); i++ {
		gap := timeOf(want[i]) - timeOf(want[i-1])
		if timeOf(want[i]) == 0 || gap > tie || gap < -tie || len(c.compare(path, want[i-1], got[i-1])) == 0 {
			continue
		}
		if len(c.compare(path, want[i-1], got[i])) == 0 && len(c.compare(path, want[i], got[i-1])) == 0 {
			got = slices.Clone(got)
			got[i-1], got[i] = got[i], got[i-1]
		}
	}
	return got
}

// timeOf is when a message, or the message in a frame, was written; 0 for other values.
func timeOf(v any) int64 {
	object, _ := v.(map[string]any)
	if fields, ok := object["fields"].(map[string]any); ok {
		if args, _ := fields["args"].([]any); len(args) > 0 {
			object, _ = args[0].(map[string]any)
		}
	}
	switch ts := object["ts"].(type) {
	case string:
		return max(0, millis(ts))
	case map[string]any:
		ms, _ := date(ts)
		return ms
	}
	return 0
}

func (c comparer) texts(want, got string) bool {
	if want == got && shape(want) == "" {
		return true
	}
	if sameForm(want, got) {
		return true
	}
	want, got = neutralText(want), neutralText(got)
	w, g := word.FindAllStringIndex(want, -1), word.FindAllStringIndex(got, -1)
	if len(w) != len(g) {
		return false
	}
	endW, endG := 0, 0
	for i := range w {
		if want[endW:w[i][0]] != got[endG:g[i][0]] || !c.words(want[w[i][0]:w[i][1]], got[g[i][0]:g[i][1]]) {
			return false
		}
		endW, endG = w[i][1], g[i][1]
	}
	return want[endW:] == got[endG:]
}

func (c comparer) words(want, got string) bool {
	if shape(want) == "jwt" && shape(got) == "jwt" {
		return c.grants(want, got)
	}
	return c.names.sameWord(want, got, c.learn)
}

// date reads EJSON's {"$date": milliseconds}.
func date(o map[string]any) (int64, bool) {
	ms, ok := o["$date"].(float64)
	return int64(ms), ok && len(o) == 1
}

func brief(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return short(string(data))
}

func short(text string) string {
	if runes := []rune(text); len(runes) > 200 {
		return string(runes[:200]) + "..."
	}
	return text
}
