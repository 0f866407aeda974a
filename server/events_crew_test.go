package server

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/rocketline/rocketline/server/cursor"
	"github.com/rocketline/rocketline/server/follow"
)

func TestACrewIsAsLargeAsItsTasksAndThenSmallAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := runtime.NumGoroutine()
		c, held, begun := newCrew(), make(chan struct{}), make(chan struct{}, 100)
		for range 100 {
			c.do(func() { begun <- struct{}{}; <-held })
		}
		synctest.Wait()
		if len(begun) != 100 {
			t.Errorf("%d of 100 tasks have begun", len(begun))
		}
		close(held)
		synctest.Wait()
		if n := runtime.NumGoroutine() - before; n > idleWorkers {
			t.Errorf("%d goroutines wait for the next task", n)
		}
		for range 10 * idleWorkers { // those that wait take them
			c.do(func() {})
			synctest.Wait()
		}
		if n := int(c.idle.Load()); n != idleWorkers {
			t.Errorf("%d goroutines wait for the next task, and %d did", n, idleWorkers)
		}
		c.end()
		c.end()
	})
}

// What the cursor costs of a stream of 64 rooms, one of which is busy.
func BenchmarkCursorOfManyRooms(b *testing.B) {
	var rooms []string
	var parts []cursor.Part
	place := follow.Place{Epoch: follow.Epoch{1}, Next: 1000, Told: true, Since: 1_700_000_000_000, Until: 1_700_000_500_000, Sum: 1 << 60}
	for n := range 64 {
		id := fmt.Sprintf("room%013d", n)
		rooms = append(rooms, id)
		parts = append(parts, cursor.Encode(id, place))
	}
	b.Run("each room anew", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for i, id := range rooms {
				parts[i] = cursor.Encode(id, place)
			}
			_ = cursor.Join(parts...)
		}
	})
	b.Run("the room that moved", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			parts[7] = cursor.Encode("room0000000000007", place)
			_ = cursor.Join(parts...)
		}
	})
	b.Run("a stream of one room", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_ = cursor.Join(cursor.Encode("room0000000000007", place))
		}
	})
}
