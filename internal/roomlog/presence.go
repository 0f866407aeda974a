package roomlog

import (
	"slices"
	"time"
)

// Presence holds the latest value of each of a few users, for as long as it lives: who is typing, who is there. The zero V means
// nothing: who has stopped, or is not there. What a reader did not see before the next value came, it never sees, so a slow one costs
// nothing. A Presence takes no memory before something is set. It is not safe for concurrent use: its owner has a lock.
type Presence[V comparable] struct {
	keys   int
	echo   time.Duration
	number uint64
	latest []numbered[V] // the one that changed last stands last
}

// Present is a user's latest value.
type Present[V comparable] struct {
	Key     string
	Value   V
	At      time.Time // when it was set
	Expires time.Time // the last moment of its life; zero: it does not end by itself
}

type numbered[V comparable] struct {
	Present[V]
	number uint64
}

// NewPresence makes a Presence that holds at most so many keys: names come from outside. A value that is set again within echo is
// taken for the same news that came another way.
func NewPresence[V comparable](keys int, echo time.Duration) *Presence[V] {
	return &Presence[V]{keys: max(keys, 1), echo: echo}
}

// Set notes a key's value, as of a time, and until when it lives; and tells whether that is news. It is not if nothing becomes nothing,
// or if it is the value that is there and was set less than echo before. If there are too many keys, the one that changed longest ago
// goes.
func (p *Presence[V]) Set(key string, value V, at, expires time.Time) bool {
	var nothing V
	i := slices.IndexFunc(p.latest, func(n numbered[V]) bool { return n.Key == key })
	known := i >= 0 && p.latest[i].Value != nothing && p.latest[i].lives(at)
	switch {
	case !known && value == nothing:
		return false
	case known && value == p.latest[i].Value && at.Sub(p.latest[i].At) < p.echo:
		return false
	}
	if i < 0 && len(p.latest) >= p.keys {
		i = 0
	}
	if i >= 0 {
		p.latest = slices.Delete(p.latest, i, i+1)
	}
	p.number++
	p.latest = append(p.latest, numbered[V]{Present[V]{key, value, at, expires}, p.number})
	return true
}

// Since returns the values that changed after the change of the given number, in the order in which they did, and the number of the
// latest change. Those that no longer live are left out.
func (p *Presence[V]) Since(number uint64, now time.Time) (news []Present[V], latest uint64) {
	for _, n := range p.latest {
		if n.number > number && n.lives(now) {
			news = append(news, n.Present)
		}
	}
	return news, p.number
}

// Number is that of the latest change: where one who wants to know only what changes from now on begins.
func (p *Presence[V]) Number() uint64 { return p.number }

func (v Present[V]) lives(now time.Time) bool { return v.Expires.IsZero() || !v.Expires.Before(now) }
