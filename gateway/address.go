package gateway

import (
	"net/http"
	"net/netip"
	"strings"
)

// proxies are the peers whose word about the client's address is believed.
type proxies []netip.Prefix

// client returns the address that the request came from; the zero Addr if the connection has none.
//
// It is the peer's, unless the peer is a trusted proxy. Then it is the right-most entry of X-Forwarded-For that is not a trusted
// proxy's: entries left of it are that client's own words. An entry that cannot be read ends the search, and the proxy that wrote it
// down counts as the client. Without X-Forwarded-For, X-Real-IP is believed.
func (p proxies) client(r *http.Request) netip.Addr {
	peer := readAddr(r.RemoteAddr)
	if !p.trust(peer) {
		return peer
	}
	forwarded := r.Header.Values("X-Forwarded-For")
	if len(forwarded) == 0 {
		if values := r.Header.Values("X-Real-Ip"); len(values) == 1 {
			if a := readAddr(values[0]); a.IsValid() {
				return a
			}
		}
		return peer
	}
	hops := strings.Split(strings.Join(forwarded, ","), ",")
	client := peer
	for i := len(hops) - 1; i >= 0; i-- {
		hop := readAddr(hops[i])
		if !hop.IsValid() {
			return client
		}
		client = hop
		if !p.trust(hop) {
			return client
		}
	}
	return client
}

func (p proxies) trust(a netip.Addr) bool {
	for _, prefix := range p {
		if prefix.Contains(a) {
			return true
		}
	}
	return false
}

// readAddr reads an address with or without a port, in brackets or not; the zero Addr if it is none. A zone is dropped, and an IPv4
// address in IPv6 dress becomes the IPv4 address that it is.
func readAddr(s string) netip.Addr {
	s = strings.Trim(strings.TrimSpace(s), `"`)
	if withPort, err := netip.ParseAddrPort(s); err == nil {
		return withPort.Addr().Unmap().WithZone("")
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}
