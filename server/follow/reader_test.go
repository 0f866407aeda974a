package follow

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
)

func TestWhereAReaderBegins(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{RingEvents: 4}, func(t *testing.T, h *Hub) {
		first := attach(t, h, u, Start{})
		defer first.Close()
		first.sees("caught up")
		place := first.Place()
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
		look(Start{History: 1, Place: &Place{}}, false, "* + two", "caught up")
		look(Start{Place: &place}, true, "* + one", "* + two", "caught up")
		look(Start{Place: &elsewhere}, true, "* + one", "* + two", "caught up")
		look(Start{Place: &ahead}, true, "* + one", "* + two", "caught up")
		look(Start{Unplaced: livechatv1.ResetCause_RESET_CAUSE_CURSOR_FOREIGN}, false,
			"reset CURSOR_FOREIGN", "* + one", "* + two", "caught up")

		first.sees("+ one", "+ two")
		told := first.Place()
		told.Epoch[0]++
		look(Start{Place: &told}, true, "caught up")
		wrong := told
		wrong.Sum++
		look(Start{Place: &wrong}, false, "reset STATE_CHANGED", "* + one", "* + two", "caught up")

		u.feed().tell(heard(written(1, "ONE", 3)), heard(written(1, "one", 4)), heard(written(1, "ONE", 5)))
		look(Start{Place: &place}, true, "* + ONE", "* + two", "caught up") // the ring does not reach back, and nothing was known
		look(Start{Place: &told}, false, "reset STATE_CHANGED", "* + ONE", "* + two", "caught up")
	})
}

// Wherever a reader stood, also in the midst of what it is told at first, it can go on at another replica that has read the same.
func TestAReaderGoesOnAtAnotherReplicaFromWhereverItStood(t *testing.T) {
	moved := rocketchat.Message{ID: "moved", RoomID: roomID, Type: rocketchat.TypeTransferred, CreatedAt: at(3), UpdatedAt: at(3)}
	u := newUpstream()
	u.config.Agent = &ann
	u.documents = []rocketchat.Message{written(1, "one", 1), written(2, "two", 2), written(2, "", 2), moved, written(4, "four", 4)}
	u.documents[2].ID, u.documents[2].Text = "m2b", "two too"
	var told []Event
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		w := attach(t, h, u, Start{History: 2})
		defer w.Close()
		// Two were written together with the second last.
		w.sees("* + two", "* + two too", "* + four", "* agent ann", "caught up")
		u.documents = append(u.documents, written(5, "five", 5), written(6, "six", 6))
		u.feed().tell(heard(u.documents[5]), heard(u.documents[6]))
		w.sees("+ five", "+ six")
		told = w.told
	})
	rest := []string{"* + two", "* + two too", "* transferred", "* + four", "* + five", "* + six", "* agent ann", "caught up"}
	for i, want := range [][]string{
		rest[1:], rest[2:], rest[4:], // the note is not told of the past, nor is it missed
		append(slices.Clone(rest[4:6]), "caught up"), append(slices.Clone(rest[4:6]), "caught up"),
		{"* + six", "caught up"}, {"caught up"},
	} {
		withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
			w := attach(t, h, u, Start{Place: &told[i].Place})
			defer w.Close()
			w.sees(want...)
			if !w.Resumed() {
				t.Errorf("from behind event %d: not resumed", i)
			}
		})
	}
}

// What a reader knows is compared with what is: so what happened to it while nobody listened is never missed.
func TestWhatChangedWhileNobodyFollowedIsNeverMissed(t *testing.T) {
	written := func(n int, text string) rocketchat.Message { return written(n, text, n) }
	before := []rocketchat.Message{written(1, "one"), written(2, "two"), written(4, "four")}
	for name, c := range map[string]struct {
		now  []rocketchat.Message
		want []string
	}{
		"nothing":   {before, []string{"caught up"}},
		"a message": {append(slices.Clone(before), written(5, "five")), []string{"* + five", "caught up"}},
		"an edit": {
			[]rocketchat.Message{before[0], written(2, "TWO"), before[2]},
			[]string{"reset STATE_CHANGED", "* + one", "* + TWO", "* + four", "caught up"},
		},
		"a deletion": {before[1:], []string{"reset STATE_CHANGED", "* + two", "* + four", "caught up"}},
		"the newest deleted": {
			append(slices.Clone(before[:2]), written(5, "five")),
			[]string{"reset STATE_CHANGED", "* + one", "* + two", "* + five", "caught up"},
		},
		"one written among them": {
			[]rocketchat.Message{before[0], before[1], written(3, "three"), before[2]},
			[]string{"reset STATE_CHANGED", "* + one", "* + two", "* + three", "* + four", "caught up"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream()
			u.documents = before
			var place Place
			withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
				w := attach(t, h, u, Start{History: 50})
				defer w.Close()
				w.sees("* + one", "* + two", "* + four", "caught up")
				place = w.Place()
			})
			u.documents = c.now
			withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
				w := attach(t, h, u, Start{Place: &place})
				defer w.Close()
				w.sees(c.want...)
			})
		})
	}
}

func TestAReaderThatFallsOutOfTheRingIsFilledAnew(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{RingEvents: 2}, func(t *testing.T, h *Hub) {
		w, v := attach(t, h, u, Start{}), attach(t, h, u, Start{})
		defer w.Close()
		defer v.Close()
		w.sees("caught up")
		v.sees("caught up")
		u.feed().tell(heard(written(0, "zero", 0)))
		v.sees("+ zero")
		for n := range 5 {
			u.feed().tell(heard(written(n+1, "text", n+1)))
		}
		w.sees("* + zero", "* + text", "* + text", "* + text", "* + text", "* + text", "caught up")
		u.feed().tell(heard(written(6, "six", 6)))
		w.sees("+ six")
		u.feed().tell(heard(written(0, "ZERO", 9)))
		v.sees("reset STATE_CHANGED", "* + ZERO", "* + text", "* + text", "* + text", "* + text", "* + text", "* + six", "caught up")
	})
}

func TestMoreHistoryThanIsKeptIsReadAgain(t *testing.T) {
	u := newUpstream()
	for n := range 200 {
		u.documents = append(u.documents, written(n, strconv.Itoa(n), n))
	}
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		first := attach(t, h, u, Start{History: 200})
		if n := len(first.look()); n != 201 {
			t.Errorf("%d events", n)
		}
		first.Close()
		u.feed().tell(heard(written(200, "200", 200)))
		u.documents = append(u.documents, written(200, "200", 200))
		if n := u.histories; n != 1 {
			t.Fatalf("%d readings", n)
		}
		attach(t, h, u, Start{History: keepEntries}).Close()
		if n := u.histories; n != 1 {
			t.Errorf("the usual history is read again: %d", n)
		}
		second := attach(t, h, u, Start{History: 100})
		defer second.Close()
		if !second.woken() {
			t.Error("not woken when the history was there")
		}
		told := second.look()
		if len(told) != 101 || line(response(told[0])) != "+ 101" || u.histories != 2 {
			t.Errorf("%d events, %d readings", len(told), u.histories)
		}
	})
}

func TestWhatHappensBehindAReadersComingIsLive(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		first := attach(t, h, u, Start{})
		defer first.Close()
		place := first.Place()
		u.feed().tell(heard(written(1, "before", 1)))
		w := attach(t, h, u, Start{Place: &place})
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
		u.feed().tell(heard(closeNote(1)))
		w.sees("caught up", "closed")
		w.ended(Closed)
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
			place := comes.Place()
			for n, kept := range breaks {
				u.feed().tell(heard(written(n, strconv.Itoa(n), n)))
				if kept < 0 {
					continue
				}
				news := comes.look()
				news = news[:min(kept, len(news))]
				for _, e := range news {
					place = e.Place
				}
				got = append(got, bare(news)...)
				comes.Close()
				comes = attach(t, h, u, Start{Place: &place})
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
		if response(e).GetCaughtUp() == nil {
			all = append(all, line(response(e)))
		}
	}
	return all
}
