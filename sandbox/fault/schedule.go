package fault

import (
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"time"
)

// active is a rule at work. The injector's lock guards its counters; the rule and its matcher never change.
type active struct {
	rule    Rule
	matcher matcher
	ends    time.Time // zero: never
	random  *rand.Rand

	matched int
	fired   int
}

// newActive gives the rule a random stream of its own, so that no other rule and no other traffic moves its decisions.
func newActive(rule Rule, seed uint64, now time.Time) *active {
	name := fnv.New64a()
	_, _ = name.Write([]byte(rule.ID))
	a := &active{
		rule:    rule,
		matcher: newMatcher(kinds[rule.Kind].layer, rule.Match),
		random:  rand.New(rand.NewPCG(seed, name.Sum64())),
	}
	if rule.For > 0 {
		a.ends = now.Add(rule.For)
	}
	return a
}

func (a *active) spent(now time.Time) bool {
	return a.rule.Times > 0 && a.fired >= a.rule.Times || !a.ends.IsZero() && !now.Before(a.ends)
}

// decide counts one more match and says whether the rule fires at it.
func (a *active) decide(now time.Time) bool {
	a.matched++
	// Drawn also when nobody asks for the number: the n-th match then always has the n-th number.
	drawn := a.random.Float64()
	beyond := a.matched - a.rule.After
	switch {
	case beyond <= 0, a.spent(now):
		return false
	case a.rule.Every > 1 && beyond%a.rule.Every != 0:
		return false
	case a.rule.Probability > 0 && drawn >= a.rule.Probability:
		return false
	}
	a.fired++
	return true
}

// decide asks every rule that matches and answers those that fire, in their order. Each is asked whatever the others say.
func (i *Injector) decide(t target, skip ...*active) []*active {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.rules) == 0 {
		return nil
	}
	var fired []*active
	now := i.now()
	for _, a := range i.rules {
		if !a.matcher.fits(t) || slices.Contains(skip, a) || !a.decide(now) {
			continue
		}
		fired = append(fired, a)
		i.log.add(Event{At: now, Rule: a.rule.ID, Kind: a.rule.Kind, Nth: a.matched, On: t.String()})
	}
	return fired
}

// Event is a fault that was made.
type Event struct {
	At   time.Time `json:"at"`             // the true time
	Rule string    `json:"rule,omitempty"` // its id; empty for Injector.Cut
	Kind Kind      `json:"kind"`
	Nth  int       `json:"nth,omitempty"` // which of the rule's matches it was, from 1
	On   string    `json:"on"`            // what it befell: "POST /api/v1/livechat/message", "connection 2: changed …"
}

// eventLog keeps the newest events.
type eventLog struct{ kept []Event }

const keptEvents = 1000

func (l *eventLog) add(e Event) {
	if len(l.kept) == keptEvents {
		l.kept = slices.Clone(l.kept[keptEvents/2:])
	}
	l.kept = append(l.kept, e)
}
