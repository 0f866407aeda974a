package roomlog_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/rocketline/rocketline/internal/roomlog"
)

// Rooms that push each other's entries out, while they are read, forgotten and closed: no reader sees an entry twice, out of order, or
// one of another room, and in the end nothing is counted that is not there.
func TestManyWritersAndReadersOnOneBudget(t *testing.T) {
	const (
		rooms, readers, writers = 6, 4, 3
		total                   = 900 // entries of each writer
		limit                   = 3000
	)
	b := roomlog.NewBudget(limit)
	logs := make([]*roomlog.Log[thing], rooms)
	var all, writing sync.WaitGroup
	for i := range logs {
		l := roomlog.New(roomlog.Options[thing]{Events: 200, Bytes: 2000, Budget: b, Size: func(e thing) int { return e.Bytes }})
		logs[i] = l
		var room sync.WaitGroup
		for w := range writers {
			room.Add(1)
			writing.Go(func() {
				defer room.Done()
				for n := range total {
					l.Append(thing{Log: i, Position: uint64(w), age: n, Bytes: 1 + n%17})
					if n%300 == 299 {
						l.Forget()
					}
				}
			})
		}
		for range readers {
			all.Go(func() { follow(t, l, i, writers) })
		}
		all.Go(func() {
			room.Wait()
			if i%2 == 0 {
				l.End()
			} else {
				l.Close()
			}
		})
	}
	writing.Wait()
	if held := b.Bytes(); held > limit {
		t.Errorf("%d bytes held", held)
	}
	all.Wait()
	for _, l := range logs {
		l.Close()
	}
	if held := b.Bytes(); held != 0 {
		t.Errorf("%d bytes held by nobody", held)
	}
}

// follow reads a log to its end. What each of its writers wrote must come in order; there may be gaps only where the log said so.
func follow(t *testing.T, l *roomlog.Log[thing], log, writers int) {
	wake := make(chan struct{}, 1)
	defer l.Watch(wake)()
	last := make([]int, writers)
	for w := range last {
		last[w] = -1
	}
	gap := false
	for next := uint64(0); ; {
		got, ended, err := l.Read(next, 16)
		switch {
		case errors.Is(err, roomlog.ErrFellBehind):
			next, gap = l.Start(), true
			continue
		case err != nil:
			t.Error(err)
			return
		}
		for _, e := range got {
			if w := e.Position; e.Log != log || e.age <= last[w] || !gap && e.age != last[w]+1 {
				t.Errorf("room %d: %+v after %d of that writer, gap %v", log, e, last[w], gap)
				return
			}
			last[e.Position] = e.age
			next++
		}
		switch {
		case ended:
			return
		case len(got) == 0:
			<-wake
		}
	}
}
