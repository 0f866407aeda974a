package server_test

import (
	"testing"

	"github.com/rocketline/rocketline/sandbox"
)

func TestAnAgentWhoTakesTheRoomIsToldOnce(t *testing.T) {
	incident{
		with:  manually,
		do:    func(c *conversation) { c.must(c.ann.Take(c.room)) },
		told:  []string{"agent ann"},
		after: []string{"* agent ann"},
	}.happens(t)
}

func TestAnAgentWhoIsGivenTheRoomIsToldOnce(t *testing.T) {
	incident{
		lead:  func(c *conversation) { c.must(c.ann.ReturnToQueue(c.room)) },
		do:    func(c *conversation) { c.must(c.chat.Agent("bob").Take(c.room)) },
		told:  []string{"agent bob"},
		after: []string{"* agent bob"},
	}.happens(t)
}

func TestATransferToAnAgentIsToldOnceAndItsCommentNever(t *testing.T) {
	incident{
		do:     func(c *conversation) { c.must(c.ann.Transfer(c.room, "bob", remark)) },
		told:   []string{"agent bob", "transferred to agent bob by ann"},
		mended: []string{"transferred to agent bob by ann", "agent bob"},
		after:  []string{"* agent bob"},
		secret: []string{remark},
	}.happens(t)
}

func TestATransferToADepartmentIsToldOnceAndItsCommentNever(t *testing.T) {
	incident{
		with:   inDepartments,
		do:     func(c *conversation) { c.must(c.ann.TransferToDepartment(c.room, "support", remark)) },
		told:   []string{"agent bob", "transferred to department  by ann"},
		mended: []string{"transferred to department  by ann", "agent bob"},
		after:  []string{"* agent bob"},
		secret: []string{remark},
	}.happens(t)
}

func TestATransferToADepartmentWithoutAgentsLeavesTheRoomUnassigned(t *testing.T) {
	incident{
		with:   func(s *setup) { inDepartments(s); manually(s) },
		lead:   func(c *conversation) { c.must(c.ann.Take(c.room)) },
		do:     func(c *conversation) { c.must(c.ann.TransferToDepartment(c.room, "night", remark)) },
		told:   []string{"transferred to department  by ann", "agent"},
		after:  []string{},
		secret: []string{remark},
	}.happens(t)
}

func TestAReturnToTheQueueIsToldOnce(t *testing.T) {
	incident{
		do:    func(c *conversation) { c.must(c.ann.ReturnToQueue(c.room)) },
		told:  []string{"transferred to queue  by ann", "agent"},
		after: []string{},
	}.happens(t)
}

func TestTheAgentsPresenceIsToldWhenItChanges(t *testing.T) {
	for _, status := range []sandbox.Status{sandbox.Away, sandbox.Busy, sandbox.Offline} {
		t.Run(string(status), func(t *testing.T) {
			incident{
				do:    func(c *conversation) { c.ann.SetStatus(status) },
				told:  []string{string(status)},
				after: []string{"* agent ann"},
			}.happens(t, sandbox.V3_4, sandbox.V6_5, sandbox.Later)
		})
	}
	t.Run("online", func(t *testing.T) {
		incident{
			lead:  func(c *conversation) { c.ann.SetStatus(sandbox.Offline) },
			do:    func(c *conversation) { c.ann.SetStatus(sandbox.Online) },
			told:  []string{"online"},
			after: []string{"* agent ann"},
		}.happens(t, sandbox.V3_4, sandbox.V6_5, sandbox.Later)
	})
}

func TestWhereAgentsAreHiddenNothingOfThemIsTold(t *testing.T) {
	secret := []string{"ann", "bob", annID, remark}
	t.Run("given the room", func(t *testing.T) {
		incident{
			with:   func(s *setup) { hidingAgents(s); manually(s) },
			do:     func(c *conversation) { c.must(c.ann.Take(c.room)) },
			told:   []string{"agent"},
			after:  []string{"* agent"},
			secret: secret,
		}.happens(t)
	})
}
