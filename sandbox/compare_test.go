package sandbox_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"sort"
	"strings"
)

// Values that two servers cannot have in common: times, ids, addresses, durations. Each is recognised by its form on both
// sides; an id must also stand for the same recorded id everywhere.
var (
	isoShape   = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
	guestShape = regexp.MustCompile(`^guest-\d+$`)
	idShape    = regexp.MustCompile(`^([23456789A-HJ-NP-Za-km-z]{17}|[0-9a-f]{24})$`)
	hostShape  = regexp.MustCompile(`^http://(localhost|127\.0\.0\.1):\d+`)
	waitShape  = regexp.MustCompile(`You must wait \d+ seconds`)
	// duration is the path of a number that measures time.
	duration = regexp.MustCompile(`\.metrics\.(response|reaction)\.(avg|ft|tt)$|\.timeToReset$`)
)

// compare lists where ours differs from the recorded value.
func (r *replay) compare(path string, want, got any) []string {
	for ignored := range r.sc.ignore {
		if strings.HasSuffix(path, ignored) {
			return nil
		}
	}
	switch want := want.(type) {
	case map[string]any:
		return r.compareObjects(path, want, got)
	case []any:
		list, ok := got.([]any)
		orderArrivals(want)
		orderArrivals(list)
		if !ok || len(list) != len(want) {
			return []string{fmt.Sprintf("%s: got %s, want %s", path, brief(got), brief(want))}
		}
		var problems []string
		for i := range want {
			problems = append(problems, r.compare(fmt.Sprintf("%s[%d]", path, i), want[i], list[i])...)
		}
		return problems
	case string:
		if text, ok := got.(string); ok && r.sameText(want, text) {
			return nil
		}
	case float64:
		if n, ok := got.(float64); ok && (n == want || duration.MatchString(path)) {
			return nil
		}
	default:
		if got == want {
			return nil
		}
	}
	return []string{fmt.Sprintf("%s: got %s, want %s", path, brief(got), brief(want))}
}

func (r *replay) compareObjects(path string, want map[string]any, got any) []string {
	object, ok := got.(map[string]any)
	if !ok {
		return []string{fmt.Sprintf("%s: got %s, want %s", path, brief(got), brief(want))}
	}
	if isDate(want) && isDate(object) {
		return nil
	}
	keys := map[string]bool{}
	for key := range want {
		keys[key] = true
	}
	for key := range object {
		keys[key] = true
	}
	sorted := make([]string, 0, len(keys))
	for key := range keys {
		sorted = append(sorted, key)
	}
	sort.Strings(sorted)
	var problems []string
	for _, key := range sorted {
		at := path + "." + key
		_, inWant := want[key]
		_, inGot := object[key]
		switch {
		case inWant && inGot:
			problems = append(problems, r.compare(at, want[key], object[key])...)
		case len(r.compare(at, nil, "")) == 0: // ignored
		case inWant:
			problems = append(problems, at+": missing, want "+brief(want[key]))
		default:
			problems = append(problems, at+": not recorded, got "+brief(object[key]))
		}
	}
	return problems
}

// orderArrivals puts "connected" before the "uj" beside it: a real server writes both at once, and either comes first.
func orderArrivals(list []any) {
	for i := 1; i < len(list); i++ {
		before, _ := list[i-1].(map[string]any)
		after, _ := list[i].(map[string]any)
		if before["t"] == "uj" && after["t"] == "command" && after["msg"] == "connected" {
			list[i-1], list[i] = after, before
		}
	}
}

func isDate(o map[string]any) bool {
	_, ok := o["$date"].(float64)
	return ok && len(o) == 1
}

// sameText compares texts, and learns which of our ids and times stand for recorded ones.
func (r *replay) sameText(want, got string) bool {
	if ours, known := r.ids[want]; known && !isoShape.MatchString(want) {
		return ours == got
	}
	switch {
	case isoShape.MatchString(want) && isoShape.MatchString(got):
		r.bind(want, got)
	case guestShape.MatchString(want) && guestShape.MatchString(got),
		idShape.MatchString(want) && idShape.MatchString(got) && len(want) == len(got):
		r.bind(want, got)
	default:
		return r.neutral(r.ours(want)) == r.neutral(got)
	}
	return true
}

func (r *replay) neutral(text string) string {
	return waitShape.ReplaceAllString(hostShape.ReplaceAllString(text, "http://host"), "You must wait N seconds")
}

func brief(v any) string {
	data, _ := json.Marshal(v)
	if len(data) > 160 {
		return string(data[:160]) + "..."
	}
	return string(data)
}
