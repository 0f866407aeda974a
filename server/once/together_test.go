package once_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocketline/rocketline/server/once"
)

func TestCallsThatComeTogetherAreOne(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"a success":          {nil, ""},
		"a refusal":          {errRefused, ""},
		"an unknown outcome": {errLost, unknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, 10)
				release := make(chan struct{})
				var all sync.WaitGroup
				for range 50 {
					all.Go(func() {
						got, err := once.Do(t.Context(), b.book, key, content, func(context.Context) (int32, error) {
							n := b.runs.Add(1)
							<-release
							return n, tt.err
						})
						if tt.err == nil && (got != 1 || err != nil) || tt.err != nil && err == nil || tt.want != "" && reason(err) != tt.want {
							t.Errorf("%d, %v", got, err)
						}
					})
				}
				synctest.Wait() // one works, 49 wait for it
				if _, err := b.do(key, other, nil); reason(err) != reused {
					t.Errorf("other content meanwhile: %v", err)
				}
				close(release)
				all.Wait()
				b.ran(1)
			})
		})
	}
}

func TestWorkGoesOnWhenItsCallerHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 10)
		ctx, hangUp := context.WithCancel(t.Context())
		release := make(chan struct{})
		work := func(ctx context.Context) (string, error) {
			b.runs.Add(1)
			select {
			case <-release:
				return "mailed", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
		var both sync.WaitGroup
		both.Go(func() { _, _ = once.Do(ctx, b.book, key, content, work) })
		synctest.Wait()
		waiting, leave := context.WithCancel(t.Context())
		both.Go(func() {
			if _, err := once.Do(waiting, b.book, key, content, work); !errors.Is(err, context.Canceled) {
				t.Errorf("a caller who waits and leaves: %v", err)
			}
		})
		synctest.Wait()
		hangUp()
		leave()
		synctest.Wait()
		close(release)
		both.Wait()
		if got, err := once.Do(t.Context(), b.book, key, content, work); got != "mailed" || err != nil {
			t.Errorf("the retry: %q, %v", got, err)
		}
		b.ran(1)
	})
}

func TestWorkEndsTenSecondsAfterItsCallersDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 10)
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		_, err := once.Do(ctx, b.book, key, content, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
		if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took != 15*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestTheNextCallerTakesOverFromOneWhoLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 10)
		ctx, hangUp := context.WithCancel(t.Context())
		var both sync.WaitGroup
		both.Go(func() {
			_, err := once.Do(ctx, b.book, key, content, func(context.Context) (string, error) {
				<-ctx.Done() // the file that it was reading comes from the caller
				return "", ctx.Err()
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the first: %v", err)
			}
		})
		synctest.Wait()
		both.Go(func() {
			if got, err := b.do(key, content, nil); got != "run 1" || err != nil {
				t.Errorf("the second: %q, %v", got, err)
			}
		})
		synctest.Wait()
		hangUp()
		both.Wait()
	})
}
