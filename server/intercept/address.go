package intercept

import (
	"context"
	"crypto/rand"
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

// addresses are those of one call. Any of them may be invalid.
type addresses struct {
	caller netip.Addr // where the call really comes from, as far as that is known: never a service's, and never one that was made up
	stated netip.Addr // what the gateway, or a service, said of its caller
	told   netip.Addr // to Rocket.Chat
	seen   *lastSeen  // where stated addresses are kept
}

type addressKey struct{}

func addressesOf(ctx context.Context) addresses {
	a, _ := ctx.Value(addressKey{}).(addresses)
	return a
}

// ClientAddress is the address that Rocket.Chat is told for the call; it may be invalid.
func ClientAddress(ctx context.Context) netip.Addr { return addressesOf(ctx).told }

// callerAddress is where the call really comes from; it may be invalid.
func callerAddress(ctx context.Context) netip.Addr { return addressesOf(ctx).caller }

func (o Options) withAddress(ctx context.Context) context.Context {
	a := o.addresses(ctx)
	return rocketchat.WithClientAddress(context.WithValue(ctx, addressKey{}, a), a.told)
}

func (o Options) addresses(ctx context.Context) addresses {
	who := auth.From(ctx)
	from, inProcess := peerAddress(ctx)
	a := addresses{seen: o.seen}
	if inProcess || who.Service() != nil {
		a.stated = statedAddress(ctx)
		a.caller = a.stated
	} else {
		a.caller = from
	}
	switch known, ok := o.seen.of(who.ID()); {
	case a.stated.IsValid():
		a.told = a.stated
		if who.Token() != "" {
			o.seen.keep(who.ID(), a.stated)
		}
	case who.Token() != "" && ok:
		a.told = known
	case o.Address == AddressVisitor && who.Token() != "":
		a.told = visitorAddress(who.Token())
	case o.Address == AddressVisitor && who.Service() != nil: // a service's own is none of its visitors'
	default:
		a.told = from
	}
	return a
}

// statedAddress is what the caller says of the one for whom it calls.
func statedAddress(ctx context.Context) netip.Addr {
	md, _ := metadata.FromIncomingContext(ctx)
	said := md.Get(addressHeader)
	if len(said) != 1 {
		return netip.Addr{}
	}
	a, err := netip.ParseAddr(said[0])
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap().WithZone("")
}

// ForVisitor returns a context for a call on behalf of a visitor who has just been given a token. Where nothing is known of an address,
// it has the visitor's own.
func ForVisitor(ctx context.Context, token rocketchat.Secret) context.Context {
	a := addressesOf(ctx)
	if a.stated.IsValid() {
		a.seen.keep(auth.VisitorID(token), a.stated)
	}
	if a.told.IsValid() {
		return ctx
	}
	return rocketchat.WithClientAddress(ctx, visitorAddress(token))
}

// OwnAddress is what Rocket.Chat is told for calls that this process makes for nobody in particular: an address that it makes up when
// it starts, so that neither visitors nor other replicas share its budget, or none where made-up ones are not wanted.
func OwnAddress(p AddressPolicy) netip.Addr {
	if p != AddressVisitor {
		return netip.Addr{}
	}
	var name [16]byte
	_, _ = rand.Read(name[:]) // never fails
	return uniqueLocal(name[:])
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

// visitorAddress is an address that only this visitor has, and that tells nothing of the token.
func visitorAddress(token rocketchat.Secret) netip.Addr {
	sum := sha256.Sum256([]byte("client address of " + token.Reveal()))
	return uniqueLocal(sum[:])
}

// uniqueLocal makes an address of the range that no network routes (RFC 4193) of 15 bytes.
func uniqueLocal(of []byte) netip.Addr {
	a := [16]byte{0: 0xfd}
	copy(a[1:], of[:15])
	return netip.AddrFrom16(a)
}

func (o Options) unaryAddress(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	return next(o.withAddress(ctx), req)
}

func (o Options) streamAddress(s *stream) error {
	s.ctx = o.withAddress(s.ctx)
	return nil
}
