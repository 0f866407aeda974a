package server_test

import (
	"testing"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server/follow"
)

// A workspace that stores request headers deletes visitors with open rooms, too, and while livechat is switched off nobody can tell beforehand
// that there is one. Nothing tells the room's readers: the room is asked for right after.
func TestAVisitorThatIsDeletedHearsGoodbyeAtOnce(t *testing.T) {
	for _, version := range []sandbox.Profile{sandbox.V6_5, sandbox.V7_0, sandbox.Later} { // before 4.0 nobody is deleted then
		t.Run(string(version), func(t *testing.T) {
			c := converse(t, of(version), follow.Options{Recheck: 24 * time.Hour})
			l, other := c.followed(), c.followed()
			stranger := c.visitor()
			room := c.open(stranger)
			theirs := c.subscribe(stranger, &livechatv1.SubscribeRequest{RoomIds: []string{room}})
			theirs.hearsUntil("caught up")
			c.set("Livechat_Allow_collect_and_store_HTTP_header_informations", true)
			c.set("Livechat_enabled", false)
			_, err := c.visitors.DeleteVisitor(c.ctx, &livechatv1.DeleteVisitorRequest{})
			c.must(err)
			for _, l := range []*listener{l, other} {
				l.hears("goodbye right_lost, do_not_retry")
				l.ends()
			}
			_, err = c.ann.Send(room, "still here")
			c.must(err)
			theirs.hears("+ still here")
		})
	}
}

// Registered anew by the same e-mail address, a visitor has another token, and the room with it. Whoever follows it by the old one finds out
// when the room is next looked at.
func TestAStreamWhoseTokenDiesEndsWithoutBeingTold(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		site := of(version)
		site.services, site.open = services, true // a service may register a visitor by its address
		c := converse(t, site, follow.Options{Recheck: 20 * time.Millisecond})
		email := "vera@example.org"
		crm := with(c.context(), "x-api-key", crmKey)
		was, err := c.visitors.RegisterVisitor(crm, &livechatv1.RegisterVisitorRequest{Email: email})
		c.must(err)
		ctx := bearer(c.context(), was.GetVisitorToken())
		l := c.subscribe(ctx, &livechatv1.SubscribeRequest{RoomIds: []string{c.open(ctx)}})
		l.hearsUntil("caught up")
		now, err := c.visitors.RegisterVisitor(crm, &livechatv1.RegisterVisitorRequest{Email: email})
		c.must(err)
		if now.GetVisitorToken() == was.GetVisitorToken() {
			t.Fatal("the token is the old one")
		}
		l.hears("goodbye right_lost, do_not_retry")
		l.ends()
	})
}
