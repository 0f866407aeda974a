package page_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/page"
)

func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

func document(id string, ms int64) rocketchat.Message {
	return rocketchat.Message{ID: id, CreatedAt: at(ms)}
}

func TestATokenSurvivesItsText(t *testing.T) {
	back := page.Older([]rocketchat.Message{document("c", 7), document("b", 5), document("a", 5)})
	for name, want := range map[string]page.Backward{
		"the beginning":          {},
		"a time alone":           {UpTo: at(1795225217445)},
		"a place within it":      {UpTo: at(1795225217445), After: "someDocument", Limit: 5000},
		"what was told of it":    back,
		"the longest kind of id": {UpTo: at(1), After: strings.Repeat("x", 1024)},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := page.ParseBackward(want.String("room"), "room")
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
	for name, want := range map[string]page.Forward{
		"nothing but a step": {Step: 100},
		"everything": {
			Floor: at(1795225217445), After: "someDocument", Given: back.Given, Step: 500, Ends: []time.Time{at(1795225217446), at(1795225299999)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := page.ParseForward(want.String("room"), "room")
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

func TestWhatIsNoTokenIsRefused(t *testing.T) {
	backward := page.Backward{UpTo: at(1795225217445), After: "a"}.String("room")
	forward := page.Forward{Floor: at(1795225217445), Step: 100}.String("room")
	encoded := base64.RawURLEncoding.EncodeToString
	for name, tt := range map[string]struct{ backward, forward string }{
		"the other order's":   {forward, backward},
		"cut off":             {backward[:len(backward)-2], forward[:len(forward)-2]},
		"longer":              {backward + "AA", forward + "AA"},
		"another character":   {"X" + backward[1:], "X" + forward[1:]},
		"words":               {"the second page, please", "the second page, please"},
		"nothing in base64":   {encoded([]byte{0, 0, 0, 0}), encoded([]byte{0x22, 0, 0, 0, 0})},
		"of an older version": {encoded([]byte(`{"t":1795225217445,"s":["a"]}`)), encoded([]byte(`{"t":1795225217445}`))},
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := page.ParseBackward(tt.backward, "room"); err == nil {
				t.Errorf("newest first took %q for %+v", tt.backward, got)
			}
			if got, err := page.ParseForward(tt.forward, "room"); err == nil {
				t.Errorf("oldest first took %q for %+v", tt.forward, got)
			}
		})
	}
	if _, err := page.ParseBackward(backward, "another"); err == nil {
		t.Error("a token of one room leads through another")
	}
	if _, err := page.ParseForward(forward, "another"); err == nil {
		t.Error("a token of one room leads through another, oldest first")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(page.Backward{UpTo: at(1), After: "a"}.String("room"))
	f.Add(page.Forward{Floor: at(1), Step: 1, Ends: []time.Time{at(2)}}.String("room"))
	f.Fuzz(func(t *testing.T, s string) {
		if b, err := page.ParseBackward(s, "room"); err == nil {
			if again, err := page.ParseBackward(b.String("room"), "room"); err != nil || !cmp.Equal(b, again) {
				t.Errorf("%q was read and cannot be read again: %v", s, err)
			}
		}
		if g, err := page.ParseForward(s, "room"); err == nil && s != "" {
			if again, err := page.ParseForward(g.String("room"), "room"); err != nil || !cmp.Equal(g, again) {
				t.Errorf("%q was read and cannot be read again: %v", s, err)
			}
		}
	})
}

func TestATokenStaysShortInALongRoom(t *testing.T) {
	place := page.Forward{Step: 100}
	var room []rocketchat.Message // newest first
	for i := range 60_000 {
		room = append(room, document(fmt.Sprint(i), 1_800_000_000_000-int64(i)*60_000))
	}
	for from := 0; from < len(room); from += 2000 {
		place = place.Cut(room[from:from+2000], true)
	}
	if n := len(place.String("room")); n > 2048 {
		t.Errorf("%d characters", n)
	}
	if !slices.IsSortedFunc(place.Ends, time.Time.Compare) {
		t.Error("the ends are in disorder")
	}
	if first, last := place.Ends[0], place.Ends[len(place.Ends)-1]; !first.Equal(room[len(room)-1].CreatedAt.Add(time.Millisecond)) ||
		!last.Equal(room[0].CreatedAt.Add(time.Millisecond)) {
		t.Errorf("the ends are from %v to %v", first, last)
	}
	for i, end := range place.Ends[1:] {
		if gap := int(end.Sub(place.Ends[i]) / time.Minute); gap > place.Step+place.Step/10 {
			t.Fatalf("%d documents between two ends, want about %d", gap, place.Step)
		}
	}
}

// However many documents share a millisecond, and however late they appear within the time that is reckoned with, going forward from one
// read to the next gives each once, and those that were there from the beginning in order.
func TestGoingForwardGivesEveryDocumentOnce(t *testing.T) {
	const late = 4000 // milliseconds
	rapid.Check(t, func(t *rapid.T) {
		var room []rocketchat.Message // newest first
		write := func() {
			newest := int64(0)
			if len(room) > 0 {
				newest = room[0].CreatedAt.UnixMilli()
			}
			for _, ms := range rapid.SliceOfN(rapid.Int64Range(max(1, newest-late), newest+20_000), 0, 20).Draw(t, "times") {
				room = append(room, document(fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "id"), "-", len(room)), ms-ms%1000+1))
			}
			slices.SortFunc(room, func(a, b rocketchat.Message) int { return page.Compare(b, a) })
		}
		write()
		existed := map[string]bool{}
		for _, d := range room {
			existed[d.ID] = true
		}
		place := page.Forward{Step: rapid.IntRange(1, 5).Draw(t, "step")}
		var given []rocketchat.Message
		for step := 0; ; step++ {
			if step > 2000 {
				t.Fatal("it does not end")
			}
			below := slices.DeleteFunc(slices.Clone(room), func(d rocketchat.Message) bool {
				return !place.Before().IsZero() && !d.CreatedAt.Before(place.Before())
			})
			fresh := slices.DeleteFunc(slices.Clone(below), place.Has)
			slices.Reverse(fresh)
			size := min(len(fresh), rapid.IntRange(1, 6).Draw(t, "page size"))
			given = append(given, fresh[:size]...)
			newest := at(0)
			if len(room) > 0 {
				newest = room[0].CreatedAt
			}
			place = place.Behind(fresh[:size], below, newest)
			if last := place.Before().IsZero(); size < len(fresh) {
				place = place.Cut(below, false)
			} else if last {
				break
			} else {
				place = place.Done()
			}
			next, err := page.ParseForward(place.String("room"), "room")
			if err != nil {
				t.Fatal(err)
			}
			if place = next; step < 20 {
				write()
			}
		}
		times := map[string]int{}
		for _, d := range given {
			times[d.ID]++
		}
		for _, d := range room {
			if times[d.ID] != 1 {
				t.Fatalf("%s was given %d times", d.ID, times[d.ID])
			}
		}
		if early := slices.DeleteFunc(given, func(d rocketchat.Message) bool { return !existed[d.ID] }); !slices.IsSortedFunc(early, page.Compare) {
			t.Fatal("what was there from the beginning comes in disorder")
		}
	})
}
