package fault

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestAddRefusesWhatMakesNoSense(t *testing.T) {
	for name, c := range map[string]struct {
		rule Rule
		want string
	}{
		"no kind":                                   {Rule{}, "fault: kind: is missing"},
		"an unknown kind":                           {Rule{Kind: "flood"}, `fault: kind: there is no "flood"`},
		"a delay of nothing":                        {Rule{Kind: Delay}, `fault: delay: is needed with the kind "delay"`},
		"a delay backwards":                         {Rule{Kind: Delay, Delay: -1}, "fault: delay: must be from 0s to 1h"},
		"a delay of a day":                          {Rule{Kind: Delay, Delay: 24 * time.Hour}, "fault: delay: must be from 0s to 1h"},
		"a status without a status":                 {Rule{Kind: Status}, `fault: status: is needed with the kind "status"`},
		"a status that is no error":                 {Rule{Kind: Status, Status: 302}, "fault: status: must be from 400 to 599"},
		"a status of six hundred":                   {Rule{Kind: Status, Status: 600}, "fault: status: must be from 400 to 599"},
		"a web page with a status":                  {Rule{Kind: HTML, Status: 502}, `fault: status: has no use with the kind "html"`},
		"a wait for a 503":                          {Rule{Kind: Status, Status: 503, Wait: 1}, "fault: wait: goes with status 429 alone"},
		"limit headers of a 503":                    {Rule{Kind: Status, Status: 503, NoLimitHeaders: true}, "fault: noLimitHeaders: goes with status 429 alone"},
		"a huge body":                               {Rule{Kind: HTML, Body: strings.Repeat("x", 256<<10+1)}, "fault: body: must be at most 256 KiB"},
		"a request matched by collection":           {Rule{Kind: Lost, Match: Match{Collection: "x"}}, `fault: match.collection: has no use with the kind "lost"`},
		"a frame matched by path":                   {Rule{Kind: Gap, Match: Match{Path: "/x"}}, `fault: match.path: has no use with the kind "gap"`},
		"a TCP connection matched by number":        {Rule{Kind: Refuse, Match: Match{Connection: 1}}, `fault: match.connection: has no use with the kind "refuse"`},
		"a path that is none":                       {Rule{Kind: Lost, Match: Match{Path: "websocket"}}, "fault: match.path: must begin with /"},
		"a path of broken UTF-8":                    {Rule{Kind: Lost, Match: Match{Path: "/\xff"}}, "fault: match.path: must be at most 512 bytes of UTF-8"},
		"a long event":                              {Rule{Kind: Gap, Match: Match{Event: strings.Repeat("x", 513)}}, "fault: match.event: must be at most 512 bytes of UTF-8"},
		"a verb in small letters":                   {Rule{Kind: Lost, Match: Match{Method: "get"}}, "fault: match.method: must be a verb in capital letters"},
		"an id with a slash":                        {Rule{ID: "a/b", Kind: Lost}, "fault: id: must be 1 to 64 letters, digits, dots, dashes and underscores"},
		"a negative after":                          {Rule{Kind: Lost, After: -1}, "fault: after: must not be negative"},
		"a negative every":                          {Rule{Kind: Lost, Every: -1}, "fault: every: must not be negative"},
		"a negative times":                          {Rule{Kind: Lost, Times: -1}, "fault: times: must not be negative"},
		"a negative for":                            {Rule{Kind: Lost, For: -1}, "fault: for: must not be negative"},
		"every and probability":                     {Rule{Kind: Lost, Every: 2, Probability: 0.5}, "fault: every: cannot go with probability"},
		"a probability above one":                   {Rule{Kind: Lost, Probability: 1.1}, "fault: probability: must be from 0 to 1"},
		"a probability that is no number":           {Rule{Kind: Lost, Probability: math.NaN()}, "fault: probability: must be from 0 to 1"},
		"a code that no server may send":            {Rule{Kind: Close, Code: 1006}, "fault: code: must be a close code that may be sent: 1000 to 1003, 1007 to 1014, 3000 to 4999"},
		"a code for an end without a frame":         {Rule{Kind: Drop, Code: 1001}, `fault: code: has no use with the kind "drop"`},
		"a reason too long for a control frame":     {Rule{Kind: Close, Reason: strings.Repeat("x", 124)}, "fault: reason: must be at most 123 bytes of UTF-8"},
		"a reason too long only when it is counted": {Rule{Kind: Close, Reason: strings.Repeat("ä", 62)}, "fault: reason: must be at most 123 bytes of UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := injector(t).Add(c.rule)
			var field *FieldError
			if !errors.As(err, &field) {
				t.Fatalf("the error is %v, wanted is one that names a field", err)
			}
			if err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestIds(t *testing.T) {
	i := injector(t, Rule{ID: "fault-2", Kind: Lost})
	t.Run("a made-up id passes over one that is taken", func(t *testing.T) {
		got := []string{add(t, i, Rule{Kind: Lost}), add(t, i, Rule{Kind: Lost})}
		if diff := cmp.Diff([]string{"fault-1", "fault-3"}, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("an id is had once", func(t *testing.T) {
		if _, err := i.Add(Rule{ID: "fault-2", Kind: Lost}); !errors.Is(err, ErrTaken) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a removed rule leaves its id free", func(t *testing.T) {
		if !i.Remove("fault-2") || i.Remove("fault-2") {
			t.Error("a rule is to be removed once")
		}
		add(t, i, Rule{ID: "fault-2", Kind: Lost})
	})
	t.Run("after Clear ids begin again", func(t *testing.T) {
		i.Clear()
		if id := add(t, i, Rule{Kind: Lost}); id != "fault-1" || len(i.Rules()) != 1 {
			t.Errorf("got %s among %d", id, len(i.Rules()))
		}
	})
	t.Run("there is an end to the rules", func(t *testing.T) {
		i.Clear()
		for range maxRules {
			add(t, i, Rule{Kind: Lost})
		}
		if _, err := i.Add(Rule{Kind: Lost}); !errors.Is(err, ErrTooMany) {
			t.Errorf("got %v", err)
		}
	})
}

func TestRuleInJSON(t *testing.T) {
	full := Rule{
		ID: "slow", Kind: Status, Match: Match{Method: "POST", Path: "/api/*"},
		After: 2, Every: 3, Times: 4, For: time.Minute, Status: 429, Body: "{}", Wait: 1500 * time.Millisecond, NoLimitHeaders: true,
	}
	const fullText = `{"id":"slow","kind":"status","match":{"method":"POST","path":"/api/*"},"after":2,"every":3,"times":4,` +
		`"status":429,"body":"{}","noLimitHeaders":true,"for":"1m0s","wait":"1.5s"}`
	frame := Rule{
		Kind: Reorder, Match: Match{Message: "*", Collection: "c", Event: "e", Connection: 7}, Probability: 0.25, Delay: time.Second,
	}
	const frameText = `{"kind":"reorder","match":{"message":"*","collection":"c","event":"e","connection":7},"delay":"1s","probability":0.25}`
	for name, c := range map[string]struct {
		rule Rule
		text string
	}{
		"a rule for requests":   {full, fullText},
		"a rule for frames":     {frame, frameText},
		"an end of connections": {Rule{Kind: Close, Code: 1012, Reason: "bye"}, `{"kind":"close","code":1012,"reason":"bye"}`},
	} {
		t.Run(name+" reads as it is written", func(t *testing.T) {
			text, err := json.Marshal(c.rule)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.text, string(text)); diff != "" {
				t.Error(diff)
			}
			var back Rule
			if err := json.Unmarshal(text, &back); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.rule, back); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRuleJSONThatIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"an unknown field":            {`{"kind":"lost","colour":"red"}`, "colour: there is no such field"},
		"an unknown field of match":   {`{"kind":"lost","match":{"host":"x"}}`, "host: there is no such field"},
		"a text for a number":         {`{"kind":"lost","times":"3"}`, "times: is a JSON string, wanted is a whole number"},
		"a number for a text":         {`{"kind":3}`, "kind: is a JSON number, wanted is a string"},
		"a text for an object":        {`{"kind":"lost","match":"/x"}`, "match: is a JSON string, wanted is an object"},
		"a wrong type within match":   {`{"kind":"lost","match":{"path":1}}`, "match.path: is a JSON number, wanted is a string"},
		"a text for a probability":    {`{"probability":"half"}`, "probability: is a JSON string, wanted is a number"},
		"a duration without its unit": {`{"delay":250}`, "delay: is a JSON number, wanted is a string"},
		"a duration in words":         {`{"delay":"soon"}`, `delay: "soon" is no duration such as "250ms"`},
		"a probability of nothing":    {`{"kind":"lost","probability":0}`, "probability: must be above 0; leave it out for always"},
		"a list":                      {`[]`, "is a JSON array, wanted is an object"},
	} {
		t.Run(name, func(t *testing.T) {
			var rule Rule
			if err := json.Unmarshal([]byte(c.text), &rule); fmt.Sprint(err) != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func FuzzRule(f *testing.F) {
	f.Add([]byte(`{"kind":"status","status":429,"wait":"1s","noLimitHeaders":true,"match":{"method":"GET","path":"/a/:b*"}}`), "/a/b")
	f.Add([]byte(`{"id":"x","kind":"reorder","probability":0.5,"delay":"1h","match":{"event":"*/(.[","connection":3}}`), "/")
	f.Add([]byte(`{"kind":"close","code":4000,"reason":"é","every":2,"after":1,"times":9,"for":"3s"}`), "*")
	f.Fuzz(func(t *testing.T, data []byte, path string) {
		var rule Rule
		if json.Unmarshal(data, &rule) != nil {
			return
		}
		i := New(1, time.Now)
		id, err := i.Add(rule)
		if err != nil {
			var field *FieldError
			if !errors.As(err, &field) || field.Field == "" {
				t.Fatalf("an error names its field, this one does not: %v", err)
			}
			return
		}
		i.decide(target{layer: onRequest, method: "GET", path: path}) // no pattern that was accepted panics
		i.decide(target{layer: onFrame, connection: 1, frame: Frame{"changed", path, path}})
		stored := i.Rules()[0].Rule
		text, err := json.Marshal(stored)
		if err != nil {
			t.Fatal(err)
		}
		var back Rule
		if err := json.Unmarshal(text, &back); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(stored, back); diff != "" {
			t.Error(diff)
		}
		if back.ID != id || i.Fired(id) > 2 {
			t.Errorf("%s fired %d times", id, i.Fired(id))
		}
	})
}
