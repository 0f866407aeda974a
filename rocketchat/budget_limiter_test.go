package rocketchat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// limiter is a Rocket.Chat that counts as a real one does (rest-visitor 1.4) and answers every call alike. It stands where the network
// would be, so that time can be faked.
type limiter struct {
	limit    int
	interval time.Duration
	silent   bool          // no headers
	off      bool          // lets everybody through, and tells nothing
	ahead    time.Duration // of its clock
	proxied  bool          // the Date is a proxy's, whose clock is right
	latency  func(call int) time.Duration
	down     bool // calls do not reach it
	lose     bool // their answers are lost, after they were counted

	mu      sync.Mutex
	calls   int
	refused int
	windows map[string]time.Time // when a route's began: one for all addresses
	count   map[string]int
}

func (l *limiter) RoundTrip(r *http.Request) (*http.Response, error) {
	if l.down {
		return nil, syscall.ECONNREFUSED
	}
	l.mu.Lock()
	l.calls++
	var way time.Duration
	if l.latency != nil {
		way = l.latency(l.calls)
	}
	l.mu.Unlock()
	if err := travel(r.Context(), way/3); err != nil {
		return nil, err
	}
	l.mu.Lock()
	status, header, body := l.answer(r)
	l.mu.Unlock()
	if err := travel(r.Context(), way-way/3); err != nil {
		return nil, err
	}
	if l.lose {
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(bytes.NewBufferString(body)), Request: r}, nil
}

// travel takes that long, or ends with the call.
func travel(ctx context.Context, way time.Duration) error {
	select {
	case <-time.After(way):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *limiter) answer(r *http.Request) (int, http.Header, string) {
	now := time.Now()
	header := http.Header{"Content-Type": {"application/json"}}
	header.Set("Date", now.UTC().Format(http.TimeFormat))
	if !l.proxied {
		header.Set("Date", now.Add(l.ahead).UTC().Format(http.TimeFormat))
	}
	if l.off {
		return http.StatusOK, header, `{"success":true}`
	}
	rule := r.Method + r.URL.Path
	key := rule + r.Header.Get("X-Real-IP")
	if began, ok := l.windows[rule]; !ok || now.Sub(began) >= l.interval {
		l.windows[rule] = now
		for other := range l.count {
			if len(other) >= len(rule) && other[:len(rule)] == rule {
				delete(l.count, other)
			}
		}
	}
	l.count[key]++
	ends := l.windows[rule].Add(l.interval)
	if !l.silent {
		header.Set("X-RateLimit-Limit", strconv.Itoa(l.limit))
		header.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, l.limit-l.count[key])))
		header.Set("X-RateLimit-Reset", strconv.FormatInt(ends.Add(l.ahead).UnixMilli(), 10))
	}
	if l.count[key] <= l.limit {
		return http.StatusOK, header, `{"success":true}`
	}
	l.refused++
	wait := (ends.Sub(now) + time.Second - 1) / time.Second
	return http.StatusTooManyRequests, header, fmt.Sprintf(`{"success":false,"error":"Error, too many requests. Please slow down. You must `+
		`wait %d seconds before trying this endpoint again. [error-too-many-requests]"}`, wait)
}

// limitedBy returns a client of such a Rocket.Chat. It must be called in a bubble.
func limitedBy(t testing.TB, l *limiter, o Options) *Client {
	t.Helper()
	l.windows, l.count = make(map[string]time.Time), make(map[string]int)
	if l.interval == 0 {
		l.interval = time.Minute
	}
	c := newClientOf(t, "http://chat.example", o)
	c.rest.http.Transport = l
	return c
}

// from is the address of a visitor.
func from(ctx context.Context, visitor int) context.Context {
	return WithClientAddress(ctx, netip.AddrFrom4([4]byte{10, byte(visitor >> 16), byte(visitor >> 8), byte(visitor)}))
}

// shut makes a call, a write, that has that long.
func shut(ctx context.Context, c *Client, within time.Duration) error {
	if within > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, within)
		defer cancel()
	}
	return c.CloseRoom(ctx, testToken, "r")
}

// checkNotSent checks that a call was refused here, with the advice to wait that long.
func checkNotSent(t testing.TB, err error, wait time.Duration) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Kind != KindLimited || e.Code != CodeTooManyRequests || e.HTTPStatus != 0 || e.Ambiguous || !errors.Is(err, errSpent) {
		t.Fatalf("%v, want a refusal without a call", err)
	}
	if e.RetryAfter < wait || e.RetryAfter > wait+renewed {
		t.Errorf("retry after %v, want %v", e.RetryAfter, wait)
	}
}
