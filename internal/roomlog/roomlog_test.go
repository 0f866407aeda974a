package roomlog_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rocketline/rocketline/internal/roomlog"
)

func TestAReaderGetsWhatComesAfterItsPositionInOrder(t *testing.T) {
	l := roomlog.New(roomlog.Options[int]{Events: 8})
	l.Append(1, 2, 3)
	from := l.Head()
	l.Append(4, 5)

	got, ended, err := l.Read(from, 10)
	if err != nil || ended {
		t.Fatalf("Read: ended %v, error %v", ended, err)
	}
	if diff := cmp.Diff([]int{4, 5}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAPositionThatWasPushedOutIsAnErrorAndNotAHole(t *testing.T) {
	l := roomlog.New(roomlog.Options[int]{Events: 3})
	l.Append(1, 2, 3, 4)
	if _, _, err := l.Read(0, 10); !errors.Is(err, roomlog.ErrFellBehind) {
		t.Errorf("Read(0) = %v, want ErrFellBehind", err)
	}
	if got, _, err := l.Read(1, 10); err != nil || len(got) != 3 {
		t.Errorf("Read(1) = %v, %v; want the last three", got, err)
	}
}

func TestAPositionThatWasNeverGivenOutIsAnError(t *testing.T) {
	l := roomlog.New(roomlog.Options[int]{Events: 3})
	if _, _, err := l.Read(1, 10); !errors.Is(err, roomlog.ErrUnknownPosition) {
		t.Errorf("Read = %v, want ErrUnknownPosition", err)
	}
}

func TestTheEndIsToldOnlyBehindTheLastEntry(t *testing.T) {
	l := roomlog.New(roomlog.Options[int]{Events: 4})
	l.Append(1, 2)
	l.End()
	l.Append(3) // too late
	if got, ended, _ := l.Read(0, 1); len(got) != 1 || ended {
		t.Errorf("first page: %v, ended %v", got, ended)
	}
	if got, ended, _ := l.Read(1, 5); len(got) != 1 || !ended {
		t.Errorf("last page: %v, ended %v", got, ended)
	}
	if _, ended, _ := l.Read(1, 0); ended {
		t.Error("ended, and an entry is unread")
	}
	if _, ended, _ := l.Read(2, 0); !ended {
		t.Error("not ended, and nothing is unread")
	}
}

func TestAWatcherIsWokenOnceAndNeverWaitedFor(t *testing.T) {
	l := roomlog.New(roomlog.Options[int]{Events: 4})
	w := make(chan struct{}, 1)
	stop := l.Watch(w)
	l.Append(1)
	l.Append(2) // w is full; this must not block
	<-w
	select {
	case <-w:
		t.Error("woken twice for one look")
	default:
	}
	l.Wake()
	<-w
	l.End()
	<-w
	stop()
	l.Wake()
	select {
	case <-w:
		t.Error("woken after stop")
	default:
	}
}

// Readers of any pace, on a ring of any size, see every entry exactly once and in order, or are told that they fell behind.
func TestReadersSeeEverythingOrAreTold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 16).Draw(t, "size")
		l := roomlog.New(roomlog.Options[uint64]{Events: size})
		var position, written uint64
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			for range rapid.IntRange(0, 6).Draw(t, "writes") {
				l.Append(written)
				written++
			}
			got, _, err := l.Read(position, rapid.IntRange(1, 8).Draw(t, "limit"))
			if behind := written-position > uint64(size); behind != errors.Is(err, roomlog.ErrFellBehind) {
				t.Fatalf("position %d of %d, ring of %d: error %v", position, written, size, err)
			}
			if err != nil {
				position = l.Head()
				continue
			}
			for _, e := range got {
				if e != position {
					t.Fatalf("read %d at position %d", e, position)
				}
				position++
			}
		}
	})
}

func TestManyReadersAndOneWriter(t *testing.T) {
	const total = 2000
	l := roomlog.New(roomlog.Options[int]{Events: total})
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			w := make(chan struct{}, 1)
			defer l.Watch(w)()
			var next uint64
			for {
				got, ended, err := l.Read(next, 64)
				if err != nil {
					t.Error(err)
					return
				}
				for _, e := range got {
					if e != int(next) {
						t.Errorf("read %d at %d", e, next)
						return
					}
					next++
				}
				if ended {
					return
				}
				if len(got) == 0 {
					<-w
				}
			}
		})
	}
	for i := range total {
		l.Append(i)
	}
	l.End()
	readers.Wait()
}
