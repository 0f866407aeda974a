package fault

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ask puts requests to a path before the injector, one after the other.
func ask(i *Injector, path string, times int) {
	for range times {
		i.decide(target{layer: onRequest, method: "GET", path: path})
	}
}

// positions are the matches at which a rule fired.
func positions(i *Injector, id string) []int {
	var list []int
	for _, e := range i.Log() {
		if e.Rule == id {
			list = append(list, e.Nth)
		}
	}
	return list
}

func TestWhenARuleFires(t *testing.T) {
	for name, c := range map[string]struct {
		rule Rule
		want []int
	}{
		"always":                            {Rule{}, []int{1, 2, 3, 4, 5, 6, 7, 8}},
		"always, with a probability of one": {Rule{Probability: 1}, []int{1, 2, 3, 4, 5, 6, 7, 8}},
		"every third":                       {Rule{Every: 3}, []int{3, 6}},
		"every first":                       {Rule{Every: 1, Times: 2}, []int{1, 2}},
		"after some":                        {Rule{After: 5}, []int{6, 7, 8}},
		"twice":                             {Rule{Times: 2}, []int{1, 2}},
		"once, at the fourth":               {Rule{After: 3, Times: 1}, []int{4}},
		"every second after three, twice":   {Rule{After: 3, Every: 2, Times: 2}, []int{5, 7}},
	} {
		t.Run(name, func(t *testing.T) {
			c.rule.Kind = Lost
			i := injector(t)
			id := add(t, i, c.rule)
			ask(i, "/", 8)
			if diff := cmp.Diff(c.want, positions(i, id)); diff != "" {
				t.Error(diff)
			}
			state := i.Rules()[0]
			if state.Matched != 8 || state.Fired != len(c.want) || i.Fired(id) != len(c.want) {
				t.Errorf("it counts %d matched, %d fired", state.Matched, state.Fired)
			}
			if spent := c.rule.Times > 0; state.Spent != spent {
				t.Errorf("spent is %v", state.Spent)
			}
		})
	}
	t.Run("for a while", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			i := injector(t)
			id := add(t, i, Rule{Kind: Lost, For: time.Minute})
			ask(i, "/", 2)
			time.Sleep(time.Minute - 1)
			ask(i, "/", 1)
			time.Sleep(time.Nanosecond)
			ask(i, "/", 1)
			if diff := cmp.Diff([]int{1, 2, 3}, positions(i, id)); diff != "" {
				t.Error(diff)
			}
			if !i.Rules()[0].Spent {
				t.Error("it is not spent")
			}
		})
	})
}

func TestSeed(t *testing.T) {
	const asked = 200
	rule := Rule{Kind: Lost, Probability: 0.3, Match: Match{Path: "/a"}}
	run := func(t *testing.T, seed uint64, disturb func(*Injector)) []int {
		i := seeded(t, seed)
		id := add(t, i, rule)
		disturb(i)
		ask(i, "/a", asked)
		return positions(i, id)
	}
	alone := func(*Injector) {}
	first := run(t, 1, alone)

	t.Run("the same seed fires at the same positions", func(t *testing.T) {
		if diff := cmp.Diff(first, run(t, 1, alone)); diff != "" {
			t.Error(diff)
		}
		if len(first) < asked/5 || len(first) > asked/2 {
			t.Errorf("of %d, 30%% are not %d", asked, len(first))
		}
	})
	t.Run("another seed fires at others", func(t *testing.T) {
		if slices.Equal(first, run(t, 2, alone)) {
			t.Error("they are the same")
		}
	})
	t.Run("another id fires at others", func(t *testing.T) {
		i := seeded(t, 1, Rule{ID: "other", Kind: Lost, Probability: 0.3})
		ask(i, "/a", asked)
		if slices.Equal(first, positions(i, "other")) {
			t.Error("they are the same")
		}
	})
	t.Run("a rule on the same requests changes nothing", func(t *testing.T) {
		got := run(t, 1, func(i *Injector) { add(t, i, Rule{ID: "first-of-all", Kind: Reset, Probability: 0.5}) })
		if diff := cmp.Diff(first, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("concurrent use of another rule changes nothing", func(t *testing.T) {
		var busy sync.WaitGroup
		defer busy.Wait()
		got := run(t, 1, func(i *Injector) {
			add(t, i, Rule{ID: "elsewhere", Kind: Reset, Probability: 0.5, Times: 50, Match: Match{Path: "/b"}})
			for range 4 {
				busy.Go(func() { ask(i, "/b", asked/2) })
			}
		})
		if diff := cmp.Diff(first, got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("after Clear all is as in the beginning", func(t *testing.T) {
		got := run(t, 1, func(i *Injector) {
			ask(i, "/a", 17)
			i.Clear()
			add(t, i, rule)
		})
		if diff := cmp.Diff(first, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestLog(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	i := New(1, func() time.Time { return at })
	add(t, i, Rule{ID: "r", Kind: Lost, After: 1, Times: 1})
	add(t, i, Rule{ID: "f", Kind: Gap})
	add(t, i, Rule{ID: "c", Kind: Refuse})
	ask(i, "/x", 3)
	i.decide(target{layer: onFrame, connection: 2, frame: Frame{"changed", "users", ""}})
	i.decide(target{layer: onAccept})
	t.Run("it says what fired, when and at what", func(t *testing.T) {
		if diff := cmp.Diff([]Event{
			{At: at, Rule: "r", Kind: Lost, Nth: 2, On: "GET /x"},
			{At: at, Rule: "f", Kind: Gap, Nth: 1, On: "connection 2: changed users"},
			{At: at, Rule: "c", Kind: Refuse, Nth: 1, On: "a new connection"},
		}, i.Log()); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("it keeps the newest, and no more than a thousand", func(t *testing.T) {
		add(t, i, Rule{ID: "many", Kind: Lost})
		ask(i, "/x", 3*keptEvents)
		log := i.Log()
		if len(log) < keptEvents/2 || len(log) > keptEvents || log[len(log)-1].Nth != 3*keptEvents {
			t.Errorf("it keeps %d, the last is %+v", len(log), log[len(log)-1])
		}
	})
}

func TestEveryKindIsDocumented(t *testing.T) {
	doc, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	for kind := range kinds {
		if !strings.Contains(string(doc), "\n//\t"+string(kind)+" ") {
			t.Errorf("the table has no row for %s", kind)
		}
	}
}
