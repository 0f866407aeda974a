package server_test

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
	"github.com/rocketline/rocketline/server/follow"
)

// remark is what agents say to each other, and visitors must never read.
const remark = "a remark for agents only"

// incident is something that happens to a room, and how it is told: to who is there, to who was there before and comes back, and to who
// comes only afterwards.
type incident struct {
	with   func(*setup)
	lead   func(*conversation) // what comes before it, before anybody listens
	do     func(*conversation)
	told   []string // to who is there, in this order, and to who comes back
	mended []string // to who was cut off from Rocket.Chat meanwhile; nil: as told
	after  []string // to who comes afterwards
	ends   bool     // the room is closed by it
	secret []string // what nobody may read, in no event
	check  func(*testing.T, *livechatv1.SubscribeResponse)
}

// happens lets it happen on every version, undisturbed, with each frame told twice, and while the connection to Rocket.Chat is broken.
func (i incident) happens(t *testing.T, versions ...sandbox.Profile) {
	if len(versions) == 0 {
		versions = []sandbox.Profile{sandbox.V3_4, sandbox.V6_5, sandbox.V7_0, sandbox.Later}
	}
	if i.mended == nil {
		i.mended = i.told
	}
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) {
			t.Run("undisturbed", func(t *testing.T) { i.play(t, version, i.told, i.do) })
			t.Run("with each frame twice", func(t *testing.T) {
				i.play(t, version, i.told, func(c *conversation) {
					_, err := c.chat.Faults().Add(fault.Rule{Kind: fault.Duplicate})
					c.must(err)
					i.do(c)
				})
			})
			t.Run("during a break", func(t *testing.T) {
				i.play(t, version, i.mended, func(c *conversation) { c.apart(func() { i.do(c) }) })
			})
		})
	}
}

func (i incident) play(t *testing.T, version sandbox.Profile, told []string, do func(*conversation)) {
	t.Helper()
	with := of(version)
	if i.with != nil {
		i.with(&with)
	}
	c := converse(t, with, follow.Options{})
	c.chat.Agent("bob")
	if i.lead != nil {
		i.lead(c)
	}
	there, away := c.watching(""), c.watching("")
	cursor := away.leaves()
	do(c)
	there.hears(told...)
	back, newcomer := c.comes(cursor), c.comes("")
	if i.ends {
		const goodbye = "goodbye rooms_closed, do_not_retry"
		there.hears(goodbye)
		back.hears(append(append([]string{"subscribed, resumed"}, starred(told)...), "caught up", goodbye)...)
		newcomer.hears(append(append([]string{"subscribed"}, i.after...), "caught up", goodbye)...)
	} else {
		back.hears(append(append([]string{"subscribed, resumed"}, starred(told)...), "caught up")...)
		newcomer.hears(append(append([]string{"subscribed"}, i.after...), "caught up")...)
		c.sends("and nothing else")
	}
	for _, l := range []*listener{there, back, newcomer} {
		if i.ends {
			l.ends()
		} else {
			l.hears("+ and nothing else")
		}
		l.neverHeard(append(i.secret, c.token)...)
		for _, e := range l.heard {
			if i.check != nil {
				i.check(t, e)
			}
		}
	}
}

// comes subscribes with everything that there is to hear, without history.
func (c *conversation) comes(cursor string) *listener {
	c.t.Helper()
	return c.subscribe(c.ctx, &livechatv1.SubscribeRequest{
		RoomIds: []string{c.room}, Cursor: cursor, History: new(int32), IncludeTyping: true,
	})
}

// watching is comes, up to caught_up.
func (c *conversation) watching(cursor string) *listener {
	c.t.Helper()
	l := c.comes(cursor)
	l.hearsUntil("caught up")
	return l
}

// neverHeard searches the bytes of everything that was heard.
func (l *listener) neverHeard(secrets ...string) {
	l.s.t.Helper()
	for _, e := range l.heard {
		wire, err := proto.Marshal(e)
		l.s.must(err)
		for _, secret := range secrets {
			if bytes.Contains(wire, []byte(secret)) {
				l.s.t.Errorf("%q is told: %v", secret, e)
			}
		}
	}
}

func starred(lines []string) []string {
	var all []string
	for _, line := range lines {
		all = append(all, "* "+line)
	}
	return all
}

func manually(s *setup) { s.workspace.Routing = sandbox.ManualSelection }

// inDepartments are ann's, bob's, and one where nobody is.
func inDepartments(s *setup) {
	s.workspace.Departments = []sandbox.Department{
		{ID: "sales", Name: "Sales", Agents: []string{"ann"}}, {ID: "support", Name: "Support", Agents: []string{"bob"}},
		{ID: "night", Name: "Night", Agents: []string{"nobody"}},
	}
}

func hidingAgents(s *setup) { s.workspace.Settings = map[string]any{"Livechat_show_agent_info": false} }
