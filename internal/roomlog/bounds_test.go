package roomlog_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocketline/rocketline/internal/roomlog"
)

func TestALogHoldsNoMoreBytesThanItMay(t *testing.T) {
	for name, c := range map[string]struct {
		events, bytes int
		append        []string
		want          []string
	}{
		"as many as fit":                 {9, 6, []string{"aa", "bb", "cc"}, []string{"aa", "bb", "cc"}},
		"one pushes out several":         {9, 6, []string{"aa", "bb", "cc", "ddd"}, []string{"cc", "ddd"}},
		"one too large is held alone":    {9, 6, []string{"aa", "bbbbbbbbb"}, []string{"bbbbbbbbb"}},
		"and goes with the next":         {9, 6, []string{"aa", "bbbbbbbbb", "cc"}, []string{"cc"}},
		"the number of entries binds":    {2, 6, []string{"a", "b", "c"}, []string{"b", "c"}},
		"of no bytes, by number alone":   {2, 6, []string{"", "", ""}, []string{"", ""}},
		"without a bound on the entries": {0, 3, []string{"a", "b", "c", "d"}, []string{"b", "c", "d"}},
		"without a bound on the bytes":   {2, 0, []string{"aaaaaa", "bbbbbb", "cccccc"}, []string{"bbbbbb", "cccccc"}},
	} {
		t.Run(name, func(t *testing.T) {
			together, single := text(c.events, c.bytes, nil), text(c.events, c.bytes, nil)
			together.Append(c.append...)
			for _, e := range c.append {
				single.Append(e)
			}
			for _, l := range []*roomlog.Log[string]{together, single} {
				if diff := cmp.Diff(c.want, held(t, l)); diff != "" {
					t.Error(diff)
				}
				if l.Head() != uint64(len(c.append)) {
					t.Errorf("the head is %d", l.Head())
				}
			}
		})
	}
}

func TestTheOldestOfAllGoesFirst(t *testing.T) {
	b := roomlog.NewBudget(6)
	first, second := text(9, 0, b), text(9, 0, b)
	first.Append("a1", "a2")
	second.Append("b1")
	if b.Bytes() != 6 || b.Evicted() != 0 {
		t.Errorf("%d bytes held, %d evicted", b.Bytes(), b.Evicted())
	}
	second.Append("b2")
	second.Append("b3")
	second.Append("b4") // its own oldest is the oldest of all now
	if diff := cmp.Diff([]string{"b2", "b3", "b4"}, held(t, second)); diff != "" {
		t.Error(diff)
	}
	if _, _, err := first.Read(1, 9); !errors.Is(err, roomlog.ErrFellBehind) {
		t.Errorf("what the budget took is read: %v", err)
	}
	if got, ended, err := first.Read(2, 9); len(got) > 0 || ended || err != nil || first.Start() != 2 {
		t.Errorf("a reader at the head gets %v, %v, %v; the log starts at %d", got, ended, err, first.Start())
	}
	if b.Bytes() != 6 || b.Evicted() != 3 {
		t.Errorf("%d bytes held, %d evicted", b.Bytes(), b.Evicted())
	}
	first.Append("a3") // an empty log goes on where it was
	if got, _, err := first.Read(2, 9); err != nil || len(got) != 1 || got[0] != "a3" {
		t.Errorf("Read = %v, %v", got, err)
	}
}

func TestTheOldestOfAllGoesFirstWhenLogsTakeTurns(t *testing.T) {
	b := roomlog.NewBudget(6)
	logs := []*roomlog.Log[string]{text(9, 0, b), text(9, 0, b), text(9, 0, b)}
	for i := range 30 {
		turn := []int{0, 1, 1, 0, 2, 0}[i%6]
		logs[turn].Append(string(rune('a' + i)))
		var last strings.Builder
		for j := max(0, i-5); j <= i; j++ {
			last.WriteRune(rune('a' + j))
		}
		there := ""
		for _, l := range logs {
			there += strings.Join(held(t, l), "")
		}
		if got := sorted(there); got != last.String() {
			t.Fatalf("held are %s, want %s", got, last.String())
		}
	}
}

func sorted(s string) string {
	runes := []rune(s)
	slices.Sort(runes)
	return string(runes)
}

func TestABudgetBindsStrictly(t *testing.T) {
	b := roomlog.NewBudget(6)
	other, l := text(9, 0, b), text(9, 3, b)
	other.Append("aa")
	l.Append("far too large")
	if b.Bytes() != 0 || b.Evicted() != 2 || l.Start() != 1 {
		t.Errorf("%d bytes held, %d evicted, the log starts at %d", b.Bytes(), b.Evicted(), l.Start())
	}
}

func TestWhatIsForgottenIsGoneAndGivenBack(t *testing.T) {
	b := roomlog.NewBudget(100)
	l, other := text(9, 0, b), text(9, 0, b)
	l.Append("aa", "bb")
	other.Append("cc")
	l.Forget()
	if _, _, err := l.Read(1, 9); !errors.Is(err, roomlog.ErrFellBehind) {
		t.Errorf("what was forgotten is read: %v", err)
	}
	if l.Start() != 2 || l.Head() != 2 || b.Bytes() != 2 || b.Evicted() != 0 {
		t.Errorf("from %d to %d, %d bytes held, %d evicted", l.Start(), l.Head(), b.Bytes(), b.Evicted())
	}
	l.Append("dd")
	if got, ended, err := l.Read(2, 9); err != nil || ended || len(got) != 1 || got[0] != "dd" {
		t.Errorf("Read = %v, %v, %v", got, ended, err)
	}
}

func TestAClosedLogHoldsNothingAndEndsAtItsHead(t *testing.T) {
	b := roomlog.NewBudget(100)
	l := text(9, 0, b)
	w := make(chan struct{}, 1)
	defer l.Watch(w)()
	l.Append("aa", "bb")
	<-w
	l.Close()
	select {
	case <-w:
	default:
		t.Error("nobody is told")
	}
	l.Append("cc")
	if len(w) > 0 || b.Bytes() != 0 || b.Evicted() != 0 || l.Head() != 2 {
		t.Errorf("woken for nothing: %d; %d bytes held, %d evicted, the head at %d", len(w), b.Bytes(), b.Evicted(), l.Head())
	}
	if _, ended, err := l.Read(1, 9); !errors.Is(err, roomlog.ErrFellBehind) || ended {
		t.Errorf("behind the head: %v, ended %v", err, ended)
	}
	if got, ended, err := l.Read(2, 9); err != nil || !ended || len(got) > 0 {
		t.Errorf("at the head: %v, %v, ended %v", got, err, ended)
	}
}

func TestALogThatEndedCanBeReadAndCounts(t *testing.T) {
	b := roomlog.NewBudget(5)
	l, other := text(9, 0, b), text(9, 0, b)
	l.Append("aa", "bb")
	l.End()
	other.Append("cc")
	if diff := cmp.Diff([]string{"bb"}, held(t, l)); diff != "" || b.Bytes() != 4 {
		t.Errorf("%d bytes; %s", b.Bytes(), diff)
	}
}

func TestWhatWasReadStaysWhatItWas(t *testing.T) {
	l := text(2, 0, nil)
	l.Append("a", "b")
	got, _, _ := l.Read(0, 2)
	l.Append("c", "d")
	l.Forget()
	if s := strings.Join(got, ""); s != "ab" {
		t.Errorf("it became %q", s)
	}
}

func TestALimitThatIsNoneReadsNothing(t *testing.T) {
	l := text(9, 0, nil)
	l.Append("a")
	l.End()
	for position, atTheEnd := range []bool{false, true} {
		if got, ended, err := l.Read(uint64(position), -1); len(got) > 0 || ended != atTheEnd || err != nil {
			t.Errorf("Read(%d) = %v, %v, %v", position, got, ended, err)
		}
	}
}

func TestManyWatchersComeAndGo(t *testing.T) {
	l := text(9, 0, nil)
	chans := make([]chan struct{}, 5)
	stops := make([]func(), len(chans))
	for i := range chans {
		chans[i] = make(chan struct{}, 1)
		stops[i] = l.Watch(chans[i])
	}
	watching := []bool{true, true, true, true, true}
	for _, gone := range []int{2, 1, 2, 0, 4, 3} { // from the middle, the ends, and once again
		stops[gone]()
		watching[gone] = false
		l.Wake()
		for i, c := range chans {
			if woken := len(c) > 0; woken != watching[i] {
				t.Errorf("after %d went: %d is woken: %v", gone, i, woken)
			}
			if len(c) > 0 {
				<-c
			}
		}
	}
}
