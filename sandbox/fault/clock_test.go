package fault

import (
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"
)

func TestClock(t *testing.T) {
	for name, c := range map[string]struct {
		setting Setting
		passed  time.Duration
		want    time.Duration // shown since Set, by a clock that was right before
	}{
		"a clock that was not set is right":           {Setting{}, time.Hour, time.Hour},
		"a clock is ahead":                            {Setting{Skew: time.Minute}, time.Hour, time.Hour + time.Minute},
		"a clock is behind":                           {Setting{Skew: -2 * time.Hour}, time.Hour, -time.Hour},
		"a clock gains":                               {Setting{Drift: 0.1}, 10 * time.Minute, 11 * time.Minute},
		"a clock loses":                               {Setting{Drift: -0.5}, 10 * time.Minute, 5 * time.Minute},
		"a clock stands still":                        {Setting{Freeze: 5 * time.Second}, 5*time.Second - 1, 0},
		"a clock that stood still jumps":              {Setting{Freeze: 5 * time.Second}, 5 * time.Second, 5 * time.Second},
		"a clock stands still until it is set":        {Setting{Freeze: Forever}, 1000 * time.Hour, 0},
		"a clock stands still ahead":                  {Setting{Freeze: Forever, Skew: time.Minute}, time.Hour, time.Minute},
		"a clock that stood still has drifted on":     {Setting{Freeze: time.Second, Drift: 1}, time.Minute, 2 * time.Minute},
		"a clock that stands still shows no drifting": {Setting{Freeze: time.Minute, Drift: 1}, time.Second, 0},
	} {
		bubble(t, name, func(t *testing.T) {
			begin := time.Now()
			clock := injector(t).Clock()
			if err := clock.Set(c.setting); err != nil {
				t.Fatal(err)
			}
			time.Sleep(c.passed)
			if got := clock.Now().Sub(begin); got != c.want {
				t.Errorf("it shows %v", got)
			}
		})
	}
	bubble(t, "messages of a clock that stands still share a millisecond", func(t *testing.T) {
		clock := injector(t).Clock()
		_ = clock.Set(Setting{Freeze: time.Second})
		first := clock.Now()
		time.Sleep(400 * time.Millisecond)
		if clock.Now().UnixMilli() != first.UnixMilli() {
			t.Error("they do not")
		}
		if left := clock.Setting().Freeze; left != 600*time.Millisecond {
			t.Errorf("it says that %v are left", left)
		}
	})
	bubble(t, "a clock that is set anew is right again", func(t *testing.T) {
		clock := injector(t).Clock()
		_ = clock.Set(Setting{Skew: time.Hour, Drift: 1, Freeze: Forever})
		time.Sleep(time.Hour)
		_ = clock.Set(Setting{})
		if !clock.Now().Equal(time.Now()) {
			t.Errorf("it shows %v", clock.Now())
		}
	})
}

func TestClockRefuses(t *testing.T) {
	for name, s := range map[string]Setting{
		"a drift into the past":        {Drift: -1},
		"a drift without measure":      {Drift: 11},
		"a drift that is no number":    {Drift: math.NaN()},
		"a freeze of less than none":   {Freeze: -1},
		"all of it, and keeps nothing": {Skew: time.Hour, Drift: -2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock := injector(t).Clock()
				var field *FieldError
				if err := clock.Set(s); !errors.As(err, &field) {
					t.Errorf("got %v", err)
				}
				if !clock.Now().Equal(time.Now()) {
					t.Error("the clock is wrong now")
				}
			})
		})
	}
}
