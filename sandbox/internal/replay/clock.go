package replay

import (
	"sync"
	"time"
)

// Clock tells the time of the recording while it is replayed, so that limiters' windows pass in no time and dates in requests,
// which the recorder took from its own clock, mean the same. It never goes back.
type Clock struct {
	mu   sync.Mutex
	base time.Time // the recording's time at the moment set
	set  time.Time
}

// NewClock starts at the given time of the recording.
func NewClock(start time.Time) *Clock { return &Clock{base: start, set: time.Now()} }

// slowness is how much slower the clock goes between two events than the machine's: a busy machine must not stretch the few
// milliseconds that lay between them.
const slowness = 20

// Now is the recording's time: that of the newest event plus a little that passes by itself.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() time.Time { return c.base.Add(time.Since(c.set) / slowness) }

// advance sets the clock to a time of the recording. Where it is there already it goes on by a millisecond, so that nothing that
// happened one after the other on the recorded server happens at once.
func (c *Clock) advance(to time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if next := c.now().Add(time.Millisecond); next.After(to) {
		to = next
	}
	c.base, c.set = to, time.Now()
}
