package intercept

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

func TestWhatIsRememberedOfCallersIsBounded(t *testing.T) {
	now := time.Now()
	callers := newBuckets[int](Rate{PerSecond: 1, Burst: 1})
	seen := newLastSeen(func() time.Time { return now })
	const more = 100
	for i := range max(maxCallers, maxSeen) + more {
		if callers.admit(i, now) != 0 {
			t.Fatalf("caller %d is refused", i)
		}
		seen.keep(fmt.Sprint(i), netip.IPv6Loopback())
	}
	if callers.callers.Len() != maxCallers || seen.visitors.Len() != maxSeen {
		t.Errorf("%d callers and %d addresses are remembered", callers.callers.Len(), seen.visitors.Len())
	}
	if callers.admit(maxCallers+more-1, now) == 0 {
		t.Error("the newest is forgotten")
	}
	if _, ok := seen.of("0"); ok {
		t.Error("the oldest is still remembered")
	}
}
