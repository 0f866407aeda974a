package cursor_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocketline/rocketline/server/cursor"
	"github.com/rocketline/rocketline/server/follow"
)

var places = map[string]follow.Position{
	"CB8WFANqh2YmDoAfQ": {Epoch: [8]byte{1, 2, 3}, Next: 7},
	"cakHyLaTcwDQagqjr": {Epoch: [8]byte{9}, Next: 1 << 40},
}

func TestACursorSurvivesItsText(t *testing.T) {
	for _, want := range []map[string]follow.Position{{}, places} {
		got, err := cursor.Decode(cursor.Encode(want))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestTheSamePlaceIsTheSameCursor(t *testing.T) {
	if a, b := cursor.Encode(places), cursor.Encode(places); a != b {
		t.Errorf("%s and %s", a, b)
	}
}

// A request takes 64 rooms whose ids have at most 64 characters, and a cursor of 8,192.
func TestTheLongestCursorFitsIntoARequest(t *testing.T) {
	most := map[string]follow.Position{}
	for n := range 64 {
		most[fmt.Sprintf("%064d", n)] = follow.Position{Next: math.MaxUint64}
	}
	text := cursor.Encode(most)
	if got, err := cursor.Decode(text); err != nil || len(text) > 8192 || !cmp.Equal(got, most) {
		t.Errorf("%d characters, error %v", len(text), err)
	}
}

func TestADamagedCursorIsRecognised(t *testing.T) {
	whole := []byte(cursor.Encode(places))
	for i := range whole {
		damaged := append([]byte(nil), whole...)
		damaged[i] ^= 1
		if got, err := cursor.Decode(string(damaged)); err == nil && !cmp.Equal(got, places) {
			t.Errorf("damaged at %d, and read as %v", i, got)
		}
	}
	for _, s := range []string{"", "AQ", "not a cursor"} {
		if _, err := cursor.Decode(s); err == nil {
			t.Errorf("Decode(%q) took it", s)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(cursor.Encode(places))
	f.Fuzz(func(t *testing.T, s string) {
		at, err := cursor.Decode(s)
		if err != nil {
			return
		}
		if again, err := cursor.Decode(cursor.Encode(at)); err != nil || !cmp.Equal(at, again) {
			t.Errorf("%q was read and cannot be read again", s)
		}
	})
}
