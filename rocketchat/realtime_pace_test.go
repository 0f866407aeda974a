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

// watchLimits makes the site count what each connection asks, and fails for whatever falls into one of the server's windows too much.
func (s *site) watchLimits() {
	asked := map[*siteSocket]map[string][]time.Time{}
	count := func(f siteSub) {
		of := asked[f.socket]
		if of == nil {
			of = map[string][]time.Time{}
			asked[f.socket] = of
		}
		for name, rule := range map[string]struct {
			calls int
			span  time.Duration
		}{f.Msg + f.Name + f.Method: {40, 40 * time.Second}, "all": {600, time.Minute}} {
			of[name] = append(of[name], time.Now())
			if n := len(of[name]); n > rule.calls && of[name][n-1].Sub(of[name][n-1-rule.calls]) <= rule.span {
				s.t.Errorf("%d of %s in %v", rule.calls+1, name, of[name][n-1].Sub(of[name][n-1-rule.calls]))
			}
		}
	}
	s.answer = func(f siteSub) string { count(f); return "" }
	s.result = func(f siteSub) string { count(f); return "" }
}

func TestTwentyRoomsAreRestoredAtOnceAndTheirMessagesFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.watchLimits()
		r := s.realtime("6.5")
		var feeds []*Feed
		start := time.Now()
		for i := range roomsPerSocket {
			feeds = append(feeds, follow(t, r, fmt.Sprintf("R%d", i)))
		}
		s.set(func() { s.subs = nil })
		s.cut()
		for _, feed := range feeds {
			expectKinds(t, feed, EventBroken, EventRestored)
		}
		if took := time.Since(start); took != 0 || len(s.open()) != 1 {
			t.Errorf("took %v on %d connections", took, len(s.open()))
		}
		for i, sub := range s.subs {
			if (i < roomsPerSocket) != (sub.Name == streamMessages) {
				t.Fatalf("subscription %d after the break is to %s", i+1, sub.Name)
			}
		}
	})
}

func TestARoomThatIsNotAnsweredHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		stuck, other := follow(t, r, "R1"), follow(t, r, "R2")
		s.set(func() {
			s.answer = func(sub siteSub) string {
				if sub.Name == streamMessages && sub.event() == "R1" {
					return "silence"
				}
				return ""
			}
		})
		start := time.Now()
		s.cut()
		expectKinds(t, other, EventBroken, EventRestored)
		if took := time.Since(start); took != 0 {
			t.Errorf("restored after %v", took)
		}
		s.set(func() { s.answer = func(siteSub) string { return "" } })
		expectKinds(t, stuck, EventBroken, EventRestored)
	})
}

// Rooms come and go faster than connections may follow; people type in them. The server never has a reason to complain.
func TestChurnKeepsTheServersLimits(t *testing.T) {
	for seed := range uint64(2) {
		synctest.Test(t, func(t *testing.T) {
			s, random := newSite(t), rand.New(rand.NewPCG(seed, 1))
			s.watchLimits()
			r := s.realtime("6.5")
			var all errgroup.Group
			rooms, most, waited := 0, 0, time.Duration(0)
			for i := range 700 {
				stay := time.Duration(random.IntN(20000)) * time.Millisecond
				all.Go(func() error {
					start := time.Now()
					feed, err := r.follow(t.Context(), "tok-secret", fmt.Sprintf("R%d", i))
					if e := (*Error)(nil); errors.As(err, &e) && e.Kind == KindUnavailable {
						return nil // its connection was cut
					} else if err != nil {
						return err
					}
					s.set(func() { waited = max(waited, time.Since(start)) })
					_ = r.setTyping(t.Context(), "tok-secret", fmt.Sprintf("R%d", i), "guest", true)
					time.Sleep(stay)
					feed.Close()
					return nil
				})
				if random.IntN(200) == 0 {
					s.cut()
				}
				time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
				r.mu.Lock()
				rooms, most = max(rooms, len(r.rooms)), max(most, len(r.sockets))
				r.mu.Unlock()
			}
			if err := all.Wait(); err != nil {
				t.Error(err)
			}
			if enough := 2*(rooms/roomsPerSocket+1) + spareSockets + 1; most > enough {
				t.Errorf("%d connections for %d rooms, want at most %d", most, rooms, enough)
			}
			if waited > time.Second {
				t.Errorf("a room waited %v although there may be more connections", waited)
			}
		})
	}
}

func TestNoConnectionsAreOpenedWithoutEndForRoomsThatComeAndGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.watchLimits()
		r := s.realtime("6.5")
		start := time.Now()
		for i := range 2 + spareSockets { // each connection has followed as many rooms as it may for now, and has one left
			follow(t, r, fmt.Sprintf("stays%d", i))
			var leave []*Feed
			for j := range roomsPerSocket - 1 {
				leave = append(leave, follow(t, r, fmt.Sprintf("leaves%d.%d", i, j)))
			}
			for _, feed := range leave {
				feed.Close()
			}
		}
		if n := len(s.open()); n != 2+spareSockets || time.Since(start) != 0 {
			t.Errorf("%d connections after %v", n, time.Since(start))
		}
		time.Sleep(10 * time.Second)
		follow(t, r, "waits")
		if n := len(s.open()); n != 2+spareSockets || time.Since(start) != streamSpan+paceMargin {
			t.Errorf("%d connections, and it was followed after %v", n, time.Since(start))
		}
	})
}

func TestManyRoomsAreFollowedAtOnceOnTwentyToAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		s.watchLimits()
		r := s.realtime("6.5")
		var all errgroup.Group
		for i := range 1000 {
			all.Go(func() error {
				_, err := r.follow(t.Context(), "tok-secret", fmt.Sprintf("R%d", i))
				return err
			})
		}
		start := time.Now()
		if err := all.Wait(); err != nil {
			t.Fatal(err)
		}
		if n := len(s.open()); n != 50 || time.Since(start) != 0 {
			t.Errorf("%d connections after %v", n, time.Since(start))
		}
	})
}

func TestAPlaceIsFreeASpanAfterTheAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newSite(t).realtime("6.5")
		p := newPace(&r.waiting)
		for range streamCalls {
			if !p.try("a", nil) {
				t.Fatal("a place is missing")
			}
		}
		if p.try("a", nil) || !p.try("b", nil) {
			t.Error("each name has places of its own, and no more")
		}
		time.Sleep(time.Hour)
		if p.try("a", nil) {
			t.Error("a call that nobody has answered may still be counted")
		}
		p.done("a")
		start := time.Now()
		if err := p.take(t.Context(), nil, "a", nil); err != nil || time.Since(start) != streamSpan+paceMargin {
			t.Errorf("%v, after %v", err, time.Since(start))
		}
	})
}

func TestWhoWaitsForAPlaceMayGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newSite(t).realtime("6.5")
		p := newPace(&r.waiting)
		p.hold("a", time.Hour)
		ctx, cancel := context.WithCancel(t.Context())
		gone := make(chan struct{})
		var all errgroup.Group
		for range 2 { // the first in the row and the one behind
			all.Go(func() error { return p.take(ctx, gone, "a", nil) })
		}
		synctest.Wait()
		if n := r.waiting.Load(); n != 2 {
			t.Errorf("%d wait", n)
		}
		cancel()
		if err := all.Wait(); err == nil {
			t.Error("they have a place")
		}
		close(gone)
		if err := p.take(t.Context(), gone, "a", nil); err == nil || r.waiting.Load() != 0 {
			t.Errorf("on a connection that is gone: %v, %d wait", err, r.waiting.Load())
		}
	})
}

// The server says how long, and means it for everybody who asks for that stream on that connection (realtime 7).
func TestTheServersLimitIsWaitedFor(t *testing.T) {
	for _, code := range []string{`"too-many-requests"`, `"error-too-many-requests"`} {
		t.Run(code, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSite(t)
				r := s.realtime("6.5")
				follow(t, r, "R0")
				var asked []siteSub
				until, refusals := time.Now().Add(59400*time.Millisecond), 0
				s.set(func() {
					s.answer = func(sub siteSub) string {
						if sub.Name == streamMessages { // all are on their connection before it is known to be held
							asked = append(asked, sub)
							return "silence"
						}
						if left := time.Until(until); sub.Name == streamNotify && left > 0 {
							refusals++
							return fmt.Sprintf(`{"error":%s,"reason":"Error, too many requests.","details":{"timeToReset":%d}}`, code, left.Milliseconds())
						}
						return ""
					}
				})
				var all errgroup.Group
				for i := range 6 {
					all.Go(func() error {
						_, err := r.follow(t.Context(), "tok-secret", fmt.Sprintf("R%d", i+1))
						return err
					})
				}
				synctest.Wait()
				for _, sub := range asked {
					sub.socket.grant(sub)
				}
				synctest.Wait()
				if waiting := r.waiting.Load(); waiting != 12 {
					t.Errorf("%d subscriptions wait for the server's word", waiting)
				}
				if err := all.Wait(); err != nil {
					t.Error(err)
				}
				if !time.Now().Equal(until) {
					t.Errorf("done %v after the time that the server told", time.Since(until))
				}
				if refusals == 0 || refusals > 12 || len(s.open()) != 1 {
					t.Errorf("%d refusals on %d connections: it was asked again before the time", refusals, len(s.open()))
				}
			})
		})
	}
}
