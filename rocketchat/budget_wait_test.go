package rocketchat

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestACallThatCannotWaitIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := &limiter{limit: 10}
		c := limitedBy(t, chat, Options{})
		for i := range 10 {
			if err := shut(t.Context(), c, time.Second); err != nil {
				t.Fatalf("call %d: %v", i+1, err)
			}
		}
		time.Sleep(20 * time.Second)
		checkNotSent(t, shut(t.Context(), c, 40*time.Second), 40*time.Second)
		checkNotSent(t, shut(t.Context(), c, 0), 40*time.Second) // without a deadline it would wait 30 s
		if chat.calls != 10 {
			t.Errorf("%d calls were sent", chat.calls)
		}
		if _, err := c.Visitor(t.Context(), testToken); err == nil || chat.calls != 11 {
			t.Errorf("another route: %d calls, %v", chat.calls, err)
		}
		if err := shut(from(t.Context(), 1), c, time.Second); err != nil {
			t.Errorf("another address: %v", err)
		}
		time.Sleep(20 * time.Second)
		began := time.Now()
		if err := shut(t.Context(), c, 0); err != nil { // within 30 s it can
			t.Error(err)
		}
		if waited := time.Since(began); waited < 20*time.Second || waited > 21*time.Second {
			t.Errorf("waited %v", waited)
		}
		if chat.refused != 0 {
			t.Errorf("rocket.chat refused %d calls", chat.refused)
		}
	})
}

func TestAsManyWaitAsTheNextWindowLetsThroughAndTheRestAreToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := &limiter{limit: 10, latency: func(call int) time.Duration { return time.Duration(call%7) * 30 * time.Millisecond }}
		c := limitedBy(t, chat, Options{Timeout: time.Second})
		if err := shut(t.Context(), c, time.Second); err != nil { // from it the limit is known
			t.Fatal(err)
		}
		var group sync.WaitGroup
		var mu sync.Mutex
		took, refused := make(map[time.Duration]int), 0
		began := time.Now()
		for range 30 {
			group.Go(func() {
				err := shut(t.Context(), c, 5*time.Minute)
				mu.Lock()
				defer mu.Unlock()
				switch at := time.Since(began).Truncate(30 * time.Second); {
				case err == nil:
					took[at]++
				case at == 0 && errors.Is(err, errSpent):
					refused++
				default:
					t.Errorf("after %v: %v", time.Since(began), err)
				}
			})
		}
		group.Wait()
		if took[0] != 9 || took[30*time.Second]+took[time.Minute] != 10 || refused != 11 || chat.refused != 0 {
			t.Errorf("%v, %d not sent, rocket.chat refused %d", took, refused, chat.refused)
		}
	})
}

func TestARefusedCallIsMadeOnceMore(t *testing.T) {
	const waits = 20 * time.Second // of the call that was refused
	for name, chat := range map[string]*limiter{
		"with headers":                               {},
		"by words alone":                             {silent: true},
		"by a server whose clock is fast":            {ahead: time.Hour},
		"by a server whose clock is slow":            {ahead: -time.Hour},
		"by one whose clock is fast, behind a proxy": {ahead: time.Hour, proxied: true},
		"by one whose clock is slow, behind a proxy": {ahead: -time.Hour, proxied: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				chat.limit = 2
				seen := make([]string, 0, 4)
				c := limitedBy(t, chat, Options{Timeout: time.Second, Observe: func(_, outcome string, took time.Duration) {
					seen = append(seen, outcome)
					if took > time.Second {
						t.Errorf("took %v with the wait", took)
					}
				}})
				other := limitedBy(t, chat, Options{}) // another process at the same address, of which this one knows nothing
				for range 2 {
					if err := shut(t.Context(), other, time.Second); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(40 * time.Second)
				err := shut(t.Context(), c, 10*time.Second)
				if e := (*Error)(nil); !errors.As(err, &e) || e.Kind != KindLimited || e.HTTPStatus != 429 || e.RetryAfter != waits {
					t.Fatalf("without the time: %+v", err)
				}
				began := time.Now()
				if err := shut(t.Context(), c, 30*time.Second); err != nil {
					t.Fatal(err)
				}
				if waited := time.Since(began); waited < waits || waited > waits+time.Second {
					t.Errorf("waited %v, want %v", waited, waits)
				}
				if chat.calls != 4 || fmt.Sprint(seen) != "["+CodeTooManyRequests+" ok]" {
					t.Errorf("%d calls, observed %v", chat.calls, seen)
				}
			})
		})
	}
}

func TestACallWaitsNoLongerThanItsContextSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		chat := &limiter{limit: 1}
		c := limitedBy(t, chat, Options{})
		if err := shut(t.Context(), c, time.Second); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			until  time.Time
			within time.Duration
		}{
			{time.Time{}, 5 * time.Minute},
			{time.Time{}, 0}, // without a deadline
			{time.Now().Add(30 * time.Second), 5 * time.Minute},
			{time.Now().Add(5 * time.Minute), 30 * time.Second},
		} {
			checkNotSent(t, shut(WithLimitUntil(t.Context(), tt.until), c, tt.within), time.Minute)
		}
		began := time.Now() // longer than Options.LimitWait
		if err := shut(WithLimitUntil(t.Context(), began.Add(2*time.Minute)), c, 0); err != nil || time.Since(began) < time.Minute {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
