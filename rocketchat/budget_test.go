package rocketchat

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestAClockThatIsWrongLocksNobodyOutForLong(t *testing.T) {
	for name, chat := range map[string]*limiter{
		"fast, behind a proxy": {ahead: time.Hour, proxied: true},
		"slow, behind a proxy": {ahead: -time.Hour, proxied: true},
		"fast":                 {ahead: time.Hour},
		"slow":                 {ahead: -time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				chat.limit = 3
				c := limitedBy(t, chat, Options{})
				for range 3 {
					if err := shut(t.Context(), c, time.Second); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Minute + renewed)
				for range 3 {
					if err := shut(t.Context(), c, time.Second); err != nil {
						t.Fatal(err)
					}
				}
			})
		})
	}
}

func TestAWindowIsNotMistakenForAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		// The first answer is so slow that it comes in the middle of the next window.
		chat := &limiter{limit: 3, latency: func(call int) time.Duration {
			if call == 2 {
				return 70 * time.Second
			}
			return 0
		}}
		c := limitedBy(t, chat, Options{Timeout: 2 * time.Minute})
		var slow sync.WaitGroup
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		check(shut(t.Context(), c, time.Second))
		slow.Go(func() { check(shut(t.Context(), c, 0)) })
		synctest.Wait()
		check(shut(t.Context(), c, time.Second))
		time.Sleep(65 * time.Second)
		check(shut(t.Context(), c, time.Second))
		check(shut(t.Context(), c, time.Second))
		slow.Wait()
		check(shut(t.Context(), c, time.Second))
		checkNotSent(t, shut(t.Context(), c, time.Second), time.Minute-5*time.Second)
		if chat.refused != 0 {
			t.Errorf("rocket.chat refused %d calls", chat.refused)
		}
	})
}

func TestCallsThatGetNoAnswerAreNotHeldAgainstTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := &limiter{limit: 5}
		c := limitedBy(t, chat, Options{})
		answered := func(want bool) {
			t.Helper()
			if err := shut(t.Context(), c, time.Second); (err == nil) != want || errors.Is(err, errSpent) {
				t.Fatalf("call %d: %v", chat.calls, err)
			}
		}
		answered(true)
		chat.down = true
		for range 10 {
			answered(false)
		}
		chat.down, chat.lose = false, true
		answered(false)
		answered(false)
		chat.lose = false
		answered(true)
		answered(true)
		checkNotSent(t, shut(t.Context(), c, time.Second), time.Minute)
		if chat.refused != 0 {
			t.Errorf("rocket.chat refused %d calls", chat.refused)
		}
	})
}

func TestALimiterThatIsSwitchedOffHoldsNobodyBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := &limiter{limit: 5}
		c := limitedBy(t, chat, Options{})
		for i := range 40 {
			chat.off = i >= 4
			if err := shut(t.Context(), c, time.Second); err != nil {
				t.Fatalf("call %d: %v", i, err)
			}
		}
	})
}

func TestAWaitEndsWithItsCallerAndWithTheClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := &limiter{limit: 1}
		c := limitedBy(t, chat, Options{})
		if err := shut(t.Context(), c, time.Second); err != nil {
			t.Fatal(err)
		}
		ctx, hangUp := context.WithTimeout(t.Context(), 2*time.Minute)
		failed := make(chan error)
		go func() { failed <- shut(ctx, c, 0) }()
		synctest.Wait()
		hangUp()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("the caller hung up: %v", err)
		}
		go func() { failed <- shut(t.Context(), c, 2*time.Minute) }() // has the place of the first
		synctest.Wait()
		c.rest.close()
		if err := <-failed; !errors.Is(err, errClosed) {
			t.Errorf("the client was closed: %v", err)
		}
		if chat.calls != 1 {
			t.Errorf("%d calls", chat.calls)
		}
	})
}

func TestBudgetsAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := limitedBy(t, &limiter{limit: 10}, Options{})
		known := c.rest.budgets.known
		fill := func(first, n int) {
			for i := range n {
				if err := shut(from(t.Context(), first+i), c, time.Second); err != nil {
					t.Fatal(err)
				}
			}
		}
		fill(0, 500)
		if known.Len() != 500 {
			t.Errorf("%d budgets in the same minute", known.Len())
		}
		time.Sleep(2 * time.Minute)
		fill(1000, 300)
		if known.Len() != 300 {
			t.Errorf("%d budgets a minute later, want those of that minute", known.Len())
		}
		for i := range maxBudgets + 100 {
			c.rest.budgets.of(budgetKey{"GET", "/", netip.AddrFrom4([4]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})}).sent++
		}
		if known.Len() != maxBudgets {
			t.Errorf("%d budgets", known.Len())
		}
	})
}

// Whoever is alone at an address is refused by Rocket.Chat only before anything is known; later every call is let through, or refused here.
func TestOnceTheLimitIsKnownRocketChatRefusesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		limit := rapid.IntRange(1, 10).Draw(rt, "limit")
		pauses := rapid.SliceOfN(rapid.IntRange(0, 15_000), 1, 60).Draw(rt, "pauses")
		patience := rapid.SliceOfN(rapid.IntRange(1000, 200_000), len(pauses), len(pauses)).Draw(rt, "patience")
		slowness := rapid.SliceOfN(rapid.IntRange(0, 400), 1, 9).Draw(rt, "slowness")
		synctest.Test(t, func(t *testing.T) {
			chat := &limiter{limit: limit, latency: func(call int) time.Duration {
				return time.Duration(slowness[call%len(slowness)]) * time.Millisecond
			}}
			c := limitedBy(t, chat, Options{})
			if err := shut(t.Context(), c, 0); err != nil {
				rt.Fatal(err)
			}
			var group sync.WaitGroup
			for i, p := range pauses {
				time.Sleep(time.Duration(p) * time.Millisecond)
				within := time.Duration(patience[i]) * time.Millisecond
				began := time.Now()
				group.Go(func() {
					err := shut(t.Context(), c, within)
					took := time.Since(began)
					if err != nil && !errors.Is(err, errSpent) || took > within {
						rt.Errorf("after %v of %v: %v", took, within, err)
					}
				})
			}
			group.Wait()
			if chat.refused != 0 {
				rt.Errorf("rocket.chat refused %d of %d calls", chat.refused, chat.calls)
			}
		})
	})
}
