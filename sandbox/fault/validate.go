package fault

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// FieldError says which part of a rule, or of another setting, is wrong. Field is its name in JSON, such as "match.path".
type FieldError struct {
	Field   string
	Problem string
}

func (e *FieldError) Error() string { return e.Field + ": " + e.Problem }

// layer is where a kind acts, and so what it can be matched by.
type layer int

const (
	onRequest layer = iota
	onAccept
	onFrame
)

var kinds = map[Kind]struct {
	layer layer
	needs []string
	takes []string
}{
	Delay:     {layer: onRequest, needs: []string{"delay"}},
	Status:    {layer: onRequest, needs: []string{"status"}, takes: []string{"body", "wait", "noLimitHeaders"}},
	HTML:      {layer: onRequest, takes: []string{"body"}},
	Truncate:  {layer: onRequest},
	Lost:      {layer: onRequest},
	Reset:     {layer: onRequest},
	Hang:      {layer: onRequest},
	CloseRace: {layer: onRequest},

	Refuse: {layer: onAccept},

	Duplicate:  {layer: onFrame},
	Reorder:    {layer: onFrame, takes: []string{"delay"}},
	Gap:        {layer: onFrame},
	DelayFrame: {layer: onFrame, needs: []string{"delay"}},
	Drop:       {layer: onFrame},
	Close:      {layer: onFrame, takes: []string{"code", "reason"}},
	HalfOpen:   {layer: onFrame},
}

// matchable are the fields of Match that mean something on a layer.
var matchable = map[layer][]string{
	onRequest: {"match.method", "match.path"},
	onFrame:   {"match.message", "match.collection", "match.event", "match.connection"},
}

// special are the fields that not every kind has a use for.
var special = []struct {
	field string
	isSet func(Rule) bool
}{
	{"match.method", func(r Rule) bool { return r.Match.Method != "" }},
	{"match.path", func(r Rule) bool { return r.Match.Path != "" }},
	{"match.message", func(r Rule) bool { return r.Match.Message != "" }},
	{"match.collection", func(r Rule) bool { return r.Match.Collection != "" }},
	{"match.event", func(r Rule) bool { return r.Match.Event != "" }},
	{"match.connection", func(r Rule) bool { return r.Match.Connection != 0 }},
	{"delay", func(r Rule) bool { return r.Delay != 0 }},
	{"status", func(r Rule) bool { return r.Status != 0 }},
	{"body", func(r Rule) bool { return r.Body != "" }},
	{"wait", func(r Rule) bool { return r.Wait != 0 }},
	{"noLimitHeaders", func(r Rule) bool { return r.NoLimitHeaders }},
	{"code", func(r Rule) bool { return r.Code != 0 }},
	{"reason", func(r Rule) bool { return r.Reason != "" }},
}

const (
	maxWait    = time.Hour
	maxPattern = 512
	maxAnswer  = 256 << 10
	maxReason  = 123 // a control frame has room for 125 bytes, two of them the code
)

var (
	idForm     = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	methodForm = regexp.MustCompile(`^[A-Z]{1,32}$`)
)

// bounds are what a field's value must keep to, whatever the kind.
var bounds = []struct {
	field   string
	isBad   func(Rule) bool
	problem string
}{
	{"id", func(r Rule) bool { return r.ID != "" && !idForm.MatchString(r.ID) },
		"must be 1 to 64 letters, digits, dots, dashes and underscores"},
	{"match.method", func(r Rule) bool { return r.Match.Method != "" && !methodForm.MatchString(r.Match.Method) },
		"must be a verb in capital letters"},
	{"match.path", func(r Rule) bool { return r.Match.Path != "" && !strings.HasPrefix(r.Match.Path, "/") },
		"must begin with /"},
	{"match.path", func(r Rule) bool { return badPattern(r.Match.Path) }, "must be at most 512 bytes of UTF-8"},
	{"match.message", func(r Rule) bool { return badPattern(r.Match.Message) }, "must be at most 512 bytes of UTF-8"},
	{"match.collection", func(r Rule) bool { return badPattern(r.Match.Collection) }, "must be at most 512 bytes of UTF-8"},
	{"match.event", func(r Rule) bool { return badPattern(r.Match.Event) }, "must be at most 512 bytes of UTF-8"},
	{"match.connection", func(r Rule) bool { return r.Match.Connection < 0 }, "must not be negative"},
	{"after", func(r Rule) bool { return r.After < 0 }, "must not be negative"},
	{"every", func(r Rule) bool { return r.Every < 0 }, "must not be negative"},
	{"every", func(r Rule) bool { return r.Every != 0 && r.Probability != 0 }, "cannot go with probability"},
	{"probability", func(r Rule) bool { return !(r.Probability >= 0 && r.Probability <= 1) }, "must be from 0 to 1"},
	{"times", func(r Rule) bool { return r.Times < 0 }, "must not be negative"},
	{"for", func(r Rule) bool { return r.For < 0 }, "must not be negative"},
	{"delay", func(r Rule) bool { return r.Delay < 0 || r.Delay > maxWait }, "must be from 0s to 1h"},
	{"status", func(r Rule) bool { return r.Status != 0 && (r.Status < 400 || r.Status > 599) }, "must be from 400 to 599"},
	{"body", func(r Rule) bool { return len(r.Body) > maxAnswer }, "must be at most 256 KiB"},
	{"wait", func(r Rule) bool { return r.Wait < 0 || r.Wait > maxWait }, "must be from 0s to 1h"},
	{"wait", func(r Rule) bool { return r.Wait != 0 && r.Status != 429 }, "goes with status 429 alone"},
	{"noLimitHeaders", func(r Rule) bool { return r.NoLimitHeaders && r.Status != 429 }, "goes with status 429 alone"},
	{"code", func(r Rule) bool { return r.Code != 0 && !sendable(r.Code) },
		"must be a close code that may be sent: 1000 to 1003, 1007 to 1014, 3000 to 4999"},
	{"reason", func(r Rule) bool { return len(r.Reason) > maxReason || !utf8.ValidString(r.Reason) },
		"must be at most 123 bytes of UTF-8"},
}

func badPattern(pattern string) bool { return len(pattern) > maxPattern || !utf8.ValidString(pattern) }

// sendable is RFC 6455, 7.4, and the codes registered since.
func sendable(code int) bool {
	return code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999
}

// validate names the first field that is wrong, as a *FieldError.
func (r Rule) validate() error {
	kind, known := kinds[r.Kind]
	switch {
	case r.Kind == "":
		return &FieldError{"kind", "is missing"}
	case !known:
		return &FieldError{"kind", fmt.Sprintf("there is no %q", r.Kind)}
	}
	for _, f := range special {
		used := slices.Contains(kind.needs, f.field) || slices.Contains(kind.takes, f.field) ||
			slices.Contains(matchable[kind.layer], f.field)
		switch {
		case !used && f.isSet(r):
			return &FieldError{f.field, fmt.Sprintf("has no use with the kind %q", r.Kind)}
		case slices.Contains(kind.needs, f.field) && !f.isSet(r):
			return &FieldError{f.field, fmt.Sprintf("is needed with the kind %q", r.Kind)}
		}
	}
	for _, b := range bounds {
		if b.isBad(r) {
			return &FieldError{b.field, b.problem}
		}
	}
	return nil
}
