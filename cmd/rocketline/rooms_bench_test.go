package main

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// The bounds that BenchmarkRoomsWithAReaderEach holds the service to.
const (
	// maxOfBare is the memory of a reader, as a multiple of what a stream alone costs in gRPC.
	maxOfBare = 1.5
	// roomsASocket is how many rooms, at least, share a connection to Rocket.Chat.
	roomsASocket = 20
	// settling is how long a process is left alone before its memory is read, and collections how often it collects its garbage meanwhile.
	settling    = 10 * time.Second
	collections = 5
	// enter is how many readers come at the same time.
	enter = 128
)

// BenchmarkRoomsWithAReaderEach follows ROOMS rooms (10,000), each by one reader with a connection of its own. The sandbox, with the
// limits of a Rocket.Chat, and the service are processes of their own; the readers are in this one. In the same run a server that does
// nothing but hold such streams open is the floor. It fails if a reader costs the service more than maxOfBare times the memory that it
// costs the floor, if fewer than roomsASocket rooms share a socket, if Rocket.Chat refuses anything for being too much, or if of one
// message in every room not each arrives at that room's reader, once, and nowhere else.
func BenchmarkRoomsWithAReaderEach(b *testing.B) {
	rooms := numberOf(b, "ROOMS", 10_000)
	enoughFiles(b, rooms)
	for b.Loop() {
		floor := ofBare(b, rooms)

		box := boxApart(b)
		visits := box.visits(b, rooms)
		at := freeAddresses(b)
		p, process := serveFrom(b, binaryOf(b), at, "--open", "--rocketchat-url="+box.url, "--address-rate=0",
			"--max-streams="+strconv.Itoa(rooms))
		before := measure(b, at.admin)
		began := time.Now()
		crowd := gather(b, at.grpc, visits)
		crowd.all(b, "caught_up", func(r *roomReader) bool { return r.caughtUp.Load() })
		caughtUp := time.Since(began)

		settle(b, at.admin)
		idle := measure(b, at.admin)
		time.Sleep(settling)
		later := measure(b, at.admin)
		profile(b, at.admin)

		began = time.Now()
		box.sayAll(b, visits, forRoom)
		crowd.all(b, "its message", func(r *roomReader) bool { return r.messages.Load() > 0 })
		delivered := time.Since(began)
		crowd.leave()
		crowd.eachHasItsOwn(b)
		if err := process.Kill(); err != nil {
			b.Fatal(err)
		}
		<-p.ended
		box.stop()
		sockets, refused := box.calls.websockets(), box.calls.refused()

		service := idle.less(before).each(rooms)
		ratio, busy := service.rss/floor.rss, 100*(later.cpu-idle.cpu)/settling.Seconds()
		b.ReportMetric(floor.rss/1024, "KiB/reader-bare")
		b.ReportMetric(service.rss/1024, "KiB/reader")
		b.ReportMetric(ratio, "of-bare")
		b.ReportMetric((service.heap+service.stacks)/(floor.heap+floor.stacks), "of-bare-in-use")
		b.ReportMetric(float64(sockets), "sockets")
		b.ReportMetric(caughtUp.Seconds(), "s-to-catch-up")
		b.ReportMetric(busy, "%CPU-idle")
		b.ReportMetric(delivered.Seconds(), "s-to-deliver")
		b.ReportMetric(0, "ns/op") // which would tell of this program's own work
		b.Logf("a reader of the bare server: %v\na reader of the service:     %v\nupstream: %d websockets, %.0f sockets of REST; %v\n"+
			"all had caught up after %.1f s; idle they take %.1f %% of a CPU; a message in each room took %.1f s",
			floor, service, sockets, idle.files-before.files-float64(rooms+sockets), box.calls,
			caughtUp.Seconds(), busy, delivered.Seconds())

		if ratio > maxOfBare {
			b.Errorf("a reader takes %.2f times the memory of one of the bare server; it may take %.1f", ratio, maxOfBare)
		}
		if most := (rooms + roomsASocket - 1) / roomsASocket; sockets > most {
			b.Errorf("%d rooms are followed on %d sockets; there may be %d", rooms, sockets, most)
		}
		if refused > 0 {
			b.Errorf("%d requests were too many for Rocket.Chat: %v", refused, box.calls)
		}
	}
}

// numberOf reads how many from the environment.
func numberOf(t testing.TB, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, no number of them", name, text)
	}
	return n
}
