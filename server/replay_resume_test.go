package server_test

import (
	"testing"
	"testing/synctest"

	"github.com/rocketline/rocketline/internal/replay"
)

// never is more frames than any conversation has: a reader that is away for so many comes back when it is over.
const never = 1 << 20

// TestAReaderThatComesBackKnowsTheSame plays every recorded conversation to many readers at once: for each event there are three that
// break off behind it and resume with its cursor, at once, three frames later, and when the conversation is over.
func TestAReaderThatComesBackKnowsTheSame(t *testing.T) {
	for _, name := range conversations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := loadRecording(t, name)
			want, frames, events := uncut(t, rec)
			came, resets := 0, 0
			var readers []*reader
			synctest.Test(t, func(t *testing.T) { readers = playToMany(t, rec, events) })
			for _, r := range readers {
				r.known.sameAs(t, want, r.saw())
				r.known.resetOnly(t, false)
				if t.Failed() {
					t.Fatalf("the reader that broke off behind event %d", r.breakAt)
				}
				came, resets = came+r.known.events, resets+len(r.known.resets)
			}
			t.Logf("%d frames; %d readers broke off at %d events; %d events came, %d of them resets", frames, len(readers), events, came, resets)
		})
	}
}

// playToMany plays a conversation to three readers for each event.
func playToMany(t *testing.T, rec *replay.Recording, events int) []*reader {
	t.Helper()
	p := newPlay(t, rec)
	s := p.serve()
	returns := map[*reader]int{} // how many frames each is away for, and then the number of the frame behind which it returns
	waiting := map[*reader]bool{}
	for at := 1; at <= events; at++ {
		for _, away := range []int{0, 3, never} {
			returns[p.join(s, at)] = away
		}
	}
	resume := func(over bool) {
		for _, r := range p.readers {
			if !r.away() {
				continue
			}
			if !waiting[r] {
				waiting[r] = true
				returns[r] += p.frames
			}
			if p.frames >= returns[r] || over {
				r.back(s)
			}
		}
	}
	resume(false)
	for _, ok := p.next(); ok; _, ok = p.next() {
		p.step()
		synctest.Wait()
		resume(false)
	}
	resume(true)
	p.rest()
	return p.readers
}

// TestARestartAtEveryEventChangesNothing stops the service behind every event that a reader is told of a recorded conversation; the reader resumes at a
// new one, which starts at once, one frame later, three frames later, or when the conversation is over.
func TestARestartAtEveryEventChangesNothing(t *testing.T) {
	for _, name := range conversations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := loadRecording(t, name)
			want, frames, events := uncut(t, rec)
			came, resets := 0, 0
			for at := 1; at <= events; at++ {
				away := []int{0, 1, 3, never}[at%4]
				r := readRestarted(t, rec, at, away)
				r.known.sameAs(t, want, r.saw())
				r.known.resetOnly(t, r.changed)
				if t.Failed() {
					t.Fatalf("restarted behind event %d, away for %d frames", at, away)
				}
				came, resets = came+r.known.events, resets+len(r.known.resets)
			}
			t.Logf("%d frames; restarted at %d events; %d events came, %d of them resets", frames, events, came, resets)
		})
	}
}

// readRestarted reads a conversation from two services, one after the other.
func readRestarted(t *testing.T, rec *replay.Recording, at, away int) (r *reader) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPlay(t, rec)
		first := p.serve()
		r = p.join(first, at)
		stopped, until := false, 0
		restart := func(over bool) {
			if !r.away() {
				return
			}
			if !stopped {
				stopped, until = true, p.frames+away
				r.leave()
				first.stop()
				p.services = nil
			}
			if p.frames >= until || over {
				r.back(p.serve())
			}
		}
		restart(false)
		for _, ok := p.next(); ok; _, ok = p.next() {
			p.step()
			synctest.Wait()
			restart(false)
		}
		restart(true)
		p.rest()
	})
	return r
}
