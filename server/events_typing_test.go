package server_test

import (
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
	"github.com/rocketline/rocketline/server/follow"
)

func (c *conversation) annTypes(typing bool) {
	c.t.Helper()
	c.must(c.ann.Typing(c.room, typing))
}

func TestTypingIsToldToThoseWhoAsk(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		without, l := c.followed(), c.watching("")
		c.annTypes(true)
		l.hears("ann types")
		began := l.heard[len(l.heard)-1]
		if life := began.GetTyping().GetExpiresAt().AsTime().Sub(began.GetEventTime().AsTime()); life <= 0 {
			t.Errorf("it expires after %v", life)
		}
		c.annTypes(false)
		l.hears("ann stops")
		if l.heard[len(l.heard)-1].GetTyping().GetExpiresAt() != nil {
			t.Error("a stop expires")
		}
		c.sends("written")
		l.hears("+ written")
		without.hears("+ written")
	})
}

func TestWhoComesIsToldWhoTypesNow(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		there := c.watching("")
		c.annTypes(true)
		there.hears("ann types")
		cursor := there.cursor()
		newcomer, back := c.comes(""), c.comes(cursor)
		newcomer.hears("subscribed", "* agent ann", "caught up", "ann types")
		back.hears("subscribed, resumed", "caught up", "ann types")
		c.annTypes(false)
		for _, l := range []*listener{there, newcomer, back} {
			l.hears("ann stops")
		}
		for _, l := range []*listener{c.comes(""), c.comes(cursor)} {
			l.hearsUntil("caught up")
			c.sends("written")
			l.hears("+ written")
		}
	})
}

// A client of Rocket.Chat that sends writes the stop beside it, but on another stream, and it may be lost.
func TestAMessageEndsItsWritersTyping(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		for name, real := range map[string]bool{"by username": false, "by the name that is shown": true} {
			t.Run(name, func(t *testing.T) {
				with := of(version)
				with.workspace.Settings = map[string]any{"UI_Use_Real_Name": real}
				c := converse(t, with, follow.Options{})
				l := c.watching("")
				c.annTypes(true)
				l.hears("ann types")
				c.say(c.ctx, c.room, "the visitor's own")
				l.hears("+ the visitor's own")
				c.sends("written")
				l.hears("+ written", "ann stops")
				c.annTypes(false) // which the agent's client writes, too
				c.annTypes(true)
				l.hears("ann types")
			})
		}
	})
}

func TestAVisitorsMessageEndsItsTyping(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		me, err := c.visitors.GetVisitor(c.ctx, &livechatv1.GetVisitorRequest{})
		c.must(err)
		name := me.GetVisitor().GetUsername()
		l := c.watching("")
		c.must(c.types(c.ctx, c.room, true))
		l.hears(name + " types")
		c.say(c.ctx, c.room, "written")
		l.hears("+ written", name+" stops")
		c.must(c.types(c.ctx, c.room, false))
		c.sends("and nothing else")
		l.hears("+ and nothing else")
		l.neverHeard(c.token)
	})
}

func TestTypingThatIsToldTwiceIsToldOnce(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		l := c.watching("")
		_, err := c.chat.Faults().Add(fault.Rule{Kind: fault.Duplicate})
		c.must(err)
		for range 2 {
			c.annTypes(true)
			l.hears("ann types")
			c.annTypes(false)
			l.hears("ann stops")
		}
		c.must(c.types(c.ctx, c.room, true))
		if typing := l.next().GetTyping(); typing.GetAuthor().GetKind() != livechatv1.AuthorKind_AUTHOR_KIND_VISITOR {
			t.Errorf("%v", typing)
		}
		c.sends("and nothing else")
		l.hears("+ and nothing else")
	})
}

func TestTypingOutlivesABreakByItsOwnTimeOnly(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		l := c.watching("")
		c.annTypes(true)
		l.hears("ann types")
		c.apart(func() {
			c.annTypes(false) // which nobody hears: it is forgotten when it expires
			c.say(c.ctx, c.room, "hello?")
			c.sends("written")
		})
		l.hears("+ hello?", "+ written", "ann stops")
	})
}

// Rocket.Chat takes any name from a visitor's own client.
func TestNamesThatAreNoNamesAreNotTold(t *testing.T) {
	c := converse(t, setup{}, follow.Options{})
	l := c.watching("")
	long := make([]byte, 10_000)
	for i := range long {
		long[i] = 'x'
	}
	pen := c.socket()
	for _, name := range []string{"", string(long)} {
		pen.writesTyping(c.room, c.token, name)
	}
	pen.writesTyping(c.room, c.token, "somebody")
	l.hears("somebody types")
}
