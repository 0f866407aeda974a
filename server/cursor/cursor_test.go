package cursor_test

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocketline/rocketline/server/cursor"
	"github.com/rocketline/rocketline/server/follow"
)

const millis = 1_800_000_000_000

var places = map[string]follow.Place{
	"CB8WFANqh2YmDoAfQ": {
		Epoch: [8]byte{1, 2, 3}, Next: 7, Told: true, Since: millis, Until: millis + 60_000, Sum: math.MaxUint64, Agent: 9, Closed: true,
	},
	"cakHyLaTcwDQagqjr": {Epoch: [8]byte{9}, Next: 1 << 40, Told: true},
	"midst":             {Told: true, Since: millis, Sum: 1},
	"blurred":           {Told: true, Since: millis, Until: millis, Blurred: true, Agent: math.MaxUint32},
	"nothing told":      {},
}

// encode makes a cursor of places.
func encode(at map[string]follow.Place) string {
	var parts []cursor.Part
	for _, room := range slices.Sorted(maps.Keys(at)) {
		parts = append(parts, cursor.Encode(room, at[room]))
	}
	return cursor.Join(parts...)
}

// read returns what a cursor says of the rooms of places.
func read(c *cursor.Cursor) map[string]follow.Place {
	at := map[string]follow.Place{}
	for room := range places {
		if p, ok := c.Place(room); ok {
			at[room] = p
		}
	}
	return at
}

func TestACursorSurvivesItsText(t *testing.T) {
	for _, want := range []map[string]follow.Place{{}, places} {
		got, err := cursor.Decode(encode(want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, read(got)); diff != "" {
			t.Error(diff)
		}
		if _, ok := got.Place("another"); ok {
			t.Error("a cursor tells of a room that is not in it")
		}
	}
}

// A request takes a cursor of 8,192 characters, and proxies take header lines of 8 KiB.
func TestTheLongestCursorFitsIntoAHeader(t *testing.T) {
	most := map[string]follow.Place{}
	for n := range 64 {
		most[fmt.Sprintf("%064d", n)] = follow.Place{
			Epoch: [8]byte{1}, Next: math.MaxUint64, Told: true, Since: math.MaxInt64, Until: math.MaxInt64, Sum: 1, Agent: 1,
		}
	}
	text := encode(most)
	if _, err := cursor.Decode(text); err != nil || len(text) > 5000 {
		t.Errorf("%d characters, error %v", len(text), err)
	}
}

func TestADamagedCursorIsRecognised(t *testing.T) {
	whole := encode(places)
	for i := range whole {
		damaged := []byte(whole)
		damaged[i] ^= 1
		if got, err := cursor.Decode(string(damaged)); err == nil && !cmp.Equal(read(got), places) {
			t.Errorf("damaged at %d, and read as %v", i, got)
		}
		if _, err := cursor.Decode(whole[:i]); err == nil {
			t.Errorf("cut at %d, and taken", i)
		}
	}
	for text, want := range map[string]error{
		"":                                  cursor.ErrNotACursor,
		"AQ":                                cursor.ErrNotACursor,
		"not a cursor":                      cursor.ErrNotACursor,
		"rl_AAAA":                           cursor.ErrNotACursor,
		"rlx_AAAA":                          cursor.ErrNotACursor,
		whole[2:]:                           cursor.ErrNotACursor,
		strings.Replace(whole, "1", "2", 1): cursor.ErrVersion,
		"rl77_":                             cursor.ErrVersion,
		whole[:len(whole)-1]:                cursor.ErrDamaged,
		whole[:10]:                          cursor.ErrDamaged,
		whole + "AA":                        cursor.ErrDamaged,
		"rl1_":                              cursor.ErrDamaged,
		"rl1_ä":                             cursor.ErrDamaged,
	} {
		if _, err := cursor.Decode(text); !errors.Is(err, want) {
			t.Errorf("Decode(%q): %v, want %v", text, err, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(places))
	f.Add("rl1_")
	f.Fuzz(func(_ *testing.T, s string) {
		if c, err := cursor.Decode(s); err == nil {
			_ = read(c)
		}
	})
}
