package follow

import (
	"log/slog"
	"testing"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
)

// A dead connection says nothing. Until that is noticed a replica knows less than the others, and a reader that comes from one of those would
// be reset for knowing better.
func TestAReaderMayKnowMoreThanTheReplicaThatItComesTo(t *testing.T) {
	for name, c := range map[string]struct {
		there   []int // the messages that the other replica has read
		resumes []string
	}{
		"one more message": {[]int{1, 2}, []string{"caught up"}},
		"one that is gone": {[]int{1, 3}, []string{"reset STATE_CHANGED", "* + 1", "* + 2", "caught up"}},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream()
			withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
				other := NewHub(Options{Upstream: u, follow: u.follow, Logger: slog.New(slog.DiscardHandler)})
				defer other.Close()
				write := func(numbers ...int) {
					u.change(func() {
						u.documents = nil
						for _, n := range numbers {
							u.documents = append(u.documents, written(n, string(rune('0'+n)), n))
						}
					})
				}
				write(1)
				stays := attach(t, h, u, Start{})
				defer stays.Close()
				stays.sees("caught up")

				time.Sleep(time.Second)
				write(c.there...)
				leaves := attach(t, other, u, Start{History: 10})
				leaves.look()
				place := leaves.Place()
				leaves.Close()

				time.Sleep(time.Second)
				write(1, 2)
				comes := attach(t, h, u, Start{Place: &place})
				defer comes.Close()
				time.Sleep(time.Second)
				comes.sees(c.resumes...)
				stays.sees("+ 2")
			})
		})
	}
}

// Who is to be reset at one replica and goes back to the other before that is told has lost nothing there.
func TestAResetThatWasNotToldIsNotNeededWhereTheReaderComesFrom(t *testing.T) {
	u := newUpstream()
	u.documents = []rocketchat.Message{written(1, "one", 1)}
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		stays := attach(t, h, u, Start{History: 50})
		defer stays.Close()
		stays.sees("* + one", "caught up")
		place := stays.Place()
		u.change(func() { u.documents[0] = written(1, "ONE", 2) })
		u.feed().tell(heard(written(1, "ONE", 2)))

		other := NewHub(Options{Upstream: u, follow: u.follow, Logger: slog.New(slog.DiscardHandler)})
		defer other.Close()
		leaves := attach(t, other, u, Start{Place: &place})
		place = leaves.Place()
		leaves.sees("reset STATE_CHANGED", "* + ONE", "caught up")
		midst := leaves.told[0].Place
		leaves.Close()

		comes := attach(t, h, u, Start{Place: &place})
		comes.sees("* ~ ONE", "caught up")
		comes.Close()
		comes = attach(t, h, u, Start{Place: &midst})
		comes.sees("* + ONE", "caught up")
		comes.Close()
	})
}

// A reading that had begun when the reader came says nothing of what the reader knows better, nor does it answer for the next one.
func TestWhoComesDuringAReadingWaitsForTheNext(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		stays := attach(t, h, u, Start{})
		defer stays.Close()
		stays.sees("caught up")
		place := stays.Place()
		place.Epoch, place.Sum = Epoch{}, 1

		held := make(chan struct{})
		u.change(func() { u.held = held })
		u.feed().tell(brokenOff()...)
		time.Sleep(time.Second)
		comes := attach(t, h, u, Start{Place: &place})
		defer comes.Close()
		comes.sees()
		u.change(func() { u.held = nil })
		close(held)
		time.Sleep(time.Second)
		comes.sees("reset STATE_CHANGED", "caught up")
	})
}
