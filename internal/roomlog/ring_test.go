package roomlog

import "testing"

func TestARingTakesTheMemoryThatItNeeds(t *testing.T) {
	b := NewBudget(1 << 20)
	l := New(Options[int]{Events: 100, Budget: b, Size: func(int) int { return 1 }})
	slots := func(after string, want int) {
		t.Helper()
		if got := len(l.ring.slots); got != want {
			t.Errorf("%s: %d slots, want %d", after, got, want)
		}
	}
	evict := func(n int) {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.limit = b.bytes - int64(n)
		b.settle(&l.share, 0, l.ring.oldest())
		b.limit = 1 << 20
	}
	slots("new", 0)
	l.Append(0)
	slots("one entry", 4)
	for i := range 70 {
		l.Append(i)
	}
	slots("71 entries", 100)
	for i := range 200 {
		l.Append(i)
	}
	slots("full", 100)
	evict(74)
	slots("more than a quarter left", 100)
	evict(1)
	slots("a quarter left", 50)
	evict(25)
	slots("evicted to nothing", 0)
	l.Append(1, 2, 3, 4, 5)
	slots("and again", 8)
	l.Forget()
	slots("forgotten", 0)
}

func TestWhatIsDroppedIsGarbage(t *testing.T) {
	l := New(Options[*int]{Events: 2})
	for range 5 {
		l.Append(new(int))
	}
	l.mu.Lock()
	l.ring.pop()
	l.mu.Unlock()
	held := 0
	for _, s := range l.ring.slots {
		if s.entry != nil {
			held++
		}
	}
	if held != 1 {
		t.Errorf("%d entries are kept from the collector, want 1", held)
	}
}
