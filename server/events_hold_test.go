package server_test

import (
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

// Rooms go on hold since 3.13.
var holding = []sandbox.Profile{sandbox.V6_5, sandbox.V7_0, sandbox.Later}

func TestAHoldIsToldOnceAndItsCommentNever(t *testing.T) {
	incident{
		do:     func(c *conversation) { c.must(c.ann.Hold(c.room, remark)) },
		told:   []string{"on hold by agent ann"},
		after:  []string{"* agent ann"},
		secret: []string{remark},
	}.happens(t, holding...)
}

func TestTheEndOfAHoldIsToldOnceAndItsCommentNever(t *testing.T) {
	hold := func(c *conversation) { c.must(c.ann.Hold(c.room, remark)) }
	t.Run("by the agent", func(t *testing.T) {
		incident{
			lead:   hold,
			do:     func(c *conversation) { c.must(c.ann.Resume(c.room, remark)) },
			told:   []string{"resumed by agent ann"},
			after:  []string{"* agent ann"},
			secret: []string{remark},
		}.happens(t, holding...)
	})
	t.Run("by the visitor, who writes", func(t *testing.T) {
		incident{
			lead:   hold,
			do:     func(c *conversation) { c.say(c.ctx, c.room, "hello?") },
			told:   []string{"+ hello?", "resumed by system rocket.cat"},
			after:  []string{"* agent ann"},
			secret: []string{remark, "automatically"},
		}.happens(t, holding...)
	})
	t.Run("of one that began meanwhile", func(t *testing.T) {
		incident{
			do: func(c *conversation) {
				hold(c)
				c.must(c.ann.Resume(c.room, remark))
				hold(c)
			},
			told:   []string{"on hold by agent ann", "resumed by agent ann", "on hold by agent ann"},
			after:  []string{"* agent ann"},
			secret: []string{remark},
		}.happens(t, holding...)
	})
}

func TestARoomOnHoldIsToldAsSuchWhereItIsOpenedAgain(t *testing.T) {
	for _, version := range holding {
		t.Run(string(version), func(t *testing.T) {
			s := newSite(t, of(version))
			ctx := s.visitor()
			id := s.open(ctx)
			s.must(s.chat.Agent("ann").Hold(id, remark))
			got, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{})
			s.must(err)
			if room := got.GetRoom(); room.GetId() != id || !room.GetOnHold() {
				t.Errorf("%v, want %s on hold", room, id)
			}
		})
	}
}
