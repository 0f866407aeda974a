package follow

import "testing"

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
