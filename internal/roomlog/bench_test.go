package roomlog_test

import (
	"runtime"
	"testing"

	"github.com/rocketline/rocketline/internal/roomlog"
)

// What a log costs in which nothing happens and that one reader watches: bytes/log, without the reader's channel.
func BenchmarkAnIdleLogWithAWatcher(b *testing.B) { footprint(b, 0) }

// The same with ten entries, of which only the log's part counts.
func BenchmarkAQuietLogWithAWatcher(b *testing.B) { footprint(b, 10) }

func footprint(b *testing.B, entries int) {
	const rooms = 10_000
	budget := roomlog.NewBudget(1 << 30)
	entry := new([100]byte)
	chans := make([]chan struct{}, rooms)
	for i := range chans {
		chans[i] = make(chan struct{}, 1)
	}
	for b.Loop() {
		logs, stops := make([]*roomlog.Log[*[100]byte], rooms), make([]func(), rooms)
		before := heap()
		for i := range logs {
			logs[i] = roomlog.New(roomlog.Options[*[100]byte]{
				Events: 1024, Bytes: 1 << 20, Budget: budget, Size: func(e *[100]byte) int { return len(e) },
			})
			stops[i] = logs[i].Watch(chans[i])
			for range entries {
				logs[i].Append(entry)
			}
		}
		b.ReportMetric(float64(heap()-before)/rooms, "bytes/log")
		for i, l := range logs {
			stops[i]()
			l.Close()
		}
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// What an append costs where each pushes out the oldest of another of 10,000 rooms.
func BenchmarkAppendOverABudget(b *testing.B) {
	const rooms = 10_000
	budget := roomlog.NewBudget(100 * 10 * rooms)
	logs := make([]*roomlog.Log[*[100]byte], rooms)
	for i := range logs {
		logs[i] = roomlog.New(roomlog.Options[*[100]byte]{Events: 1024, Budget: budget, Size: func(e *[100]byte) int { return len(e) }})
	}
	entry := new([100]byte)
	for i := range 10 * rooms {
		logs[i%rooms].Append(entry)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		logs[i*7919%rooms].Append(entry)
	}
}
