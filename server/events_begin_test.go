package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server/follow"
)

// beginning subscribes, and returns the messages that come first and then those that older_page_token leads to, newest first.
func (c *conversation) beginning(history *int32, pageSize int32) (told, older []string) {
	c.t.Helper()
	l := c.subscribe(c.ctx, &livechatv1.SubscribeRequest{History: history})
	events := l.hearsUntil("caught up")
	for _, e := range events {
		if m := e.GetMessageCreated().GetMessage(); m != nil {
			told = append(told, m.GetText())
		}
	}
	slices.Reverse(told)
	for token := events[len(events)-1].GetCaughtUp().GetOlderPageToken(); token != ""; {
		page, err := c.messages.ListMessages(c.ctx, &livechatv1.ListMessagesRequest{RoomId: c.room, PageToken: token, PageSize: pageSize})
		c.must(err)
		older = append(older, textsOf(page.GetMessages())...)
		token = page.GetNextPageToken()
	}
	return told, older
}

// writes makes ann write many messages, and returns them newest first.
func (c *conversation) writes(many int) []string {
	var texts []string
	for n := range many {
		texts = append(texts, fmt.Sprint("message ", n))
		c.sends(texts[n])
	}
	slices.Reverse(texts)
	return texts
}

// The history that comes first and the pages that its token leads to are the whole room, each message once.
func TestAStreamBeginsWithTheNewestMessagesAndLeadsToTheOlderOnes(t *testing.T) {
	history := func(n int32) *int32 { return &n }
	for name, c := range map[string]struct {
		written int
		history *int32
		told    int
	}{
		"an empty room":               {0, nil, 0},
		"no history":                  {5, history(0), 0},
		"less than there is":          {5, history(2), 2},
		"as much as there is":         {5, history(5), 5},
		"more than there is":          {5, history(50), 5},
		"fifty unless told otherwise": {53, nil, 50},
	} {
		t.Run(name, func(t *testing.T) {
			onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
				s := converse(t, of(version), follow.Options{})
				want := s.writes(c.written)
				told, older := s.beginning(c.history, 2)
				if diff := cmp.Diff(want[:c.told], told, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("what comes first (-written +told)\n%s", diff)
				}
				if diff := cmp.Diff(want[c.told:], older, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("what is older (-written +told)\n%s", diff)
				}
			})
		})
	}
}

func TestARoomWithMoreThanCanBeToldAtOnceIsCompleteAllTheSame(t *testing.T) {
	c := converse(t, of(sandbox.V3_4), follow.Options{})
	want := c.writes(505)
	most := int32(500)
	told, older := c.beginning(&most, 100)
	if diff := cmp.Diff(want, slices.Concat(told, older)); diff != "" || len(older) == 0 {
		t.Errorf("%d come first (-written +told)\n%s", len(told), diff)
	}
}

// Rocket.Chat's history has no order within a millisecond, and many messages may share one.
func TestMessagesOfOneMomentAreToldOrPagedAndNeverBoth(t *testing.T) {
	c := converse(t, setup{}, follow.Options{})
	want := c.many(c.ctx, c.room, 12)
	c.coarsen(time.Hour)
	n := int32(5)
	told, older := c.beginning(&n, 3)
	got := slices.Concat(told, older)
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-written +told)\n%s", diff)
	}
}

func TestWhoMayNotSubscribe(t *testing.T) {
	const token = "aTokenThatIsNobodysHere0123456789"
	for name, c := range map[string]struct {
		who  func(c *conversation) context.Context
		req  func(c *conversation) *livechatv1.SubscribeRequest
		want told
	}{
		"a visitor without an open room": {
			func(c *conversation) context.Context { return c.visitor() }, nil,
			told{Code: codes.FailedPrecondition, Reason: "NO_OPEN_ROOM"},
		},
		"a visitor that names no room, while livechat is switched off": {
			func(c *conversation) context.Context { c.set("Livechat_enabled", false); return c.ctx }, nil,
			told{Code: codes.FailedPrecondition, Reason: "LIVECHAT_DISABLED"},
		},
		"a token that nobody has": {
			func(c *conversation) context.Context { return bearer(c.context(), token) }, nil, visitorUnknown,
		},
		"a token that nobody has, and a room": {
			func(c *conversation) context.Context { return bearer(c.context(), token) },
			func(c *conversation) *livechatv1.SubscribeRequest {
				return &livechatv1.SubscribeRequest{RoomIds: []string{c.room}}
			}, visitorUnknown,
		},
		"another visitor": {
			func(c *conversation) context.Context { return c.visitor() },
			func(c *conversation) *livechatv1.SubscribeRequest {
				return &livechatv1.SubscribeRequest{RoomIds: []string{c.room}}
			}, roomNotFound,
		},
		"another visitor, with a cursor of the room": {
			func(c *conversation) context.Context { return c.visitor() },
			func(c *conversation) *livechatv1.SubscribeRequest {
				return &livechatv1.SubscribeRequest{RoomIds: []string{c.room}, Cursor: c.followed().leaves()}
			}, roomNotFound,
		},
		"a visitor to its own room and an unknown one": {
			func(c *conversation) context.Context { return c.ctx },
			func(c *conversation) *livechatv1.SubscribeRequest {
				return &livechatv1.SubscribeRequest{RoomIds: []string{c.room, "unknown"}}
			}, roomNotFound,
		},
		"a visitor to all rooms": {
			func(c *conversation) context.Context { return c.ctx },
			func(*conversation) *livechatv1.SubscribeRequest { return &livechatv1.SubscribeRequest{AllRooms: true} },
			told{Code: codes.PermissionDenied, Reason: "NOT_PERMITTED"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
				s := converse(t, of(version), follow.Options{})
				who, req := c.who(s), &livechatv1.SubscribeRequest{}
				if c.req != nil {
					req = c.req(s)
				}
				refuses(t, s.subscribe(who, req).fails(), c.want)
				if rooms := s.chat.Rooms(); len(rooms) != 1 {
					t.Errorf("there are %d rooms, and one was opened", len(rooms))
				}
			})
		})
	}
}

func TestASubscriptionWhileRocketChatIsDownFailsAndIsNotRemembered(t *testing.T) {
	c := converse(t, setup{}, follow.Options{})
	for _, down := range []string{"/websocket", "messages.history"} {
		c.chat.Intercept(refuseAll(down))
		refuses(t, c.follow("").fails(), upstreamDown)
		c.eventually("nothing is followed", func() bool { return c.hub.Rooms() == 0 })
	}
	c.chat.Intercept(nil)
	c.followed()
}

// Nothing is told of the visitor then, nor whether agents are to be hidden: they are.
func TestARoomIsFollowedWhileLivechatIsSwitchedOff(t *testing.T) {
	c := converse(t, setup{}, follow.Options{})
	c.set("Livechat_enabled", false)
	c.sends("still here")
	l := c.subscribe(c.ctx, &livechatv1.SubscribeRequest{RoomIds: []string{c.room}})
	l.hears("subscribed", "* + still here", "caught up")
	if by := l.heard[1].GetMessageCreated().GetMessage().GetAuthor(); by.GetUsername() != "" || by.GetId() != "" {
		t.Errorf("written by %v", by)
	}
	c.sends("live")
	l.hears("+ live")
}

// The old Rocket.Chat lets a visitor have several open rooms.
func TestSeveralRoomsAreFollowedAtOnce(t *testing.T) {
	c := converse(t, of(sandbox.V3_4), follow.Options{})
	other := c.anotherRoom("theOtherRoom")
	_, err := c.ann.Send(other, "in the other")
	c.must(err)
	c.sends("in the one")

	both := &livechatv1.SubscribeRequest{RoomIds: []string{c.room, other}}
	l := c.subscribe(c.ctx, both)
	caughtUp, perRoom := 0, map[string][]string{}
	for caughtUp < 2 {
		e := l.next()
		if e.GetCaughtUp() != nil {
			caughtUp++
		}
		if e.GetMessageCreated() != nil {
			perRoom[e.GetRoomId()] = append(perRoom[e.GetRoomId()], lineOf(e))
		}
	}
	want := map[string][]string{c.room: {"* + in the one"}, other: {"* + in the other"}}
	if diff := cmp.Diff(want, perRoom); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{c.room, other}, l.heard[0].GetSubscribed().GetRoomIds()); diff != "" {
		t.Error(diff)
	}
	if n := c.chat.Connections(); n != 1 {
		t.Errorf("%d connections to Rocket.Chat", n)
	}

	_, err = c.ann.Send(other, "again")
	c.must(err)
	l.hears("+ again")
	c.must(c.ann.CloseRoom(c.room, "done"))
	l.hears("closed: done")
	_, err = c.ann.Send(other, "goes on")
	c.must(err)
	l.hears("+ goes on")
	cursor := l.leaves()

	// Both go on: no message is told again.
	both.Cursor = cursor
	l = c.subscribe(c.ctx, both)
	_, err = c.ann.Send(other, "missed")
	c.must(err)
	l.hears("subscribed, resumed")
	seen := map[string]int{}
	for seen["caught up"] < 2 || seen["+ missed"]+seen["* + missed"] == 0 {
		seen[lineOf(l.next())]++
	}
	for line := range seen {
		if strings.HasPrefix(line, "* +") && line != "* + missed" || strings.HasPrefix(line, "reset") || strings.HasPrefix(line, "* closed") {
			t.Errorf("%q is told again", line)
		}
	}
	c.must(c.ann.CloseRoom(other, "done, too"))
	l.hears("closed: done, too", "goodbye rooms_closed, do_not_retry")
	l.ends()
}

func TestAClosedRoomIsToldAndThenTheStreamEnds(t *testing.T) {
	onEveryVersion(t, func(t *testing.T, version sandbox.Profile) {
		c := converse(t, of(version), follow.Options{})
		c.say(c.ctx, c.room, "hello")
		c.sends("bye")
		c.must(c.ann.CloseRoom(c.room, "solved"))
		l := c.subscribe(c.ctx, &livechatv1.SubscribeRequest{RoomIds: []string{c.room}})
		l.hears("subscribed", "* + hello", "* + bye", "* closed: solved", "caught up", "goodbye rooms_closed, do_not_retry")
		l.ends()
		c.eventually("nothing is followed", func() bool { return c.hub.Rooms() == 0 })
	})
}

func TestACursorHoldsNoToken(t *testing.T) {
	c := converse(t, setup{}, follow.Options{})
	l := c.followed()
	c.sends("hello")
	l.hears("+ hello")
	for _, e := range l.heard {
		if all := fmt.Sprint(e) + cursorText(t, e.GetCursor()); strings.Contains(all, c.token) {
			t.Errorf("a token is in %s", all)
		}
	}
}
