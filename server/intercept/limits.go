package intercept

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/time/rate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/failure"
)

// Rate is how often somebody may call: in the long run so many calls a second, and so many at once after a while of silence. The zero
// Rate sets no bound.
type Rate struct {
	PerSecond float64
	Burst     int
}

// maxCallers is how many callers of one sort are remembered at most. The one that was silent for longest gives way, and a caller whose
// burst is whole again is as good as forgotten anyway.
const maxCallers = 1 << 16

// limits bound how often each visitor and each address may call. A unary call counts as one, a stream too, however long it lasts. They
// are this process's own; Rocket.Chat's come on top.
type limits struct {
	now       func() time.Time
	visitors  *buckets[string]
	addresses *buckets[netip.Addr]
}

func newLimits(visitor, address Rate, now func() time.Time) *limits {
	return &limits{now: now, visitors: newBuckets[string](visitor), addresses: newBuckets[netip.Addr](address)}
}

// buckets are a token bucket for each caller; nil lets everybody through.
type buckets[K comparable] struct {
	rate Rate

	mu      sync.Mutex
	callers *simplelru.LRU[K, *rate.Limiter]
}

func newBuckets[K comparable](r Rate) *buckets[K] {
	if r.PerSecond == 0 {
		return nil
	}
	callers, err := simplelru.NewLRU[K, *rate.Limiter](maxCallers, nil)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return &buckets[K]{rate: r, callers: callers}
}

// admit counts a call, and says how long to wait if it is one too many. Such a call is not counted.
func (b *buckets[K]) admit(caller K, now time.Time) time.Duration {
	if b == nil {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	own, ok := b.callers.Get(caller)
	if !ok {
		own = rate.NewLimiter(rate.Limit(b.rate.PerSecond), b.rate.Burst)
		b.callers.Add(caller, own)
	}
	place := own.ReserveN(now, 1)
	wait := place.DelayFrom(now)
	if wait > 0 {
		place.CancelAt(now)
	}
	return wait
}

// admit counts a call of a visitor, if one calls, and of the caller's address, if it is known. One that the visitor's own bound refuses
// is not counted against those who share the address.
func (l *limits) admit(ctx context.Context) error {
	now := l.now()
	if who := auth.From(ctx); who.Token() != "" {
		if wait := l.visitors.admit(who.ID(), now); wait > 0 {
			return limited("visitor", "this visitor calls too often", wait)
		}
	}
	if from := callerAddress(ctx); from.IsValid() {
		if wait := l.addresses.admit(household(from), now); wait > 0 {
			return limited("address", "too many calls come from this address", wait)
		}
	}
	return nil
}

// household is what counts as one address: of IPv6, the network of 64 bits, since whoever has one address of it has them all.
func household(a netip.Addr) netip.Addr {
	if !a.Is6() {
		return a
	}
	network, _ := a.Prefix(64) // fails for no address of 128 bits
	return network.Addr()
}

func limited(by, text string, wait time.Duration) error {
	return failure.New(codes.ResourceExhausted, livechatv1.ErrorReason_ERROR_REASON_RATE_LIMITED, text).
		With(failure.LimitKey, by).RetryAfter(wait)
}

func (l *limits) unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	if !exempt(info.FullMethod) {
		if err := l.admit(ctx); err != nil {
			return nil, err
		}
	}
	return next(ctx, req)
}

func (l *limits) stream(s *stream) error {
	if exempt(s.info.FullMethod) {
		return nil
	}
	return l.admit(s.ctx)
}
