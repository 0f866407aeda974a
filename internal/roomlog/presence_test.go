package roomlog_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rocketline/rocketline/internal/roomlog"
)

var noon = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

func at(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }

func TestWhatIsNewsOfPresence(t *testing.T) {
	const life = 15_000
	p := roomlog.NewPresence[bool](8, 2*time.Second)
	for i, c := range []struct {
		ms    int
		value bool
		news  bool
	}{
		{0, false, false}, // nothing becomes nothing
		{0, true, true},
		{100, true, false},  // the same, by another way
		{1999, true, false}, // and still
		{2000, true, true},  // this is a repetition, which lives longer
		{3999, true, false}, // counted from there
		{4000, false, true},
		{4001, false, false},
		{4002, true, true},
		{4003, false, true},
		{4004, true, true},
		{4004 + life, false, true}, // the last moment of its life
		{20_000, true, true},
		{20_001 + life, false, false}, // it ended by itself
		{20_002 + life, true, true},
	} {
		if got := p.Set("vera", c.value, at(c.ms), at(c.ms+life)); got != c.news {
			t.Errorf("step %d is news: %v", i, got)
		}
	}
}

func TestAValueThatIsOverIsNewsAgainAtOnce(t *testing.T) {
	p := roomlog.NewPresence[bool](8, 2*time.Second)
	p.Set("vera", true, at(0), at(500))
	if !p.Set("vera", true, at(501), at(1001)) {
		t.Error("it is taken for the echo of what is over")
	}
}

func TestPresenceIsToldByWhatChangedLast(t *testing.T) {
	p := roomlog.NewPresence[string](8, time.Second)
	p.Set("vera", "online", at(0), time.Time{})
	p.Set("ann", "online", at(1), at(5000))
	p.Set("vera", "away", at(2), time.Time{})
	vera := roomlog.Present[string]{Key: "vera", Value: "away", At: at(2)}
	ann := roomlog.Present[string]{Key: "ann", Value: "online", At: at(1), Expires: at(5000)}
	for name, c := range map[string]struct {
		number uint64
		now    time.Time
		want   []roomlog.Present[string]
	}{
		"all, the latest of each":            {0, at(5000), []roomlog.Present[string]{ann, vera}},
		"what changed after the second":      {2, at(5000), []roomlog.Present[string]{vera}},
		"nothing since":                      {3, at(5000), nil},
		"one is over, one never":             {0, at(5001), []roomlog.Present[string]{vera}},
		"one that is over does not come new": {1, at(9000), []roomlog.Present[string]{vera}},
	} {
		got, latest := p.Since(c.number, c.now)
		if diff := cmp.Diff(c.want, got); diff != "" || latest != 3 || p.Number() != 3 {
			t.Errorf("%s: latest %d; %s", name, latest, diff)
		}
	}
	p.Set("vera", "", at(3), time.Time{}) // that she went is told too
	got, latest := p.Since(3, at(3))
	if diff := cmp.Diff([]roomlog.Present[string]{{Key: "vera", At: at(3)}}, got); diff != "" || latest != 4 {
		t.Errorf("latest %d; %s", latest, diff)
	}
}

func TestPresenceIsBoundedAndTheOldestGoes(t *testing.T) {
	p := roomlog.NewPresence[bool](3, time.Second)
	for n := range 10 {
		p.Set(fmt.Sprint(n), true, at(n), at(n+1000))
	}
	p.Set("7", false, at(11), at(1000)) // is known, so nobody goes; and is the newest now
	p.Set("new", true, at(12), at(1000))
	var keys []string
	got, _ := p.Since(0, at(12))
	for _, v := range got {
		keys = append(keys, v.Key)
	}
	if diff := cmp.Diff([]string{"9", "7", "new"}, keys); diff != "" {
		t.Error(diff)
	}
}

// A reader that looks now and then knows of everybody what is so at that moment, whatever it did not see, as long as names are few.
func TestAReaderOfPresenceKnowsWhatIsSo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const life = 50
		p := roomlog.NewPresence[int](4, 0)
		so, known := map[string]roomlog.Present[int]{}, map[string]roomlog.Present[int]{}
		var number uint64
		ms := 0
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			ms += rapid.IntRange(0, 20).Draw(t, "later")
			v := roomlog.Present[int]{
				Key:   rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "key"),
				Value: rapid.IntRange(0, 2).Draw(t, "value"), At: at(ms), Expires: at(ms + life),
			}
			if p.Set(v.Key, v.Value, v.At, v.Expires) {
				so[v.Key] = v
			}
			if rapid.Bool().Draw(t, "look") {
				var news []roomlog.Present[int]
				news, number = p.Since(number, at(ms))
				for _, v := range news {
					known[v.Key] = v
				}
				if diff := cmp.Diff(living(so, at(ms)), living(known, at(ms))); diff != "" {
					t.Fatal(diff)
				}
			}
		}
	})
}

// living is what is there and not over.
func living(all map[string]roomlog.Present[int], now time.Time) map[string]int {
	out := map[string]int{}
	for key, v := range all {
		if v.Value != 0 && !v.Expires.Before(now) {
			out[key] = v.Value
		}
	}
	return out
}
