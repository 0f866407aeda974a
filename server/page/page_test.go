package page_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/page"
)

func TestATokenSurvivesItsText(t *testing.T) {
	want := page.Token{UpTo: time.UnixMilli(1795225217445).UTC(), Seen: []string{"a", "b"}}
	got, err := page.Parse(want.String())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsNoTokenIsRefused(t *testing.T) {
	for _, s := range []string{"x", "!!", "e30", "eyJ0IjotMX0", "bm9wZQ"} {
		if _, err := page.Parse(s); err == nil {
			t.Errorf("Parse(%q) took it", s)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("eyJ0IjoxLCJzIjpbImEiXX0")
	f.Fuzz(func(t *testing.T, s string) {
		token, err := page.Parse(s)
		if err != nil {
			return
		}
		if _, err := page.Parse(token.String()); err != nil {
			t.Errorf("%q was read and cannot be read again: %v", s, err)
		}
	})
}

// However many messages share a millisecond, and whatever the page size, paging back gives every message once.
func TestPagingBackGivesEveryMessageOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var room []rocketchat.Message // newest first
		for i, ms := range rapid.SliceOfN(rapid.Int64Range(1, 6), 0, 30).Draw(t, "times") {
			room = append(room, rocketchat.Message{ID: strconv.Itoa(i), CreatedAt: time.UnixMilli(ms).UTC()})
		}
		slices.SortStableFunc(room, func(a, b rocketchat.Message) int { return b.CreatedAt.Compare(a.CreatedAt) })
		size := rapid.IntRange(1, 7).Draw(t, "page size")

		var got []string
		var token page.Token
		for range len(room) + 1 {
			var documents []rocketchat.Message
			for _, m := range room {
				if before := token.Before(); !before.IsZero() && !m.CreatedAt.Before(before) || token.Has(m) {
					continue
				}
				if documents = append(documents, m); len(documents) == size {
					break
				}
			}
			for _, m := range documents {
				got = append(got, m.ID)
			}
			next, err := page.Parse(page.Next(token, documents).String())
			if err != nil {
				t.Fatal(err)
			}
			token = next
		}
		var want []string
		for _, m := range room {
			want = append(want, m.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}
