package server_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server/follow"
)

// refuseAll answers every request of such a path with 503.
func refuseAll(path string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, path) {
			return false
		}
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	}
}

// apart cuts Rocketline off from everything live and does something meanwhile.
func (c *conversation) apart(meanwhile func()) {
	c.t.Helper()
	c.chat.Intercept(refuseAll("/websocket"))
	c.chat.DropConnections()
	meanwhile()
	c.chat.Intercept(nil)
}

func TestWhatHappenedDuringABreakIsToldAfterIt(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		l, other := c.followed(), c.followed()
		kept, edited, deleted := c.sends("kept"), c.sends("edited"), c.sends("deleted")
		both := func(want ...string) {
			t.Helper()
			l.hears(want...)
			other.hears(want...)
		}
		both("+ kept", "+ edited", "+ deleted")
		c.apart(func() {
			c.must(c.ann.Edit(edited, "EDITED"))
			c.must(c.ann.Delete(deleted))
			c.say(c.ctx, c.room, "written")
			c.must(c.ann.React(kept, ":a:"))
			c.chat.Agent("bob")
			c.must(c.ann.Transfer(c.room, "bob", ""))
		})
		both("deleted", "~ kept :a:", "~ EDITED", "+ written", "transferred to agent bob by ann", "agent bob")
		c.sends("live")
		both("+ live")

		c.chat.DropConnections() // and nothing happens
		c.sends("after")
		both("+ after")
	})
}

func TestAResetLeadsToWhatIsOlderThanItTells(t *testing.T) {
	c := converse(t, setup{}, follow.Options{})
	for range 60 {
		c.sends("text")
	}
	l := c.follow("rl1_AAAA")
	told := l.hearsUntil("caught up")
	token := told[len(told)-1].GetCaughtUp().GetOlderPageToken()
	page, err := c.messages.ListMessages(c.ctx, &livechatv1.ListMessagesRequest{RoomId: c.room, PageToken: token})
	c.must(err)
	if len(told) != 54 || len(page.GetMessages()) != 10 { // subscribed, reset, 50 messages, the agent, caught up
		t.Errorf("%d events, %d older messages", len(told), len(page.GetMessages()))
	}
}

func TestAnOutageBehindABreakIsWaitedFor(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		l := c.followed()
		var refused atomic.Int32
		down := refuseAll("messages.history")
		c.chat.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
			no := down(w, r)
			if no {
				refused.Add(1)
			}
			return no
		})
		c.chat.DropConnections()
		c.eventually("the history was asked for again and again", func() bool { return refused.Load() >= 3 })
		c.sends("meanwhile")
		c.chat.Intercept(nil)
		l.hears("+ meanwhile")
		c.sends("live")
		l.hears("+ live")
		l.onlyOnce()
	})
}

func TestARoomThatIsClosedDuringABreakIsToldAsClosed(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		l, other := c.followed(), c.followed()
		c.apart(func() {
			c.sends("bye")
			c.must(c.ann.CloseRoom(c.room, "solved"))
		})
		for _, l := range []*listener{l, other} {
			l.hears("+ bye", "closed: solved", "goodbye rooms_closed, do_not_retry")
			l.ends()
		}
		c.eventually("nothing is followed", func() bool { return c.hub.Rooms() == 0 })
	})
}

func TestABreakThatNobodyListensToIsToldToWhoeverComesBack(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		cursor := c.followed().leaves()
		c.apart(func() { c.sends("missed") })
		l := c.follow(cursor)
		l.hears("subscribed, resumed")
		l.hearsUntil("caught up")
		c.sends("live")
		l.hearsUntil("+ live")
		if n := strings.Count(strings.Join(linesOf(l.heard), "\n"), "+ missed"); n != 1 {
			t.Errorf("told %d times: %q", n, linesOf(l.heard))
		}
	})
}

func TestAVisitorWhoseTokenIsTakenOverLosesTheRoom(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		w := of(version)
		w.services, w.open = services, true
		c := converse(t, w, follow.Options{})
		_, err := c.visitors.RegisterVisitor(c.ctx, &livechatv1.RegisterVisitorRequest{Name: "Vera", Email: "vera@example.com"})
		c.must(err)
		l := c.followed()
		c.apart(func() { // a service that knows whose address it is
			_, err := c.visitors.RegisterVisitor(with(c.context(), "x-api-key", crmKey), &livechatv1.RegisterVisitorRequest{Name: "Vera", Email: "vera@example.com"})
			c.must(err)
		})
		l.hears("goodbye right_lost, do_not_retry")
		l.ends()
		refuses(t, c.follow(l.cursor()).fails(), visitorUnknown)
	})
}
