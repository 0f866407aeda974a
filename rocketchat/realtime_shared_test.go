package rocketchat

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

// silent fails if a feed has something to tell.
func silent(t *testing.T, feeds ...*Feed) {
	t.Helper()
	synctest.Wait()
	for i, feed := range feeds {
		select {
		case e := <-feed.Events():
			t.Errorf("feed %d has %+v to tell", i, e)
		default:
		}
	}
}

// hears fails unless each feed's next event is that message.
func hears(t *testing.T, messageID string, feeds ...*Feed) {
	t.Helper()
	for i, feed := range feeds {
		if e := next(t, feed); e.Kind != EventMessage || e.Message.ID != messageID {
			t.Errorf("feed %d got %+v, want %s", i, e, messageID)
		}
	}
}

func TestFeedsOfOneRoomShareItsSubscriptions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		first := follow(t, r, "R1")
		s.say("R1", "m1")
		hears(t, "m1", first)
		second := follow(t, r, "R1")
		silent(t, second)
		if n := s.say("R1", "m2"); n != 1 || len(s.subs) != 4 || len(s.open()) != 1 {
			t.Errorf("two feeds hear by %d subscriptions, of %d, on %d connections", n, len(s.subs), len(s.open()))
		}
		hears(t, "m2", first, second)
		first.Close()
		synctest.Wait()
		if n := s.say("R1", "m3"); n != 1 {
			t.Errorf("the feed that is left hears by %d subscriptions", n)
		}
		hears(t, "m3", second)
		silent(t, second)
		second.Close()
		synctest.Wait()
		if n := len(s.open()); n != 0 || len(r.rooms) != 0 {
			t.Errorf("%d connections, %d rooms are left", n, len(r.rooms))
		}
	})
}

func TestAFeedWithAnotherTokenIsProvedByItself(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		s.answer = func(sub siteSub) string {
			if fmt.Sprint(sub.Params[1]) != fmt.Sprint(s.subs[0].Params[1]) {
				return notAllowed
			}
			return ""
		}
		first := follow(t, r, "R1")
		var refusal *Error
		if _, err := r.follow(t.Context(), "tok-stolen", "R1"); !errors.As(err, &refusal) || refusal.Code != CodeNotAllowed {
			t.Errorf("with another visitor's token: %v", err)
		}
		s.set(func() { s.answer = func(siteSub) string { return "" } })
		second, err := r.follow(t.Context(), "tok-other", "R1")
		if err != nil {
			t.Fatal(err)
		}
		if n := s.say("R1", "m1"); n != 2 {
			t.Errorf("it was heard on %d connections", n)
		}
		hears(t, "m1", first, second)
		silent(t, first, second)
	})
}

func TestWhoFollowsWhileTheRoomIsBeingSubscribedSharesThat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		var held []siteSub
		s.answer = func(sub siteSub) string {
			held = append(held, sub)
			return "silence"
		}
		leaving, leave := context.WithCancel(t.Context())
		var left, stays errgroup.Group
		left.Go(func() error { _, err := r.follow(leaving, "tok-secret", "R1"); return err })
		synctest.Wait()
		var feed *Feed
		stays.Go(func() (err error) { feed, err = r.follow(t.Context(), "tok-secret", "R1"); return err })
		synctest.Wait()
		leave() // the one who began it goes; the other must not be left without
		if err := left.Wait(); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		s.set(func() { s.answer = func(siteSub) string { return "" } })
		held[0].socket.grant(held[0])
		if err := stays.Wait(); err != nil {
			t.Fatal(err)
		}
		if len(s.subs) != 4 {
			t.Errorf("%d subscriptions", len(s.subs))
		}
		s.say("R1", "m1")
		hears(t, "m1", feed)
	})
}

func TestARoomThatWasRefusedIsAskedForAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		first := follow(t, r, "R1") // its reader is slow
		s.say("R1", "m1")
		s.subs[0].socket.send(fmt.Sprintf(`{"msg":"nosub","id":%q,"error":%s}`, s.subs[0].ID, notAllowed))
		synctest.Wait()
		second := follow(t, r, "R1")
		if len(s.subs) != 8 {
			t.Errorf("%d subscriptions", len(s.subs))
		}
		s.say("R1", "m2")
		hears(t, "m2", second)
		expectKinds(t, first, EventMessage, EventBroken)
		if err := expectEnd(t, first); err.Code != CodeNotAllowed {
			t.Errorf("%+v", err)
		}
		silent(t, second)
	})
}

func TestWhoFollowsDuringABreakHearsNothingOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		first := follow(t, r, "R1")
		s.set(func() { s.down = true })
		s.cut()
		expectKinds(t, first, EventBroken)
		var refusal *Error
		if _, err := r.follow(t.Context(), "tok-secret", "R1"); !errors.As(err, &refusal) || refusal.Kind != KindUnavailable {
			t.Errorf("the site is gone: %v", err)
		}
		s.set(func() { s.down = false })
		second := follow(t, r, "R1")
		expectKinds(t, first, EventRestored)
		s.say("R1", "m1")
		hears(t, "m1", first, second)
		silent(t, first, second)
	})
}

// heard collects the numbers of the messages that a feed tells, until it ends.
type heard struct {
	feed    *Feed
	numbers []int
	done    chan struct{}
}

func listen(t *testing.T, feed *Feed) *heard {
	h := &heard{feed: feed, done: make(chan struct{})}
	go func() {
		defer close(h.done)
		for e := range feed.Events() {
			var n int
			if _, err := fmt.Sscan(e.Message.ID, &n); err != nil {
				t.Errorf("%+v", e)
			}
			h.numbers = append(h.numbers, n)
		}
	}()
	return h
}

// An old feed closes while a new one opens, as when the layer above begins anew, at every distance.
func TestOverlappingFeedsLoseAndDoubleNothing(t *testing.T) {
	for seed := range uint64(8) {
		synctest.Test(t, func(t *testing.T) {
			s, random := newSite(t), rand.New(rand.NewPCG(seed, 0))
			r := s.realtime("6.5")
			ctx, cancel := context.WithCancel(t.Context())
			var speaker errgroup.Group
			speaker.Go(func() error {
				for n := 0; ctx.Err() == nil; n++ {
					s.say("R1", fmt.Sprint(n))
					time.Sleep(time.Millisecond)
				}
				return nil
			})
			pause := func() {
				time.Sleep(time.Duration(random.IntN(5)) * time.Millisecond)
				synctest.Wait()
			}
			old := listen(t, follow(t, r, "R1"))
			last := -1
			for range 30 {
				time.Sleep(10 * time.Millisecond)
				overlap := random.IntN(3) > 0 // else the room is left by all, and followed again at once
				var fresh *heard
				if overlap {
					fresh = listen(t, follow(t, r, "R1"))
					pause()
				}
				old.feed.Close()
				<-old.done
				for i, n := range old.numbers {
					if i > 0 && n != old.numbers[i-1]+1 {
						t.Fatalf("seed %d: one feed tells %d after %d", seed, n, old.numbers[i-1])
					}
				}
				if begins := old.numbers[0]; overlap && last >= 0 && begins > last+1 {
					t.Fatalf("seed %d: nobody told %d to %d", seed, last+1, begins-1)
				}
				last = old.numbers[len(old.numbers)-1]
				if !overlap {
					fresh, last = listen(t, follow(t, r, "R1")), -1
				}
				old = fresh
			}
			cancel()
			_ = speaker.Wait()
		})
	}
}
