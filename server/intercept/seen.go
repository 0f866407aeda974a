package intercept

import (
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	// seenFor is how long a visitor's address is believed after it was seen: a long conversation, or a day's work.
	seenFor = 12 * time.Hour
	maxSeen = 1 << 16 // visitors; the one that was not seen for longest gives way
)

// lastSeen remembers from where visitors called, so that one whose next call tells no address keeps the one that Rocket.Chat knows. Each
// replica remembers its own.
type lastSeen struct {
	now func() time.Time

	mu       sync.Mutex
	visitors *simplelru.LRU[string, sighting] // by the principal's id, which is not the token
}

type sighting struct {
	at   netip.Addr
	when time.Time
}

func newLastSeen(now func() time.Time) *lastSeen {
	visitors, err := simplelru.NewLRU[string, sighting](maxSeen, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &lastSeen{now: now, visitors: visitors}
}

func (s *lastSeen) keep(visitor string, at netip.Addr) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.visitors.Add(visitor, sighting{at, s.now()})
}

func (s *lastSeen) of(visitor string) (netip.Addr, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.visitors.Peek(visitor)
	if !ok || s.now().Sub(known.when) > seenFor {
		return netip.Addr{}, false
	}
	return known.at, true
}
