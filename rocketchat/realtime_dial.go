package rocketchat

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

// maxDials is how many handshakes are under way at a time: a site that comes back under thousands of rooms is not to be met by
// all of their connections at once.
const maxDials = 16

// dial makes one connection, when it is its turn.
func (r *realtime) dial(ctx context.Context, onChanged func(ddp.Changed)) (*ddp.Conn, error) {
	select {
	case r.dials <- struct{}{}:
		defer func() { <-r.dials }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	return ddp.Dial(ctx, r.url, ddp.Options{
		HTTPClient:  r.http,
		PingAfter:   r.o.PingAfter,
		PingTimeout: r.o.PingTimeout,
		OnChanged:   onChanged,
		Logger:      r.log,
	})
}

// redial yields the waits between attempts: none before the first, then twice as long each time, with jitter so that the
// connections of a site that comes back do not all come at once.
type redial struct {
	least, most time.Duration
	last        time.Duration
}

func (w *redial) reset() { w.last = 0 }

func (w *redial) next() time.Duration {
	if w.last == 0 {
		w.last = w.least
		return 0
	}
	w.last = min(2*w.last, max(w.most, w.least))
	half := max(w.last/2, w.least)
	return half + rand.N(w.last-half+1)
}
