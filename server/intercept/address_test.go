package intercept_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/intercept"
)

func TestAVisitorKeepsTheAddressThatWasSeenLast(t *testing.T) {
	const home, office = "192.0.2.1", "2001:db8::7"
	for _, policy := range []intercept.AddressPolicy{intercept.AddressVisitor, intercept.AddressPeer} {
		t.Run(string(policy), func(t *testing.T) {
			at := newClock()
			var told netip.Addr
			e := serve(t, handlers{unary: func(ctx context.Context, _ *livechatv1.GetConfigRequest) error {
				told = intercept.ClientAddress(ctx)
				return nil
			}}, intercept.Options{Address: policy, Now: at.now})
			ask := func(visitor, address string) netip.Addr {
				t.Helper()
				if err := e.ask(t.Context(), visitor, address); err != nil {
					t.Fatal(err)
				}
				return told
			}
			unknown := ask("vera", "")
			if unknown.IsValid() != (policy == intercept.AddressVisitor) {
				t.Errorf("before she was seen: %v", unknown)
			}
			for _, step := range []struct {
				after         time.Duration
				visitor, from string
				want          string // empty: as before she was seen
			}{
				{0, "vera", home, home},
				{0, "vera", "", home},
				{11 * time.Hour, "vera", "", home},
				{0, "vera", office, office},
				{11 * time.Hour, "vera", "", office},
				{0, "vera", "not an address", office},
				{2 * time.Hour, "vera", "", ""},
				{0, "", home, home}, // of nobody in particular nothing is remembered
				{0, "vera", "", ""},
			} {
				at.move(step.after)
				want := unknown
				if step.want != "" {
					want = netip.MustParseAddr(step.want)
				}
				if got := ask(step.visitor, step.from); got != want {
					t.Errorf("%+v: told %v, want %v", step, got, want)
				}
			}
			if got := ask("zoe", ""); got == unknown && got.IsValid() {
				t.Errorf("another visitor has the address %v too", got)
			}
		})
	}
}

func TestAVisitorWhoIsNewHasBeenSeenToo(t *testing.T) {
	const home = "192.0.2.1"
	var told netip.Addr
	e := serve(t, handlers{unary: func(ctx context.Context, _ *livechatv1.GetConfigRequest) error {
		told = intercept.ClientAddress(intercept.ForVisitor(ctx, "hers"))
		return nil
	}}, intercept.Options{Address: intercept.AddressVisitor})
	for _, call := range []struct{ visitor, from string }{{"", home}, {"hers", ""}} { // registers, and then calls
		if err := e.ask(t.Context(), call.visitor, call.from); err != nil {
			t.Fatal(err)
		}
		if told != netip.MustParseAddr(home) {
			t.Errorf("%+v: told %v", call, told)
		}
	}
}

func TestTheOwnAddressIsThisProcessesAlone(t *testing.T) {
	one, two := intercept.OwnAddress(intercept.AddressVisitor), intercept.OwnAddress(intercept.AddressVisitor)
	if !netip.MustParsePrefix("fd00::/8").Contains(one) || one == two {
		t.Errorf("%v and %v", one, two)
	}
	if none := intercept.OwnAddress(intercept.AddressPeer); none.IsValid() {
		t.Errorf("%v is made up", none)
	}
}
