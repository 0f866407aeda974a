package fault

import (
	"math"
	"sync"
	"time"
)

// Clock is a server's clock that can be wrong. Its methods are safe for concurrent use.
type Clock struct {
	base func() time.Time

	mu      sync.Mutex
	setting Setting
	since   time.Time // when it was set
}

// Setting is how a clock departs from the true time; the zero value is not at all.
type Setting struct {
	// Skew is how far the clock is ahead, or behind when negative.
	Skew time.Duration
	// Drift is how many seconds the clock gains per second from now on, or loses when negative; above -1, at most 10.
	Drift float64
	// Freeze is how long the clock stands still from now on, so that everything falls into one millisecond. Then it jumps to
	// where it would be.
	Freeze time.Duration
}

// Forever freezes a clock until it is set again.
const Forever time.Duration = math.MaxInt64

func newClock(base func() time.Time) *Clock { return &Clock{base: base, since: base()} }

// Set replaces the whole setting. A setting that makes no sense is a *FieldError.
func (c *Clock) Set(s Setting) error {
	switch {
	case !(s.Drift > -1 && s.Drift <= 10):
		return &FieldError{"drift", "must be above -1 and at most 10"}
	case s.Freeze < 0:
		return &FieldError{"freeze", "must not be negative"}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.setting, c.since = s, c.base()
	return nil
}

// Setting is what Set was given, with what is left of Freeze.
func (c *Clock) Setting() Setting {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.setting
	if s.Freeze != Forever {
		s.Freeze = max(0, s.Freeze-c.base().Sub(c.since))
	}
	return s
}

// Now is the time that the server believes in.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.base()
	elapsed := now.Sub(c.since)
	if elapsed < c.setting.Freeze {
		return c.since.Add(c.setting.Skew)
	}
	return now.Add(c.setting.Skew + time.Duration(float64(elapsed)*c.setting.Drift))
}
