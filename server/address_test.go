package server_test

import (
	"context"
	"net/netip"
	"testing"

	"google.golang.org/grpc"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server"
	"github.com/rocketline/rocketline/server/intercept"
)

// seen returns the address that Rocket.Chat counts the next call of GetVisitor by.
func (s *site) seen(ctx context.Context, conn *grpc.ClientConn) string {
	s.t.Helper()
	if _, err := livechatv1.NewVisitorServiceClient(conn).GetVisitor(ctx, &livechatv1.GetVisitorRequest{}); err != nil {
		s.t.Fatal(err)
	}
	requests := s.chat.Requests()
	for i := len(requests) - 1; i >= 0; i-- {
		if r := requests[i]; r.Route == "livechat/visitor/:token" {
			if one, other := r.Header.Get("X-Forwarded-For"), r.Header.Get("X-Real-IP"); one != other {
				s.t.Errorf("X-Forwarded-For %q, X-Real-IP %q", one, other)
			}
			return r.Header.Get("X-Forwarded-For")
		}
	}
	s.t.Fatal("rocket.chat was not asked")
	return ""
}

// somewhere is an address that nobody here has.
const somewhere = "198.51.100.7"

func TestTheAddressThatRocketChatIsTold(t *testing.T) {
	own := netip.MustParsePrefix("fd00::/8")
	for name, tt := range map[string]struct {
		policy   intercept.AddressPolicy
		services bool
		inside   bool
		md       []string
		want     string // "own": one of the visitor's own; "": none
	}{
		"from inside, told":                   {inside: true, md: []string{"x-client-address", somewhere}, want: somewhere},
		"from inside, told, peers preferred":  {policy: intercept.AddressPeer, inside: true, md: []string{"x-client-address", somewhere}, want: somewhere},
		"from inside, an IPv6 with a zone":    {inside: true, md: []string{"x-client-address", "fe80::1%eth0"}, want: "fe80::1"},
		"from inside, an IPv4 in an IPv6":     {inside: true, md: []string{"x-client-address", "::ffff:198.51.100.7"}, want: somewhere},
		"from inside, untold":                 {inside: true, want: "own"},
		"from inside, untold, peers":          {policy: intercept.AddressPeer, inside: true, want: ""},
		"from inside, words":                  {inside: true, md: []string{"x-client-address", "localhost, or so"}, want: "own"},
		"from inside, two":                    {inside: true, md: []string{"x-client-address", somewhere, "x-client-address", somewhere}, want: "own"},
		"from outside, pretended":             {md: []string{"x-client-address", somewhere}, want: "own"},
		"from outside, pretended, peers":      {policy: intercept.AddressPeer, md: []string{"x-client-address", somewhere}, want: "127.0.0.1"},
		"from outside, pretended to a proxy":  {md: []string{"x-forwarded-for", somewhere, "x-real-ip", somewhere}, want: "own"},
		"from a service, told":                {services: true, md: []string{"x-client-address", somewhere}, want: somewhere},
		"from a service, untold":              {services: true, want: "own"},
		"from a service, untold, peers":       {policy: intercept.AddressPeer, services: true, want: "127.0.0.1"},
		"from a service, an address and port": {services: true, md: []string{"x-client-address", somewhere + ":80"}, want: "own"},
	} {
		t.Run(name, func(t *testing.T) {
			how := setup{server: server.Options{ClientAddress: tt.policy}}
			if tt.services {
				how.services = services
			}
			s := newSite(t, how)
			conn := s.conn
			if !tt.inside {
				conn = s.listen(nil)
			}
			ctx := s.context()
			if tt.services {
				ctx = with(ctx, "x-api-key", crmKey)
			}
			one, two := s.registered(ctx), s.registered(ctx)
			got := s.seen(with(bearer(ctx, one), tt.md...), conn)
			if tt.want != "own" {
				if got != tt.want {
					t.Errorf("told %q, want %q", got, tt.want)
				}
				return
			}
			address, err := netip.ParseAddr(got)
			if err != nil || !own.Contains(address) {
				t.Errorf("told %q, want an address of the visitor's own", got)
			}
			if again := s.seen(with(bearer(ctx, one), tt.md...), conn); again != got {
				t.Errorf("told %s, and then %s", got, again)
			}
			if other := s.seen(with(bearer(ctx, two), tt.md...), conn); other == got {
				t.Errorf("two visitors have the address %s", got)
			}
			replica := newReplica(t, s.chat, how)
			if there := replica.seen(bearer(ctx, one), replica.conn); there != got {
				t.Errorf("told %s here and %s on another replica", got, there)
			}
		})
	}
}

// Rocket.Chat lets an address register ten visitors a minute, and a service registers for everybody.
func TestAServiceRegistersMoreVisitorsThanRocketChatLetsOneAddress(t *testing.T) {
	s := newSite(t, setup{services: services})
	s.chat.SetRateLimits(true)
	ctx := with(s.context(), "x-api-key", crmKey)
	for name, conn := range map[string]*grpc.ClientConn{"from outside": s.listen(nil), "through the gateway": s.conn} {
		for i := range 12 {
			if _, err := livechatv1.NewVisitorServiceClient(conn).RegisterVisitor(ctx, &livechatv1.RegisterVisitorRequest{}); err != nil {
				t.Fatalf("%s, visitor %d: %v", name, i+1, err)
			}
		}
	}
}

// registered registers a visitor and returns its token.
func (s *site) registered(ctx context.Context) string {
	s.t.Helper()
	got, err := s.visitors.RegisterVisitor(ctx, &livechatv1.RegisterVisitorRequest{})
	if err != nil {
		s.t.Fatal(err)
	}
	return got.GetVisitorToken()
}
