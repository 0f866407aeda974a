package follow

import (
	"testing"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
)

// Of a message that was deleted and written again under its id, a reading finds the second. The frames behind it tell of the first one's
// deletion, which nobody had heard of, and then of the second: in the very version that has just been taken out.
func TestAMessageWhoseIDIsUsedAgainIsNotLostToAnOldDeletion(t *testing.T) {
	s := newState()
	s.known = true
	m := written(1, "again", 5)
	if told, doubts := s.apply(heard(m)); told == nil || doubts != none {
		t.Fatalf("told %v, doubt %v", told, doubts)
	}
	if told, _ := s.apply(deleted(m.ID)); told == nil {
		t.Fatal("nothing told of the deletion")
	}
	if told, doubts := s.apply(heard(m)); told != nil || doubts != puzzled {
		t.Errorf("told %v, doubt %v, want Rocket.Chat to be asked", told, doubts)
	}
	older := written(1, "before", 4)
	if told, doubts := s.apply(heard(older)); told != nil || doubts != none {
		t.Errorf("an older version: told %v, doubt %v", told, doubts)
	}
}

// A message that was written and deleted while a room was being restored is in no history. Its frame may come all the same, and that of its
// deletion not.
func TestAMessageThatWasDeletedBeforeTheReadingIsNotTold(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		defer w.Close()
		u.change(func() { u.rest = errDown })
		u.feed().tell(brokenOff()...)
		gone, there := written(1, "gone", 1), written(2, "there", 2)
		u.feed().tell(heard(gone), heard(there))
		u.change(func() { u.rest, u.documents = nil, []rocketchat.Message{there} })
		time.Sleep(time.Minute)
		w.sees("caught up", "+ there")
	})
}
