package rocketchat

import (
	"fmt"
	"runtime"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/rocketline/rocketline/sandbox"
)

// BenchmarkIdleRooms measures what a room costs that is followed and in which nothing happens. The sandbox is in the same process, so what a
// room of its own costs, which it keeps whether it is followed or not, is measured first and left out; its side of the subscriptions is not.
//
//	go test ./rocketchat -run '^$' -bench IdleRooms -benchtime 2000x
func BenchmarkIdleRooms(b *testing.B) {
	b.StopTimer()
	srv, err := sandbox.New(sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	if err != nil {
		b.Fatal(err)
	}
	defer srv.Close()
	c, err := New(Options{URL: srv.URL()})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	type place struct {
		token Secret
		room  string
	}
	places := make([]place, b.N)
	open := func(do func(i int) error) {
		var all errgroup.Group
		all.SetLimit(32)
		for i := range b.N {
			all.Go(func() error { return do(i) })
		}
		if err := all.Wait(); err != nil {
			b.Fatal(err)
		}
	}
	open(func(i int) error {
		visitor, err := c.RegisterVisitor(b.Context(), NewVisitor{Token: Secret(fmt.Sprintf("tok%d", i)), Name: "Gus"})
		if err != nil {
			return err
		}
		room, _, err := c.OpenRoom(b.Context(), visitor.Token, OpenRoom{})
		places[i] = place{visitor.Token, room.ID}
		return err
	})
	heap := func() (bytes, goroutines float64) {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return float64(m.HeapAlloc + m.StackInuse), float64(runtime.NumGoroutine())
	}
	bytes, goroutines := heap()
	feeds := make([]*Feed, b.N)
	b.StartTimer()
	open(func(i int) (err error) {
		feeds[i], err = c.Follow(b.Context(), places[i].token, places[i].room)
		return err
	})
	b.StopTimer()
	after, running := heap()
	st := c.RealtimeStats()
	b.ReportMetric((after-bytes)/float64(b.N), "B/room")
	b.ReportMetric((running-goroutines)/float64(b.N), "goroutines/room")
	b.ReportMetric(float64(b.N)/float64(st.Sockets), "rooms/socket")
	runtime.KeepAlive(feeds)
}

// BenchmarkStats measures ten thousand rooms’ connections.
func BenchmarkStats(b *testing.B) {
	r := &realtime{rooms: map[string][]*room{}}
	for range 500 {
		r.sockets = append(r.sockets, newSocket(r))
	}
	for b.Loop() {
		r.stats()
	}
}
