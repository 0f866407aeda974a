// Package limit counts calls as Rocket.Chat's REST and DDP limiters do.
package limit

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"sync"
	"time"
)

// Limiter counts calls in fixed windows. A rule has one window for all its keys: it begins with the first call after the
// previous one ended, and when it ends all of the rule's counters start again.
type Limiter struct {
	now func() time.Time

	mu    sync.Mutex
	rules map[string]*window
}

type window struct {
	start time.Time
	count map[string]int
}

// Rule is a limit: calls per interval, counted by key. Two rules of one name share their windows and counters.
type Rule struct {
	Name     string
	Calls    int
	Interval time.Duration
}

// New makes a limiter whose windows follow the clock.
func New(now func() time.Time) *Limiter {
	return &Limiter{now: now, rules: map[string]*window{}}
}

// Reset begins the windows of all rules anew whose names begin so, as a server does whose limits are changed.
func (l *Limiter) Reset(prefix string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.rules, func(name string, _ *window) bool { return strings.HasPrefix(name, prefix) })
}

// Verdict is what a rule says to a call.
type Verdict struct {
	Allowed   bool
	Remaining int
	Wait      time.Duration // until the window ends
}

// Count adds a call, also one that it refuses.
func (l *Limiter) Count(r Rule, key string) Verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	w := l.rules[r.Name]
	if w == nil || now.Sub(w.start) >= r.Interval {
		w = &window{start: now, count: map[string]int{}}
		l.rules[r.Name] = w
	}
	w.count[key]++
	return Verdict{
		Allowed:   w.count[key] <= r.Calls,
		Remaining: max(0, r.Calls-w.count[key]),
		Wait:      r.Interval - now.Sub(w.start),
	}
}

// WaitText is how both families of refusals begin.
func WaitText(wait time.Duration, before string) string {
	return fmt.Sprintf("Error, too many requests. Please slow down. You must wait %d seconds before trying %s.",
		int(math.Ceil(wait.Seconds())), before)
}
