package replay

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Counts tells how much of a recording was played, and why the rest was not.
type Counts struct {
	Exchanges, Frames int            // played
	Skipped           map[string]int // "exchange: why" or "frame: why" to how many
}

func newCounts() Counts { return Counts{Skipped: map[string]int{}} }

func (c Counts) clone() Counts {
	c.Skipped = maps.Clone(c.Skipped)
	return c
}

// String implements fmt.Stringer: one line for the played, one for each reason.
func (c Counts) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d exchanges and %d frames played", c.Exchanges, c.Frames)
	for _, why := range slices.Sorted(maps.Keys(c.Skipped)) {
		fmt.Fprintf(&b, "\n  %d skipped, %s", c.Skipped[why], why)
	}
	return b.String()
}

func (c *Counts) play(e event) {
	if e.Kind == "rest" {
		c.Exchanges++
	} else {
		c.Frames++
	}
}

func (c *Counts) skip(e event, why string) {
	switch {
	case e.Kind == "rest":
		c.Skipped["exchange: "+why]++
	case e.Kind == "ddp" && e.Event == "":
		c.Skipped["frame: "+why]++
	}
}

// reason says why an event that is no step is not played.
func (e event) reason() string {
	switch {
	case e.agents():
		return "an agent's"
	case e.Kind == "rest":
		return "the visitor's read, answered from what is known"
	case e.Dir == "out":
		return "the recording client's own"
	default:
		return "handshake or result, answered anew"
	}
}

// agents reports whether the event is of another party than the visitor.
func (e event) agents() bool {
	return e.Kind == "rest" && e.Request.Headers["x-auth-token"] != "" || e.Kind == "ddp" && !e.visitors()
}
