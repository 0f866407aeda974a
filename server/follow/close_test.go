package follow

import (
	"context"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
)

// However a room ends, nobody goes on waiting for history that nobody will read.
func TestWhoWaitsForHistoryIsToldThatTheFollowingHasEnded(t *testing.T) {
	for name, end := range map[string]func(u *upstream, h *Hub){
		"the right is lost":   func(u *upstream, h *Hub) { u.change(func() { u.rest = errRefused }); h.Recheck("secret") },
		"the hub is closed":   func(_ *upstream, h *Hub) { h.Close() },
		"before it fell back": nil,
	} {
		t.Run(name, func(t *testing.T) {
			u := newUpstream()
			for n := range 200 {
				u.documents = append(u.documents, written(n, strconv.Itoa(n), n))
			}
			withHub(t, u, Options{RingEvents: 2}, func(t *testing.T, h *Hub) {
				slow := attach(t, h, u, Start{})
				defer slow.Close()
				slow.sees("caught up")
				for n := range 100 { // more than is kept
					u.feed().tell(heard(written(200+n, "text", 200+n)))
				}
				u.change(func() { u.rest = errDown })
				if end == nil {
					h.Close()
				} else {
					slow.sees()
					end(u, h)
					time.Sleep(time.Minute)
				}
				slow.look()
				slow.look()
				if slow.ending == Running || len(slow.told) != 1 {
					t.Errorf("ending %v, %d events", slow.ending, len(slow.told))
				}
			})
		})
	}
}

func TestAReaderThatWasClosedHoldsNothing(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{RingEvents: 2}, func(t *testing.T, h *Hub) {
		stays, slow := attach(t, h, u, Start{}), attach(t, h, u, Start{})
		defer stays.Close()
		slow.sees("caught up")
		for n := range 100 {
			u.feed().tell(heard(written(n, "text", n)))
		}
		slow.Close()
		if events, ending := slow.Take(false); len(events) != 0 || ending != Running { // another goroutine did not know yet
			t.Errorf("%d events, ending %v", len(events), ending)
		}
		if r := h.followed()[0]; r.hungry != 0 {
			t.Errorf("%d readers wait for history", r.hungry)
		}
	})
}

// A hub that is closed begins nothing that it does not wait for.
func TestAClosedHubBeginsNothing(t *testing.T) {
	u := newUpstream()
	withHub(t, u, Options{}, func(t *testing.T, h *Hub) {
		attach(t, h, u, Start{}).Close()
		began := 0
		h.o.follow = func(ctx context.Context, token rocketchat.Secret, id string, each func(rocketchat.Event), ended func()) (feed, error) {
			began++
			return u.follow(ctx, token, id, each, ended)
		}
		h.Close()
		if err := tryToAttach(t.Context(), h, u); err == nil {
			t.Error("attached")
		}
		synctest.Wait()
		if began != 0 {
			t.Errorf("%d followings began", began)
		}
	})
}
