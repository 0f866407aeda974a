package rocketchat

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Redirects lists where downloads may be redirected to although the address is private, or the scheme http. Any other redirect must lead
// to a public address over https.
type Redirects struct {
	Hosts     []string // host names in lower case, whatever they resolve to
	Addresses []netip.Prefix
}

// hostName is what a name of a host looks like.
var hostName = regexp.MustCompile(`^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?$`)

// ParseRedirects reads a list of blocks of addresses (10.1.0.0/16, fd00::/8), addresses and host names.
func ParseRedirects(list []string) (Redirects, error) {
	var r Redirects
	for _, item := range list {
		item = strings.ToLower(strings.TrimSpace(item))
		block, err := netip.ParsePrefix(item)
		if addr, bare := netip.ParseAddr(item); bare == nil {
			addr = addr.Unmap().WithZone("")
			block, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		switch {
		case err == nil:
			r.Addresses = append(r.Addresses, block.Masked())
		case len(item) <= 253 && hostName.MatchString(item) && strings.Trim(item, "0123456789.") != "":
			r.Hosts = append(r.Hosts, strings.TrimSuffix(item, "."))
		default:
			return Redirects{}, fmt.Errorf("%q is neither an address, a block of addresses, nor a host name", item)
		}
	}
	return r, nil
}

// lists tells whether connections to an address are allowed because it is listed.
func (r Redirects) lists(addr netip.Addr) bool {
	return slices.ContainsFunc(r.Addresses, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// errStranger is why a redirect was not followed. Whoever runs the service reads it in the log.
var errStranger = errors.New("redirected to an address that is neither public nor listed")

// strangerKey is the context key of what is known of a redirect before its host's name is resolved.
type strangerKey struct{}

// stranger is that.
type stranger struct {
	host   string // as the redirect names it, in lower case
	listed bool   // only listed addresses will do: the scheme is http
}

// newStrangerTransport makes the transport of redirects. The check is made on the address that is dialled, after its name was resolved,
// so that a name which resolves to something else a moment later gains nothing. There is no proxy, which would be dialled in its place,
// no connection that outlives its request, and no certificate of ours; only the authorities are those that the site is trusted by.
func newStrangerTransport(o Options) *http.Transport {
	dialer := &net.Dialer{
		Timeout: o.Timeout,
		ControlContext: func(ctx context.Context, _, address string, _ syscall.RawConn) error {
			return o.RedirectsTo.admit(ctx, address)
		},
	}
	trust := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.TLS != nil {
		trust.RootCAs = o.TLS.RootCAs
	}
	return &http.Transport{
		DialContext:           dialer.DialContext,
		TLSClientConfig:       trust,
		TLSHandshakeTimeout:   o.Timeout,
		DisableKeepAlives:     true,
		DisableCompression:    true,
		MaxConnsPerHost:       maxTransfers,
		ExpectContinueTimeout: time.Second,
	}
}

// admit is nil if the address may be dialled.
func (r Redirects) admit(ctx context.Context, address string) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return errStranger
	}
	to, _ := ctx.Value(strangerKey{}).(stranger)
	addr := at.Addr().Unmap().WithZone("")
	switch {
	case slices.Contains(r.Hosts, to.host), r.lists(addr):
		return nil
	case to.listed, !public(addr):
		return errStranger
	}
	return nil
}

// internet6 is all of IPv6 that is given out to servers. What translates to IPv4, as 64:ff9b::/96 does, is elsewhere.
var internet6 = netip.MustParsePrefix("2000::/3")

// unpublic are the blocks that lead to nobody's public server, beside those that netip knows and IPv6 outside of internet6: other
// machines of the same network or provider, or an address inside an address.
var unpublic = func() []netip.Prefix {
	var all []netip.Prefix
	for _, block := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
		"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
		"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
	} {
		all = append(all, netip.MustParsePrefix(block))
	}
	return all
}()

// public tells whether an address may belong to anybody's server on the internet.
func public(addr netip.Addr) bool {
	return addr.IsGlobalUnicast() && !addr.IsPrivate() && (addr.Is4() || internet6.Contains(addr)) &&
		!slices.ContainsFunc(unpublic, func(p netip.Prefix) bool { return p.Contains(addr) })
}
