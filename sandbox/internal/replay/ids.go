package replay

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// names knows which of our ids, tokens and times stand for which recorded ones. Between ids it is a bijection, learnt on first
// sight and never changed: an id that comes out as two different ones, or two as one, is a difference.
type names struct {
	ours     map[string]string
	recorded map[string]string
	dates    map[int64]int64 // milliseconds since 1970; only for dates inside requests, many to many
}

func newNames() *names {
	return &names{ours: map[string]string{}, recorded: map[string]string{}, dates: map[int64]int64{}}
}

// bind says that ours stands for the recorded id. What is known already stays.
func (n *names) bind(recorded, ours string) {
	if n.ours[recorded] == "" && n.recorded[ours] == "" {
		n.ours[recorded], n.recorded[ours] = ours, recorded
	}
}

// word finds what could be an id inside a text: a JWT, a date, or a run of letters, digits, dashes and underscores.
var word = regexp.MustCompile(`eyJ[\w-]+\.[\w-]+\.[\w-]+|\d{4}-\d\d-\d\dT\d\d(?::|%3A)\d\d(?::|%3A)\d\d\.\d{3}Z|[A-Za-z0-9_-]+`)

var (
	meteorID = regexp.MustCompile(`^[2-9A-HJ-NP-Za-km-z]+$`)
	hexID    = regexp.MustCompile(`^[0-9a-f]{24}$`)
	token    = regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`)
	guest    = regexp.MustCompile(`^guest-\d+$`)
	isoDate  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d(:|%3A)\d\d(:|%3A)\d\d\.\d{3}Z$`)
	random   = regexp.MustCompile(`\d|[A-Z].*[A-Z].*[A-Z]`) // tells an id from a long word
)

// shape is the kind of id that a word looks like, empty for other words. Only ids of one shape can stand for each other.
func shape(w string) string {
	switch {
	case len(w) == 17 && meteorID.MatchString(w) && random.MatchString(w):
		return "id"
	case len(w) == 34 && meteorID.MatchString(w) && random.MatchString(w):
		return "direct room" // the ids of its two users in a row
	case len(w) == 24 && isoDate.MatchString(w), len(w) == 28 && isoDate.MatchString(w):
		return "date"
	case hexID.MatchString(w):
		return "object id"
	case token.MatchString(w) && random.MatchString(w):
		return "token"
	case guest.MatchString(w):
		return "guest"
	case strings.HasPrefix(w, "eyJ") && strings.Count(w, ".") == 2:
		return "jwt"
	}
	return ""
}

// sameWord says whether our word can stand for the recorded one, and learns it when asked to.
func (n *names) sameWord(want, got string, learn bool) bool {
	kind := shape(want)
	switch {
	case kind == "date":
		if shape(got) != "date" {
			return false
		}
		w, g := millis(want), millis(got)
		if learn {
			n.learnDate(w, g)
		}
		return w == g || !epoch(w) && !epoch(g)
	case n.ours[want] != "":
		return n.ours[want] == got
	case kind == "":
		return want == got || n.sameParts(want, got, learn)
	case shape(got) != kind || n.recorded[got] != "":
		return false
	case learn:
		n.bind(want, got)
	}
	return true
}

// sameParts compares words that have an id as a part, such as "typing-<id>".
func (n *names) sameParts(want, got string, learn bool) bool {
	w, g := parts(want), parts(got)
	if len(w) < 2 || len(w) != len(g) {
		return false
	}
	for i := range w {
		if w[i] != g[i] && (shape(w[i]) == "" || !n.sameWord(w[i], g[i], learn)) {
			return false
		}
	}
	return true
}

func parts(w string) []string {
	return strings.FieldsFunc(w, func(r rune) bool { return r == '-' || r == '_' })
}

// substitute writes a recorded request the way our server knows it: recorded ids and dates become ours.
func (n *names) substitute(text string) string {
	text = jsonDate.ReplaceAllStringFunc(text, func(found string) string {
		digits := jsonDate.FindStringSubmatch(found)[1]
		ms, _ := strconv.ParseInt(digits, 10, 64)
		if ours, ok := n.dates[ms]; ok {
			return strings.Replace(found, digits, strconv.FormatInt(ours, 10), 1)
		}
		return found
	})
	return word.ReplaceAllStringFunc(text, func(w string) string {
		if ours := n.ours[w]; ours != "" {
			return ours
		}
		if ours, ok := n.dates[millis(w)]; ok && shape(w) == "date" {
			return formatLike(w, ours)
		}
		for _, part := range parts(w) {
			if ours := n.ours[part]; ours != "" && part != w {
				w = strings.Replace(w, part, ours, 1)
			}
		}
		return w
	})
}

// claim takes the ids of a request that nobody has seen before for the client's own: a message id it chose, a room it asks for.
func (n *names) claim(text string) {
	for _, w := range word.FindAllString(text, -1) {
		if kind := shape(w); kind != "" && kind != "date" {
			n.bind(w, w)
		}
	}
}

// toRecorded writes a text of ours in recorded ids, as far as they are known.
func (n *names) toRecorded(text string) string {
	return word.ReplaceAllStringFunc(text, func(w string) string {
		if recorded := n.recorded[w]; recorded != "" {
			return recorded
		}
		return w
	})
}

var jsonDate = regexp.MustCompile(`"\$date":\s*(\d+)`)

func (n *names) learnDate(recorded, ours int64) {
	if _, known := n.dates[recorded]; !known {
		n.dates[recorded] = ours
	}
}

const isoLayout = "2006-01-02T15:04:05.000Z"

func millis(date string) int64 {
	t, err := time.Parse(isoLayout, strings.ReplaceAll(date, "%3A", ":"))
	if err != nil {
		return -1
	}
	return t.UnixMilli()
}

func formatLike(date string, ms int64) string {
	text := time.UnixMilli(ms).UTC().Format(isoLayout)
	if strings.Contains(date, "%3A") {
		return strings.ReplaceAll(text, ":", "%3A")
	}
	return text
}

// epoch says that a date is a fixed one near 1970, which real servers write for "never"; it is not a time that passes.
func epoch(ms int64) bool { return ms < 1e12 }

// inOrderOf puts our ids in the places of the recorded ones that they stand for; those not known yet take the places left.
func (n *names) inOrderOf(recorded, ours []any) []any {
	if len(recorded) != len(ours) {
		return ours
	}
	places := make([]any, len(ours))
	var unknown []any
	for _, v := range ours {
		id, _ := v.(string)
		if i := slices.Index(recorded, any(n.recorded[id])); i >= 0 && places[i] == nil {
			places[i] = v
		} else {
			unknown = append(unknown, v)
		}
	}
	for i := range places {
		if places[i] == nil {
			places[i], unknown = unknown[0], unknown[1:]
		}
	}
	return places
}
