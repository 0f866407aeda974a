package rocketchat

import (
	"context"
	"net/http"
	"net/netip"
	"time"
)

type clientAddressKey struct{}

// WithClientAddress returns a context whose calls tell Rocket.Chat that they come from addr. Rocket.Chat counts calls by address
// and route, 10 a minute by default (rest-visitor 1.4), so a service that speaks for many visitors needs this. It is sent as
// X-Real-IP and as X-Forwarded-For, because the server's settings decide which of them counts. An invalid addr sends nothing.
func WithClientAddress(ctx context.Context, addr netip.Addr) context.Context {
	return context.WithValue(ctx, clientAddressKey{}, addr)
}

type limitUntilKey struct{}

// WithLimitUntil returns a context whose calls wait for Rocket.Chat's rate limit only where they can still be made before that time,
// whatever Options.LimitWait says and however far the deadline is; the zero Time for calls that do not wait at all. It is for work that
// may go on for longer than somebody waits for it.
func WithLimitUntil(ctx context.Context, until time.Time) context.Context {
	return context.WithValue(ctx, limitUntilKey{}, until)
}

// limitUntil is until when a call may wait for the rate limit, the call's own time included.
func (r *rest) limitUntil(ctx context.Context, now time.Time) time.Time {
	deadline, bounded := ctx.Deadline()
	until, asked := ctx.Value(limitUntilKey{}).(time.Time)
	switch {
	case asked && (!bounded || until.Before(deadline)):
		return until
	case bounded:
		return deadline
	}
	return now.Add(r.limitWait + callTime)
}

// clientAddress is the address that WithClientAddress asked for, as it is told; the zero Addr for none.
func clientAddress(ctx context.Context) netip.Addr {
	addr, _ := ctx.Value(clientAddressKey{}).(netip.Addr)
	return addr.Unmap().WithZone("")
}

// tellClientAddress sets the headers that WithClientAddress asked for.
func tellClientAddress(ctx context.Context, h http.Header) {
	addr := clientAddress(ctx)
	if !addr.IsValid() {
		return
	}
	h.Set("X-Real-IP", addr.String())
	h.Set("X-Forwarded-For", addr.String())
}
