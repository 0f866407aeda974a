package server_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/rocketline/rocketline/internal/replay"
)

// cut is an interruption of the connection to Rocket.Chat.
type cut struct {
	frame int  // the number of the frame at which it happens, from 1
	after bool // in the same instant, right behind the frame; else at rest, before it
	how   replay.Loss
	away  int // for how many frames there is no connection
}

// String implements fmt.Stringer.
func (c cut) String() string {
	when := map[bool]string{false: "before", true: "after"}[c.after]
	return fmt.Sprintf("%v %s frame %d, away for %d", c.how, when, c.frame, c.away)
}

// TestACutSocketChangesNothing cuts the connection to Rocket.Chat at every frame of every recorded conversation, just before it and just
// after it, with the connection coming back at once, one frame later, three frames later and after the last. The three ways in which a
// socket is lost take turns. The reader always knows the same in the end.
//
// Under the race detector the three later returns take turns too: at one frame one of them is tried before it and two after it, at the
// next two and one.
func TestACutSocketChangesNothing(t *testing.T) {
	for _, name := range conversations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := loadRecording(t, name)
			want, frames, _ := uncut(t, rec)
			want.sameAs(t, written(t, name), true)
			plays, events := 0, 0
			for _, c := range cuts(frames) {
				r := readCut(t, rec, c)
				r.known.sameAs(t, want, r.saw())
				r.known.resetOnly(t, false)
				if t.Failed() {
					t.Fatal(c)
				}
				plays, events = plays+1, events+r.known.events
			}
			t.Logf("%d frames, cut in %d ways; %d events came, no reset", frames, plays, events)
		})
	}
}

// cuts lists the interruptions of a conversation of so many frames.
func cuts(frames int) []cut {
	losses := []replay.Loss{replay.LossAbnormal, replay.LossClean, replay.LossHalfOpen}
	var list []cut
	for frame := 1; frame <= frames; frame++ {
		for _, after := range []bool{false, true} {
			left := frames - frame // behind the cut
			if !after {
				left++
			}
			for i, away := range []int{0, 1, 3, left} {
				if raced && i > 0 && (i+frame)%2 == 0 == after {
					continue
				}
				if i == 3 || away < left {
					list = append(list, cut{frame: frame, after: after, how: losses[len(list)%len(losses)], away: away})
				}
			}
		}
	}
	return list
}

// readCut reads a conversation with an interruption.
func readCut(t *testing.T, rec *replay.Recording, c cut) (r *reader) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := newPlay(t, rec)
		r = p.join(p.serve(), 0)
		lost := false
		lose := func() {
			if n := p.upstream.Cut(c.how); n != 1 && !p.upstream.Ended() {
				t.Errorf("%d connections were lost, want 1", n)
			}
			lost = true
		}
		// The connection comes back when as many frames have been missed as are to be.
		mend := func() {
			if lost && p.frames == c.missed() {
				lost = false
				r.note()
				p.upstream.Mend()
				p.rest()
			}
		}
		for frame, ok := p.next(); ok; frame, ok = p.next() {
			here := frame && p.frames+1 == c.frame
			if here && !c.after {
				lose()
				mend()
			}
			if sent := p.step(); lost && sent > 0 {
				t.Errorf("frame %d was sent while the connection was away", p.frames)
			}
			if here && c.after {
				lose()
			}
			synctest.Wait()
			mend()
		}
		p.rest()
	})
	return r
}

// missed is the number of the last frame that falls into the interruption.
func (c cut) missed() int {
	if c.after {
		return c.frame + c.away
	}
	return c.frame + c.away - 1
}
