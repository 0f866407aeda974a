package follow

import (
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rocketline/rocketline/rocketchat"
)

func TestWhereAReaderBegins(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{RingSize: 4}, func(t *testing.T, h *Hub) {
		first := attach(t, h, u, Start{})
		defer first.Close()
		first.sees("caught up")
		place := first.Position()
		u.feed().tell(heard(written(1, "one", 1)), heard(written(2, "two", 2)))
		elsewhere, ahead := place, place
		elsewhere.Epoch[0]++
		ahead.Next = 1 << 60
		look := func(from Start, resumed bool, want ...string) {
			t.Helper()
			w := attach(t, h, u, from)
			defer w.Close()
			w.sees(want...)
			if w.Resumed() != resumed {
				t.Errorf("resumed: %v", w.Resumed())
			}
		}
		look(Start{History: 1}, false, "* + two", "caught up")
		look(Start{Resume: true, Position: &place}, true, "* + one", "* + two", "caught up")
		look(Start{Resume: true}, false, "reset CURSOR_FOREIGN", "* + one", "* + two", "caught up")
		look(Start{Resume: true, Position: &elsewhere}, false, "reset CURSOR_FOREIGN", "* + one", "* + two", "caught up")
		look(Start{Resume: true, Position: &ahead}, false, "reset CURSOR_FOREIGN", "* + one", "* + two", "caught up")

		u.feed().tell(heard(written(1, "ONE", 3)), heard(written(1, "one", 4)), heard(written(1, "ONE", 5)))
		look(Start{Resume: true, Position: &place}, false, "reset CURSOR_TOO_OLD", "* + ONE", "* + two", "caught up")
	})
}

// What came before the reset is to be dropped anyway, and a stream whose cursor is honoured has no reset.
func TestAReaderThatComesBackBehindABreakBeginsWithTheReset(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		first := attach(t, h, u, Start{})
		first.sees("caught up")
		u.feed().tell(heard(written(1, "one", 1)))
		u.change(func() { u.documents = []rocketchat.Message{written(1, "one", 1), written(2, "two", 2)} })
		before := first.Position()
		first.Close()
		u.feed().tell(brokenOff()...)
		u.feed().tell(heard(written(3, "three", 3)))

		second := attach(t, h, u, Start{Resume: true, Position: &before})
		defer second.Close()
		if second.Resumed() {
			t.Error("resumed, although a reset follows")
		}
		second.sees("reset UPSTREAM_BREAK", "* + one", "* + two", "* + three", "caught up")

		// In the midst of what follows the reset it can go on.
		within := Position{Epoch: before.Epoch, Next: 3} // one, reset, one
		third := attach(t, h, u, Start{Resume: true, Position: &within})
		defer third.Close()
		third.sees("* + two", "* caught up", "* + three", "caught up")
	})
}

func TestAReaderThatFallsOutOfTheRingIsFilledAnew(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{RingSize: 2}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		defer w.Close()
		w.sees("caught up")
		for n := range 5 {
			u.feed().tell(heard(written(n, "text", n)))
		}
		w.sees("reset CURSOR_TOO_OLD", "* + text", "* + text", "* + text", "* + text", "* + text", "caught up")
		u.feed().tell(heard(written(6, "six", 6)))
		w.sees("+ six")
		for _, e := range w.told[1 : len(w.told)-2] {
			if e.Position != nil {
				t.Errorf("%q has a position to resume from, although its reader's state is not whole", line(e.Response))
			}
		}
	})
}

func TestWhatHappensBehindAReadersComingIsLive(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		first := attach(t, h, u, Start{})
		defer first.Close()
		place := first.Position()
		u.feed().tell(heard(written(1, "before", 1)))
		w := attach(t, h, u, Start{Resume: true, Position: &place})
		defer w.Close()
		u.feed().tell(heard(written(2, "after", 2)))
		w.sees("* + before", "caught up", "+ after")
	})
}

func TestTheCloseIsToldToAReaderThatHasNotReadYet(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		defer w.Close()
		u.feed().tell(heard(closing(1)))
		w.sees("caught up", "closed")
		w.ended(Closed)
	})
}

func TestTypingIsLatestStateAndNeverReplayed(t *testing.T) {
	typing := func(active bool) rocketchat.Event {
		return rocketchat.Event{Kind: rocketchat.EventTyping, Username: "ann", Active: active}
	}
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w, blind := attach(t, h, u, Start{}), attach(t, h, u, Start{})
		defer w.Close()
		defer blind.Close()
		w.typing = true
		w.sees("caught up")
		if w.woken() {
			t.Error("woken though nothing happened")
		}
		u.feed().tell(typing(true))
		if !w.woken() {
			t.Error("not woken for typing")
		}
		w.sees("ann types")
		u.feed().tell(typing(true), typing(false), typing(true)) // the latest is enough
		w.sees("ann types")
		place := w.Position()

		// A break in which nobody reads does not hide what comes after it.
		u.feed().tell(brokenOff()...)
		u.feed().tell(typing(false))
		w.sees("reset UPSTREAM_BREAK", "caught up", "ann stops")
		u.feed().tell(typing(false)) // nothing new
		w.sees()
		blind.sees("caught up", "reset UPSTREAM_BREAK", "caught up")

		u.feed().tell(typing(true))
		late := attach(t, h, u, Start{Resume: true, Position: &place})
		defer late.Close()
		late.typing = true
		late.sees("reset UPSTREAM_BREAK", "caught up")
	})
}

func TestTypingThatWasNeverStoppedRunsOut(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{})
		defer w.Close()
		w.typing = true
		began := time.Now()
		u.feed().tell(rocketchat.Event{Kind: rocketchat.EventTyping, Username: visitor.Username, Active: true})
		w.sees("caught up", "guest-1 types")
		if ends := w.told[1].Response.GetTyping().GetExpiresAt().AsTime(); !ends.Equal(began.Add(typingLife)) {
			t.Errorf("it expires %v after it began", ends.Sub(began))
		}
		time.Sleep(typingLife + time.Second)
		u.feed().tell(rocketchat.Event{Kind: rocketchat.EventTyping, Username: visitor.Username}) // told by its expiry
		w.sees()
	})
}

// However often a reader leaves, wherever it stood, and whatever happened meanwhile: what it is told in all is what one is told that
// never left.
func TestAReaderThatComesAndGoesIsToldTheSame(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		// After each event: nothing, or a break of the reader's connection behind that many of the events that it had not seen.
		breaks := rapid.SliceOfN(rapid.IntRange(-3, 5), 0, 40).Draw(rt, "breaks")
		var want, got []string
		u := newUpstream()
		withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
			stays, comes := attach(t, h, u, Start{}), attach(t, h, u, Start{})
			place := comes.Position()
			for n, kept := range breaks {
				u.feed().tell(heard(written(n, strconv.Itoa(n), n)))
				if kept < 0 {
					continue
				}
				news := comes.look()
				news = news[:min(kept, len(news))]
				for _, e := range news {
					place = *e.Position
				}
				got = append(got, bare(news)...)
				comes.Close()
				comes = attach(t, h, u, Start{Resume: true, Position: &place})
			}
			got = append(got, bare(comes.look())...)
			want = bare(stays.look())
			comes.Close()
			stays.Close()
		})
		if diff := cmp.Diff(want, got); diff != "" {
			rt.Fatalf("(-stayed +came and went)\n%s", diff)
		}
	})
}

// bare are the lines of what happened, whether live or replayed.
func bare(events []Event) []string {
	var all []string
	for _, e := range events {
		if e.Response.GetCaughtUp() == nil {
			all = append(all, line(e.Response))
		}
	}
	return all
}
