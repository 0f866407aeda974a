package graph

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

type town struct {
	name    string
	people  []*person
	byName  map[string]*person
	ages    map[*person]int
	founded time.Time
	random  *rand.PCG
	notes   map[string]any
	greet   func() `state:"-"`
	place
}

type place struct{ x, y float64 }

type person struct {
	name   string
	friend *person
	home   *town
}

func example() *town {
	ann, bob := &person{name: "ann"}, &person{name: "bob"}
	ann.friend, bob.friend = bob, ann
	t := &town{
		name: "here", greet: func() {}, people: []*person{ann, bob}, byName: map[string]*person{"ann": ann}, ages: map[*person]int{bob: 42},
		founded: time.Date(2026, 2, 3, 4, 5, 6, 789e6, time.UTC), random: rand.NewPCG(1, 2), place: place{1.5, -2},
		notes: map[string]any{
			"text": "a", "flag": true, "whole": 7, "half": 0.5, "when": time.UnixMilli(5).UTC(), "none": nil, "names": []string{"x"},
			"doc": map[string]any{"in": 1}, "docs": []map[string]any{{"k": "v"}}, "list": []any{1, "two", nil}, "number": json.Number("3"),
			"raw": json.RawMessage(`{"b":1,"a":2}`), "empty": []any{},
		},
	}
	ann.home = t
	return t
}

func TestAGraphComesBackWithItsSharingCyclesAndTypes(t *testing.T) {
	want := example()
	data, err := Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got town
	if err := Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	ann := got.byName["ann"]
	if ann != got.people[0] || ann.friend.friend != ann || got.ages[got.people[1]] != 42 || ann.home.people[0] != ann {
		t.Errorf("the sharing is lost: %+v", got)
	}
	if !reflect.DeepEqual(got.notes, want.notes) {
		t.Errorf("notes are %#v, want %#v", got.notes, want.notes)
	}
	if got.name != want.name || !got.founded.Equal(want.founded) || got.place != want.place || got.random.Uint64() != want.random.Uint64() {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestALongChainIsNoDeepDocument(t *testing.T) {
	first := &person{}
	for p, i := first, 0; i < 50_000; i++ {
		p.friend = &person{}
		p = p.friend
	}
	data, err := Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	var got person
	if err := Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	n := 0
	for p := got.friend; p != nil; p = p.friend {
		n++
	}
	if n != 50_000 {
		t.Errorf("%d came back", n)
	}
}

func TestWhatHasNoFormIsAnErrorWithItsPath(t *testing.T) {
	type inner struct{ done chan int }
	type outer struct{ parts map[string]inner }
	for name, root := range map[string]any{
		"parts.a.done":   &outer{map[string]inner{"a": {make(chan int)}}},
		"notes.odd":      &town{notes: map[string]any{"odd": struct{}{}}},
		"want a pointer": town{},
	} {
		if _, err := Marshal(root); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("got %v, want %s", err, name)
		}
	}
}

func TestADamagedDocumentIsAnError(t *testing.T) {
	for _, data := range []string{
		``, `{`, `[]`, `{"root":1}`, `{"root":{"name":1}}`, `{"root":{"nobody":"x"}}`, `{"root":{"people":[1]},"objects":[]}`,
		`{"root":{"people":[-1]},"objects":[]}`, `{"root":{"notes":{"a":{"person":1}}}}`, `{"root":{"notes":{"a":{}}}}`,
		`{"root":{"people":[1]},"objects":[{"home":1}]}`, `{"root":{"founded":"soon"}}`, `{"root":{"random":"AA=="}}`, `{"root":{},"more":1}`,
	} {
		if err := Unmarshal([]byte(data), &town{}); err == nil && data != `{"root":{"random":"AA=="}}` {
			t.Errorf("%s: no error", data)
		}
	}
}

func FuzzUnmarshal(f *testing.F) {
	data, err := Marshal(example())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"root":{"people":[1]},"objects":[{"friend":1}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var got town
		if Unmarshal(data, &got) != nil {
			return
		}
		if _, err := Marshal(&got); err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
	})
}
