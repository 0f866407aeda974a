package server_test

import (
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server/follow"
)

// onlyOnce checks that no state of a message is told twice.
func (l *listener) onlyOnce() {
	l.s.t.Helper()
	told := map[string]bool{}
	for _, e := range l.heard {
		m := e.GetMessageCreated().GetMessage()
		if m == nil {
			m = e.GetMessageUpdated().GetMessage()
		}
		state := m.GetId() + " " + m.GetVersion()
		if m != nil && told[state] {
			l.s.t.Errorf("%q is told twice", lineOf(e))
		}
		told[state] = true
	}
}

func TestWhatHappensIsToldAsItHappens(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		bob := c.chat.Agent("bob")
		l, typing := c.followed(), c.subscribe(c.ctx, &livechatv1.SubscribeRequest{IncludeTyping: true})
		typing.hears("subscribed", "* agent ann", "caught up")
		var id string
		for _, step := range []struct {
			do    func()
			tells []string
		}{
			{func() { c.say(c.ctx, c.room, "hello") }, []string{"+ hello"}},
			{func() { id = c.sends("hi") }, []string{"+ hi"}},
			{func() { c.must(c.ann.Edit(id, "HI")) }, []string{"~ HI"}},
			{func() { c.must(c.ann.React(id, ":smile:")) }, []string{"~ HI :smile:"}},
			{func() { c.must(c.ann.React(id, ":smile:")) }, []string{"~ HI"}},
			{func() { c.must(c.ann.Delete(id)) }, []string{"deleted"}},
			{func() { c.ann.SetStatus(sandbox.Away) }, []string{"away"}},
			{func() { c.ann.SetStatus(sandbox.Busy) }, []string{"busy"}},
			{func() { c.must(c.ann.Transfer(c.room, "bob", "a difficult one")) }, []string{"agent bob", "transferred to agent bob by ann"}},
			{func() { c.must(bob.ReturnToQueue(c.room)) }, []string{"transferred to queue  by bob", "agent"}},
			{func() { c.must(c.ann.Take(c.room)) }, []string{"agent ann"}},
			{func() { c.must(c.ann.CloseRoom(c.room, "solved")) }, []string{"closed: solved", "goodbye rooms_closed, do_not_retry"}},
		} {
			step.do()
			l.hears(step.tells...)
			typing.hears(step.tells...)
		}
		l.ends()
		typing.ends()
		for _, e := range l.heard {
			if comment := e.GetRoomTransferred().GetComment(); comment != "" {
				t.Errorf("a visitor is told %q", comment)
			}
			if e.GetMessageDeleted() != nil && e.GetMessageDeleted().GetMessageId() != id {
				t.Errorf("%v, want %s", e, id)
			}
			if m := e.GetMessageUpdated().GetMessage(); m != nil && m.GetId() != id {
				t.Errorf("%v, want %s", e, id)
			}
		}
	})
}

func TestAMessagesOwnStatesAreToldOnce(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		l := c.followed()
		id := c.say(c.ctx, c.room, "hello").GetId()
		c.must(c.ann.React(id, ":a:"))
		c.must(c.ann.React(id, ":b:"))
		l.hears("+ hello", "~ hello :a:", "~ hello :a: :b:")
		c.say(c.ctx, c.room, "the end")
		l.hears("+ the end")
		l.onlyOnce()
	})
}

func TestAVisitorHearsItsOwnClose(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		l := c.followed()
		c.close(c.ctx, c.room)
		l.hears("closed: Closed by visitor", "goodbye rooms_closed, do_not_retry")
		l.ends()
		if by := l.heard[len(l.heard)-2].GetRoomClosed().GetClosedBy(); by.GetKind() != livechatv1.AuthorKind_AUTHOR_KIND_VISITOR {
			t.Errorf("closed by %v", by)
		}
	})
}

func TestAgentsThatAreHiddenAreNotToldByEventsEither(t *testing.T) {
	c := converse(t, setup{workspace: sandbox.Options{Settings: map[string]any{"Livechat_show_agent_info": false}}}, follow.Options{})
	bob := c.chat.Agent("bob")
	l := c.subscribe(c.ctx, &livechatv1.SubscribeRequest{IncludeTyping: true})
	l.hears("subscribed", "* agent", "caught up")
	c.must(c.ann.Typing(c.room, true))
	l.hears(" types")
	c.sends("hi")
	l.hears("+ hi", " stops")
	c.must(c.ann.Transfer(c.room, "bob", ""))
	l.hears("transferred to agent  by ")
	c.must(bob.CloseRoom(c.room, "solved"))
	l.hears("closed: solved", "goodbye rooms_closed, do_not_retry")
	l.neverHeard("ann", "bob", annID, bob.ID())
}
