package server

import (
	"fmt"
	"testing"
	"time"
)

func TestAProofCountsForAMinute(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	book := newTypists(func() time.Time { return now })
	vera := typist{"vera", "room"}
	if name, proved := book.username(vera); proved {
		t.Errorf("nobody proved it, and it is %q", name)
	}
	book.prove(vera, "guest-1")
	for after, want := range map[time.Duration]bool{0: true, proofLife - 1: true, proofLife: false} {
		now = time.Unix(1_000_000, 0).Add(after)
		if name, proved := book.username(vera); proved != want || want && name != "guest-1" {
			t.Errorf("after %v: %q, %v", after, name, proved)
		}
	}
	now = time.Unix(1_000_000, 0)
	for _, other := range []typist{{"vera", "another room"}, {"bea", "room"}} {
		if _, proved := book.username(other); proved {
			t.Errorf("%v is proved by %v", other, vera)
		}
	}
	for i := range maxTypists {
		book.prove(typist{fmt.Sprint(i), "room"}, "guest-2")
	}
	if _, proved := book.username(vera); proved || book.known.Len() != maxTypists {
		t.Errorf("%d proofs, the oldest among them: %v", book.known.Len(), proved)
	}
}

func TestTypingIsNewsWhenItChangesAndNowAndThen(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	book := newTypists(func() time.Time { return now })
	vera := typist{"vera", "room"}
	book.prove(vera, "guest-1")
	for i, c := range []struct {
		wait   time.Duration
		active bool
		want   bool
	}{
		{0, false, true}, // a stop that nobody started may be one that another replica told
		{0, true, true},
		{typingPause - 1, true, false},
		{1, true, true},
		{0, false, true},
		{0, false, false},
		{0, true, false}, // a start was told just now, before the stop
		{0, false, false},
		{typingPause, true, true},
		{0, false, true},
		{typingPause, false, true},
	} {
		now = now.Add(c.wait)
		if got := book.tell(vera, c.active); got != c.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
	if stranger := (typist{"nobody", "room"}); !book.tell(stranger, true) || book.known.Len() != 1 { // it was forgotten meanwhile
		t.Error("who is not proved is remembered, or not told")
	}
}

func TestWhatCouldNotBeToldIsNoNewsThatWasTold(t *testing.T) {
	book := newTypists(func() time.Time { return time.Unix(1_000_000, 0) })
	vera := typist{"vera", "room"}
	book.prove(vera, "guest-1")
	for _, active := range []bool{true, false} {
		for range 2 {
			if !book.tell(vera, active) {
				t.Errorf("%v is not told again", active)
			}
			book.untold(vera)
		}
	}
	book.untold(typist{"nobody", "room"}) // it was forgotten meanwhile
	if book.known.Len() != 1 {
		t.Error("who is not proved is remembered")
	}
}
