// Package limit counts calls as Rocket.Chat's REST and DDP limiters do.
package limit

import (
	"fmt"
	"math"
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

// Rule is a limit: calls per interval, counted by key.
type Rule struct {
	name     string
	calls    int
	interval time.Duration
}

// RestRule is the default of a fresh workspace: ten calls a minute for each route and address.
func RestRule(verb, route string) Rule {
	return Rule{name: "rest " + verb + " " + route, calls: 10, interval: time.Minute}
}

// The defaults of a fresh workspace for DDP: per connection, and per connection, kind and name. Names of streams have four times the
// calls in four times the interval.
var (
	RuleConnection = Rule{name: "ddp connection", calls: 600, interval: time.Minute}
	RuleMethod     = Rule{name: "ddp connection by method", calls: 10, interval: 10 * time.Second}
	RuleStream     = Rule{name: "ddp connection by stream", calls: 40, interval: 40 * time.Second}
)

// New makes a limiter whose windows follow the clock.
func New(now func() time.Time) *Limiter {
	return &Limiter{now: now, rules: map[string]*window{}}
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
	w := l.rules[r.name]
	if w == nil || now.Sub(w.start) >= r.interval {
		w = &window{start: now, count: map[string]int{}}
		l.rules[r.name] = w
	}
	w.count[key]++
	return Verdict{
		Allowed:   w.count[key] <= r.calls,
		Remaining: max(0, r.calls-w.count[key]),
		Wait:      r.interval - now.Sub(w.start),
	}
}

// WaitText is how both families of refusals begin.
func WaitText(wait time.Duration, before string) string {
	return fmt.Sprintf("Error, too many requests. Please slow down. You must wait %d seconds before trying %s.",
		int(math.Ceil(wait.Seconds())), before)
}
