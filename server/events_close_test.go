package server_test

import (
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server/follow"
)

// closedBy checks of every close that is told who did it.
func closedBy(kind livechatv1.AuthorKind, username string) func(*testing.T, *livechatv1.SubscribeResponse) {
	return func(t *testing.T, e *livechatv1.SubscribeResponse) {
		if by := e.GetRoomClosed().GetClosedBy(); e.GetRoomClosed() != nil && (by.GetKind() != kind || by.GetUsername() != username) {
			t.Errorf("closed by %v, want %s %q", by, kind, username)
		}
	}
}

func TestACloseIsToldOnce(t *testing.T) {
	for name, i := range map[string]incident{
		"by the visitor": {
			do:   func(c *conversation) { c.close(c.ctx, c.room) },
			told: []string{"closed: Closed by visitor"},
			check: func(t *testing.T, e *livechatv1.SubscribeResponse) {
				closedBy(livechatv1.AuthorKind_AUTHOR_KIND_VISITOR, e.GetRoomClosed().GetClosedBy().GetUsername())(t, e)
			},
		},
		"by the agent": {
			do:    func(c *conversation) { c.must(c.ann.CloseRoom(c.room, "solved")) },
			told:  []string{"closed: solved"},
			check: closedBy(livechatv1.AuthorKind_AUTHOR_KIND_AGENT, "ann"),
		},
		"by the agent, without words": {
			do:    func(c *conversation) { c.must(c.ann.CloseRoom(c.room, "")) },
			told:  []string{"closed: "},
			check: closedBy(livechatv1.AuthorKind_AUTHOR_KIND_AGENT, "ann"),
		},
		"by the server, for inactivity": {
			do:    func(c *conversation) { c.must(c.chat.CloseInactive(c.room, "silent for too long")) },
			told:  []string{"closed: silent for too long"},
			check: closedBy(livechatv1.AuthorKind_AUTHOR_KIND_SYSTEM, "rocket.cat"),
		},
		"behind a last message": {
			do: func(c *conversation) {
				c.sends("bye")
				c.must(c.ann.CloseRoom(c.room, "solved"))
			},
			told: []string{"+ bye", "closed: solved"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			i.ends = true
			i.after = []string{"* " + i.told[len(i.told)-1]} // nobody serves it any longer
			i.happens(t)
		})
	}
	t.Run("while nobody serves", func(t *testing.T) {
		incident{
			with: manually, ends: true,
			do:    func(c *conversation) { c.must(c.chat.CloseInactive(c.room, "nobody came")) },
			told:  []string{"closed: nobody came"},
			after: []string{"* closed: nobody came"},
		}.happens(t)
	})
	t.Run("on hold", func(t *testing.T) {
		incident{
			ends:   true,
			lead:   func(c *conversation) { c.must(c.ann.Hold(c.room, remark)) },
			do:     func(c *conversation) { c.must(c.ann.CloseRoom(c.room, "solved")) },
			told:   []string{"closed: solved"},
			after:  []string{"* closed: solved"},
			secret: []string{remark},
		}.happens(t, holding...)
	})
	t.Run("by an agent who is hidden", func(t *testing.T) {
		incident{
			with: hidingAgents, ends: true,
			do:     func(c *conversation) { c.must(c.ann.CloseRoom(c.room, "solved")) },
			told:   []string{"closed: solved"},
			after:  []string{"* closed: solved"},
			secret: []string{"ann", annID},
			check:  closedBy(livechatv1.AuthorKind_AUTHOR_KIND_AGENT, ""),
		}.happens(t)
	})
}

// Where the workspace hides the note of a close from visitors (Hide_System_Messages), it is missing in histories, and since 6.12 in streams:
// Rocket.Chat then only shows the room as closed to who asks.
func TestACloseWhoseNoteIsHiddenIsToldOnce(t *testing.T) {
	hidden := func(s *setup) {
		s.workspace.Settings = map[string]any{"Hide_System_Messages": []any{"livechat-close"}}
	}
	byAnn := func(c *conversation) { c.must(c.ann.CloseRoom(c.room, "solved")) }
	for version, told := range map[sandbox.Profile]string{
		sandbox.V3_4: "closed: solved", sandbox.V6_5: "closed: solved", sandbox.V7_0: "closed: ", sandbox.Later: "closed: ",
	} {
		t.Run(string(version), func(t *testing.T) {
			for name, i := range map[string]struct {
				do   func(*conversation)
				told string
			}{
				"by the agent": {func(c *conversation) {
					byAnn(c)
					c.hub.Recheck(rocketchat.Secret(c.token)) // as happens every few minutes
				}, told},
				"by the agent, during a break": {func(c *conversation) { c.apart(func() { byAnn(c) }) }, "closed: "},
				"by the visitor": {func(c *conversation) { c.close(c.ctx, c.room) },
					map[string]string{"closed: ": "closed: ", "closed: solved": "closed: Closed by visitor"}[told]},
			} {
				t.Run(name, func(t *testing.T) {
					with := of(version)
					hidden(&with)
					c := converse(t, with, follow.Options{})
					there, other := c.watching(""), c.watching("")
					cursor := c.watching("").leaves()
					i.do(c)
					for _, l := range []*listener{there, other} {
						line := lineOf(l.next())
						if line != i.told && line != "closed: " { // who asks first may learn less
							t.Errorf("%q, want %q", line, i.told)
						}
						l.hears("goodbye rooms_closed, do_not_retry")
						l.ends()
					}
					c.eventually("nothing is followed", func() bool { return c.hub.Rooms() == 0 })
					for resumed, l := range map[string]*listener{"subscribed, resumed": c.comes(cursor), "subscribed": c.comes("")} {
						l.hears(resumed)
						if line := lineOf(l.next()); line != "* "+i.told && line != "* closed: " {
							t.Errorf("%q, want %q", line, "* "+i.told)
						}
						l.hears("caught up", "goodbye rooms_closed, do_not_retry")
						l.ends()
					}
				})
			}
		})
	}
}
