package main

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkRestart restarts the service under ROOMS readers (2,000) of as many rooms, once in order and once by killing it, while ann
// writes into rooms at random all the time. Sandbox and service are processes of their own, and the sandbox has the limits of a
// Rocket.Chat. The readers do what the contract asks of its clients. It fails if a reader does not have in the end what is in its room, if
// one had to drop what it knew, though nothing was edited or deleted, or if Rocket.Chat refused anything for being too much. It tells how
// long it took from the start of the new process until the last reader had caught up.
func BenchmarkRestart(b *testing.B) {
	rooms := numberOf(b, "ROOMS", 2_000)
	enoughFiles(b, rooms)
	for b.Loop() {
		box := boxApart(b)
		visits := box.visits(b, rooms)
		at, binary := freeAddresses(b), binaryOf(b)
		flags := []string{"--open", "--rocketchat-url=" + box.url, "--address-rate=0"}
		p, process := serveFrom(b, binary, at, flags...)
		readers := congregate(b, box, at.grpc, visits, 1, 5*time.Millisecond)
		readers.allCaughtUp()

		for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
			if err := process.Signal(signal); err != nil {
				b.Fatal(err)
			}
			ending := time.Now()
			<-p.ended
			readers.roundBegins()
			began := time.Now()
			p, process = serveFrom(b, binary, at, flags...)
			took := readers.allCaughtUp().Sub(began)
			b.Logf("after %q the service ended in %.1f s; %d readers had caught up %.1f s after the next one began",
				signal, began.Sub(ending).Seconds(), rooms, took.Seconds())
			b.ReportMetric(took.Seconds(), "s-after-"+strings.ReplaceAll(signal.String(), " ", "-"))
		}
		sum := readers.end()
		b.ReportMetric(0, "ns/op") // which would tell of this program's own work
		b.Logf("%v\nupstream: %v", sum, box.calls)
		if len(sum.resets) > 0 {
			b.Errorf("nothing was edited or deleted, and readers had to drop what they knew: %v", sum.resets)
		}
		if sum.late > 0 {
			b.Errorf("%d messages were told after newer ones", sum.late)
		}
		if refused := box.calls.refused(); refused > 0 {
			b.Errorf("%d requests were too many for Rocket.Chat: %v", refused, box.calls)
		}
	}
}
