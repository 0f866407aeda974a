package sandbox

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// limiter counts calls in fixed windows. A rule has one window for all its keys: it begins with the first call after the
// previous one ended, and when it ends all of the rule's counters start again.
type limiter struct {
	now func() time.Time

	mu    sync.Mutex
	rules map[string]*window
}

type window struct {
	start time.Time
	count map[string]int
}

// rule is a limit: calls per interval, counted by key.
type rule struct {
	name     string
	calls    int
	interval time.Duration
}

// The defaults of a fresh workspace: REST's per route and address, DDP's per connection and per connection, kind and name.
// Names of streams have four times the calls in four times the interval.
func restRule(verb, route string) rule {
	return rule{name: "rest " + verb + " " + route, calls: 10, interval: time.Minute}
}

var (
	ruleConnection = rule{name: "ddp connection", calls: 600, interval: time.Minute}
	ruleMethod     = rule{name: "ddp connection by method", calls: 10, interval: 10 * time.Second}
	ruleStream     = rule{name: "ddp connection by stream", calls: 40, interval: 40 * time.Second}
)

func newLimiter(now func() time.Time) *limiter {
	return &limiter{now: now, rules: map[string]*window{}}
}

// verdict is what a rule says to a call.
type verdict struct {
	allowed   bool
	remaining int
	wait      time.Duration // until the window ends
}

// count adds a call, also one that it refuses.
func (l *limiter) count(r rule, key string) verdict {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	w := l.rules[r.name]
	if w == nil || now.Sub(w.start) >= r.interval {
		w = &window{start: now, count: map[string]int{}}
		l.rules[r.name] = w
	}
	w.count[key]++
	return verdict{
		allowed:   w.count[key] <= r.calls,
		remaining: max(0, r.calls-w.count[key]),
		wait:      r.interval - now.Sub(w.start),
	}
}

// waitText is how both families of refusals begin.
func waitText(wait time.Duration, before string) string {
	return fmt.Sprintf("Error, too many requests. Please slow down. You must wait %d seconds before trying %s.",
		int(math.Ceil(wait.Seconds())), before)
}
