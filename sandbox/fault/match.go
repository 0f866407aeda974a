package fault

import (
	"fmt"
	"regexp"
	"strings"
)

// Frame says what is known of a frame that the server sends. Collection and Event are empty but for data frames.
type Frame struct {
	Message    string // msg
	Collection string // collection
	Event      string // fields.eventName
}

// isData says that a frame carries an event or a document and answers nothing.
func (f Frame) isData() bool {
	return f.Message == "added" || f.Message == "changed" || f.Message == "removed"
}

// target is what may go wrong: one request, one frame or one new connection.
type target struct {
	layer        layer
	method, path string // of a request
	connection   int    // of a frame
	frame        Frame
}

func (t target) String() string {
	switch t.layer {
	case onRequest:
		return t.method + " " + t.path
	case onFrame:
		about := strings.Join([]string{t.frame.Message, t.frame.Collection, t.frame.Event}, " ")
		return fmt.Sprintf("connection %d: %s", t.connection, strings.TrimSpace(about))
	default:
		return "a new connection"
	}
}

// matcher is a Match made ready.
type matcher struct {
	layer                            layer
	method                           string
	connection                       int
	path, message, collection, event *regexp.Regexp
}

func newMatcher(on layer, m Match) matcher {
	return matcher{
		layer: on, method: m.Method, connection: m.Connection,
		path: pattern(m.Path, true), message: pattern(m.Message, false),
		collection: pattern(m.Collection, false), event: pattern(m.Event, false),
	}
}

// wildcard is what stands for other characters in a pattern: * anywhere, and :name as a whole segment of a path.
var wildcard = regexp.MustCompile(`\*|/:\w+`)

// pattern is nil for an empty text, which matches all. A valid UTF-8 text is always a pattern.
func pattern(text string, isPath bool) *regexp.Regexp {
	if text == "" {
		return nil
	}
	var expr strings.Builder
	expr.WriteString(`(?s)\A`)
	done := 0
	for _, at := range wildcard.FindAllStringIndex(text, -1) {
		found := text[at[0]:at[1]]
		replacement := `.*`
		switch {
		case found != "*" && !isPath:
			continue
		case found != "*":
			replacement = `/[^/]+`
		}
		expr.WriteString(regexp.QuoteMeta(text[done:at[0]]) + replacement)
		done = at[1]
	}
	expr.WriteString(regexp.QuoteMeta(text[done:]) + `\z`)
	return regexp.MustCompile(expr.String())
}

func (m matcher) fits(t target) bool {
	switch {
	case m.layer != t.layer:
		return false
	case m.layer == onRequest:
		return (m.method == "" || m.method == t.method) && fits(m.path, t.path)
	case m.layer == onFrame:
		asked := fits(m.message, t.frame.Message)
		if m.message == nil {
			asked = t.frame.isData()
		}
		return asked && (m.connection == 0 || m.connection == t.connection) &&
			fits(m.collection, t.frame.Collection) && fits(m.event, t.frame.Event)
	}
	return true
}

func fits(pattern *regexp.Regexp, text string) bool {
	return pattern == nil || pattern.MatchString(text)
}
