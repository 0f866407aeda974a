package follow

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocketline/rocketline/rocketchat"
)

// many are messages of a room that is longer than what is kept.
func many(n int) []rocketchat.Message {
	var all []rocketchat.Message
	for i := range n {
		all = append(all, written(i, "text", i))
	}
	return all
}

func TestALongRoomIsReadInOnePage(t *testing.T) {
	u := newUpstream()
	u.documents = many(3 * keep)
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		defer w.Close()
		before := u.histories
		u.feed().tell(brokenOff()...)
		w.sees("caught up")
		if n := u.histories - before; n != 1 {
			t.Errorf("%d pages", n)
		}
	})
}

// What was too large once is not tried again: Rocket.Chat counts every attempt.
func TestLargeMessagesAreReadInSmallPages(t *testing.T) {
	u := newUpstream()
	u.documents = many(500)
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		defer w.Close()
		w.sees("caught up")
		u.change(func() { u.documents, u.largest = append(u.documents, written(500, "new", 500)), 200 })
		u.histories = 0
		u.feed().tell(brokenOff()...)
		w.sees("+ new")
		if u.histories > 5 { // of which two are too large
			t.Errorf("%d attempts", u.histories)
		}
	})
}

// The window never begins in the midst of a millisecond: who reads it again would take the rest of that for new.
func TestWhatLeftTheWindowIsNotNewBecauseItIsReadAgain(t *testing.T) {
	together := func(u *upstream) {
		u.documents = many(2 * keep)
		for n := range 3 { // where the window begins, and where a page ends
			u.documents[keep-n].CreatedAt = at(keep)
			u.documents[keep-beyond-n].CreatedAt = at(keep - beyond)
		}
	}
	for name, change := range map[string]func(u *upstream){
		"and nothing has changed": func(*upstream) {},
		"and the newest was deleted": func(u *upstream) {
			u.documents = u.documents[:2*keep-1]
		},
		"and the oldest of it was deleted": func(u *upstream) {
			u.documents = append(u.documents[:keep+1:keep+1], u.documents[keep+2:]...)
		},
		"and all of it was deleted": func(u *upstream) { u.documents = u.documents[:keep-10] },
	} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream()
			together(u)
			withHub(t, u, Options{RingEvents: 2 * keep, RingBytes: 100 << 20}, func(t *testing.T, h *Hub) {
				w := attach(t, h, u, Start{})
				defer w.Close()
				w.sees("caught up")
				u.change(func() { change(u) })
				for range 2 {
					u.feed().tell(brokenOff()...)
				}
				for _, e := range w.look() {
					if response(e).GetMessageDeleted() == nil {
						t.Fatalf("told %q", line(response(e)))
					}
				}
			})
		})
	}
}

// Who knows all that a replica keeps can go on at another by what it knows.
func TestAReaderOfTheWholeWindowResumesElsewhere(t *testing.T) {
	u := newUpstream()
	u.documents = many(2 * keep)
	var place Place
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{History: keep})
		defer w.Close()
		w.look()
		place = w.Place()
	})
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{Place: &place})
		defer w.Close()
		w.sees("caught up")
	})
}

func TestTheWindowIsCutBetweenMilliseconds(t *testing.T) {
	s := newState()
	for _, m := range many(keep + 1) {
		m.CreatedAt = m.CreatedAt.Truncate(5 * time.Millisecond)
		s.apply(heard(m))
	}
	if diff := cmp.Diff(keep-4, len(s.documents)); diff != "" {
		t.Error(diff)
	}
}
