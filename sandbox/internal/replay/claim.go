package replay

import (
	"fmt"
	"strings"
)

// Known is a difference that is known and meant to stay, or not yet repaired.
type Known struct {
	// At and Path name the difference; each may be a beginning. An empty one fits all.
	At, Path string
	Reason   string
}

// Claim is what a scenario must come to.
type Claim struct {
	Known []Known
	// Floor, when not nil, replaces the comparison with Known: that much must match at least.
	Floor *Floor
}

// Floor is a number of exchanges and frames that must come out equal.
type Floor struct{ REST, Frames int }

// Judge lists what a result does not keep: differences that are not known, and known ones that do not occur any more.
func (c Claim) Judge(r *Result) []string {
	var problems []string
	if c.Floor != nil {
		if r.REST.Matched < c.Floor.REST || r.Frames.Matched < c.Floor.Frames {
			problems = append(problems, fmt.Sprintf("matched %d exchanges and %d frames, want at least %d and %d",
				r.REST.Matched, r.Frames.Matched, c.Floor.REST, c.Floor.Frames))
		}
		return problems
	}
	used := make([]bool, len(c.Known))
	for _, d := range r.Differences {
		known := false
		for i, k := range c.Known {
			if strings.HasPrefix(d.At, k.At) && strings.HasPrefix(d.Path, k.Path) {
				used[i], known = true, true
			}
		}
		if !known {
			problems = append(problems, d.String())
		}
	}
	for i, k := range c.Known {
		if !used[i] {
			problems = append(problems, fmt.Sprintf("known difference %q %q does not occur any more: remove it", k.At, k.Path))
		}
	}
	return problems
}
