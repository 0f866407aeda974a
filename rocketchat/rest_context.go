package rocketchat

import (
	"context"
	"net/http"
	"net/netip"
)

type clientAddressKey struct{}

// WithClientAddress returns a context whose calls tell Rocket.Chat that they come from addr. Rocket.Chat counts calls by address
// and route, 10 a minute by default (rest-visitor 1.4), so a service that speaks for many visitors needs this. It is sent as
// X-Real-IP and as X-Forwarded-For, because the server's settings decide which of them counts. An invalid addr sends nothing.
func WithClientAddress(ctx context.Context, addr netip.Addr) context.Context {
	return context.WithValue(ctx, clientAddressKey{}, addr)
}

// tellClientAddress sets the headers that WithClientAddress asked for.
func tellClientAddress(ctx context.Context, h http.Header) {
	addr, ok := ctx.Value(clientAddressKey{}).(netip.Addr)
	if !ok || !addr.IsValid() {
		return
	}
	text := addr.Unmap().WithZone("").String()
	h.Set("X-Real-IP", text)
	h.Set("X-Forwarded-For", text)
}
