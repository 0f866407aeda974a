package intercept

import (
	"context"
	"crypto/sha256"
	"net/netip"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"

	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
)

// AddressPolicy says which address Rocket.Chat is told for a call whose caller's is not known. Rocket.Chat counts calls by address,
// so one for all would be refused after ten calls a minute.
type AddressPolicy string

// The policies.
const (
	// AddressVisitor derives a stable address of its own for each visitor.
	AddressVisitor AddressPolicy = "visitor"
	// AddressPeer tells the address that the call came from.
	AddressPeer AddressPolicy = "peer"
)

const addressHeader = "x-client-address"

// InProcess is the network of connections from within this process: the gateway's. Only they, and services, are believed when they
// say which address their caller has.
const InProcess = "bufconn"

type addressKey struct{}

// ClientAddress is the address that Rocket.Chat is told for the call; it may be invalid.
func ClientAddress(ctx context.Context) netip.Addr {
	a, _ := ctx.Value(addressKey{}).(netip.Addr)
	return a
}

func (o Options) withAddress(ctx context.Context) context.Context {
	a := o.address(ctx)
	return rocketchat.WithClientAddress(context.WithValue(ctx, addressKey{}, a), a)
}

func (o Options) address(ctx context.Context) netip.Addr {
	who := auth.From(ctx)
	from, inProcess := peerAddress(ctx)
	if inProcess || who.Service() != nil {
		md, _ := metadata.FromIncomingContext(ctx)
		if told := md.Get(addressHeader); len(told) == 1 {
			if a, err := netip.ParseAddr(told[0]); err == nil {
				return a.Unmap().WithZone("")
			}
		}
	}
	switch {
	case o.Address == AddressVisitor && who.Token() != "":
		return visitorAddress(who.Token())
	case o.Address == AddressVisitor && who.Service() != nil:
		return netip.Addr{} // a service's own is none of its visitors'
	}
	return from
}

// ForVisitor returns a context for a call on behalf of a visitor who has just been given a token. Where nothing is known of an address,
// it has the visitor's own.
func ForVisitor(ctx context.Context, token rocketchat.Secret) context.Context {
	if ClientAddress(ctx).IsValid() {
		return ctx
	}
	return rocketchat.WithClientAddress(ctx, visitorAddress(token))
}

// peerAddress is where the call came from, and whether that is this process.
func peerAddress(ctx context.Context) (netip.Addr, bool) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return netip.Addr{}, false
	}
	if p.Addr.Network() == InProcess {
		return netip.Addr{}, true
	}
	at, err := netip.ParseAddrPort(p.Addr.String())
	if err != nil {
		return netip.Addr{}, false
	}
	return at.Addr().Unmap().WithZone(""), false
}

// visitorAddress is a unique-local IPv6 address (RFC 4193) that only this visitor has, and that tells nothing of the token.
func visitorAddress(token rocketchat.Secret) netip.Addr {
	sum := sha256.Sum256([]byte("client address of " + token.Reveal()))
	a := [16]byte{0: 0xfd}
	copy(a[1:], sum[:15])
	return netip.AddrFrom16(a)
}

func (o Options) unaryAddress(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	return next(o.withAddress(ctx), req)
}

func (o Options) streamAddress(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	return next(srv, contextStream{ss, o.withAddress(ss.Context())})
}
