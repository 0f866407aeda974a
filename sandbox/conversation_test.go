package sandbox_test

import (
	"strings"
	"testing"

	"github.com/rocketline/rocketline/sandbox"
)

// act makes a step of an agent in the conversation's room.
func act(rid string, f func(srv *sandbox.Server, room string) error) func(*replay) {
	return func(r *replay) {
		r.t.Helper()
		must(r, f(r.srv, r.ids[rid]))
	}
}

// TestConversations plays whole recorded conversations: the visitor's side as it was recorded, the agents' through the Go API.
// Every frame on the visitor's connections is compared, in order within its stream.
func TestConversations(t *testing.T) {
	for _, sc := range []scenario{
		flow34("3.4.0/flow-manual", "CB8WFANqh2YmDoAfQ", true),
		flow34("3.4.0/flow-auto", "aAA9DNGvhTsepEthJ", false),
		fullConversation(), autoConversation(), disconnects(),
	} {
		t.Run(strings.ReplaceAll(sc.name, "/", " "), sc.run)
	}
}

// tokenOf are the visitors of the 3.4.0 conversations.
var tokenOf = map[string]string{"CB8WFANqh2YmDoAfQ": "d-Mf-icautz", "aAA9DNGvhTsepEthJ": "d-Af-icautz"}

// flow34 is the conversation that was recorded under both routing methods on 3.4.0.
func flow34(name, rid string, manual bool) scenario {
	const a1, a2 = "agent1", "agent2"
	sc := scenario{
		name: name, opts: workspace34(), conns: []string{"visitor"},
		at: map[string]func(*replay){
			"agent1 types / stops": act(rid, func(srv *sandbox.Server, room string) error {
				_ = srv.Agent(a1).Typing(room, true)
				return srv.Agent(a1).Typing(room, false)
			}),
			"agent1 replies (DDP sendMessage)": say(a1, rid, "ag1"+rid, "hi, how can I help?"),
			"visitor replies (DDP)": func(r *replay) {
				r.post("livechat/message", map[string]any{
					"token": tokenOf[rid], "rid": r.ids[rid], "_id": "vi1" + r.ids[rid], "msg": "reply over ddp",
				})
				r.bind("vi1"+rid, "vi1"+r.ids[rid])
			},
			"agent1 edits":   func(r *replay) { must(r, r.srv.Agent(a1).Edit(r.ids["ag1"+rid], "edited")) },
			"agent1 reacts":  func(r *replay) { must(r, r.srv.Agent(a1).React(r.ids["vi1"+rid], ":smile:")) },
			"agent1 deletes": func(r *replay) { must(r, r.srv.Agent(a1).Delete(r.ids["ag1"+rid])) },
			"agent1 transfers to agent2": act(rid, func(srv *sandbox.Server, room string) error {
				return srv.Agent(a1).Transfer(room, a2, "over to you")
			}),
			"agent1 closes the room": act(rid, func(srv *sandbox.Server, room string) error {
				return srv.Agent(a1).CloseRoom(room, "all done")
			}),
		},
		skip: map[string]string{
			`"livechat:setUpConnection"`: "the method comes later", `["1"]`: "answers setUpConnection", `"result", "id": "1"`: "answers setUpConnection",
			`"sendMessageLivechat"`: "the method comes later, the message is sent by REST", `["9"]`: "answers sendMessageLivechat",
			`"result", "id": "9"`: "answers sendMessageLivechat",
			`"msg": "posted"`:     "chat.postMessage, with its own fields, comes later",
			"history":             "contains what is left out above",
		},
	}
	if manual {
		sc.rest, sc.frames = 7, 38
		sc.at["agent1 takes the inquiry"] = take(a1, rid)
		sc.at["agent1 returns the room to the queue"] = both( // and takes it again, which has no note of its own
			act(rid, func(srv *sandbox.Server, room string) error { return srv.Agent(a1).ReturnToQueue(room) }), take(a1, rid),
		)
		sc.at["agent1 takes it"] = take(a1, rid)
		const instead = "the transfer to the empty department, which comes later, is played as a return to the queue"
		sc.at["agent2 transfers to the department Empty"] = act(rid, func(srv *sandbox.Server, room string) error {
			return srv.Agent(a2).ReturnToQueue(room)
		})
		sc.ignore = map[string]string{
			".transferData.scope": instead, ".transferData.nextDepartment": instead, ".transferData.previousDepartment": instead,
			".room.departmentId": instead,
		}
		return sc
	}
	sc.rest, sc.frames = 7, 32
	sc.at["agent2 (now serving) hands back"] = act(rid, func(srv *sandbox.Server, room string) error {
		return srv.Agent(a2).Transfer(room, a1, "")
	})
	sc.skip[`"qwru29L2X6DeBwEm7"`] = "written before the visitor subscribed; the recorded database was late with it"
	return sc
}

const presenceByREST = "users.setStatus, which tells the old presence too, comes later"

func fullConversation() scenario {
	const rid, a1, a2 = "cakHyLaTcwDQagqjr", "agent1", "agent2"
	types := func(typing bool) func(*replay) {
		return act(rid, func(srv *sandbox.Server, room string) error { return srv.Agent(a1).Typing(room, typing) })
	}
	presence := func(status sandbox.Status) func(*replay) {
		return func(r *replay) { r.srv.Agent(a1).SetStatus(status) }
	}
	return scenario{
		name: "6.5.3/ddp-full-conversation", opts: workspace65(), conns: []string{"visitor"}, rest: 7, frames: 37,
		at: map[string]func(*replay){
			"STEP agent1 takes":              take(a1, rid),
			"STEP agent1 types":              types(true),
			"STEP agent1 stops typing":       types(false),
			"STEP agent1 replies (REST)":     say(a1, rid, "BuAKcQbj6mNY2Mrbw", "Hi, I am *agent1* http://example.com"),
			"STEP agent1 replies (DDP":       say(a1, rid, "D9ffd467fed72b1f1", "via ddp"),
			"STEP agent1 edits":              func(r *replay) { must(r, r.srv.Agent(a1).Edit(r.ids["BuAKcQbj6mNY2Mrbw"], "Hi (edited)")) },
			"STEP agent1 reacts":             func(r *replay) { must(r, r.srv.Agent(a1).React(r.ids["CAYsr3MFg6dmHZgvs"], ":+1:")) },
			"STEP agent1 deletes own":        func(r *replay) { must(r, r.srv.Agent(a1).Delete(r.ids["BuAKcQbj6mNY2Mrbw"])) },
			"STEP agent1 presence away":      presence(sandbox.Away),
			"STEP agent1 presence online":    presence(sandbox.Online),
			"STEP agent1 forwards to agent2": act(rid, func(srv *sandbox.Server, room string) error { return srv.Agent(a1).Transfer(room, a2, "for you") }),
			"STEP agent2 replies":            say(a2, rid, "CeqX3A6surNQimFoA", "agent2 here"),
			"STEP agent2 returns it to the":  act(rid, func(srv *sandbox.Server, room string) error { return srv.Agent(a2).ReturnToQueue(room) }),
			"STEP agent1 closes":             act(rid, func(srv *sandbox.Server, room string) error { return srv.Agent(a1).CloseRoom(room, "all done") }),
		},
		skip: map[string]string{
			`"msg": "a file"`: "uploads come later",
			"history":         "contains the upload",
		},
		skipAt: map[int]string{
			19217: presenceByREST, 19225: presenceByREST, 20184: presenceByREST, 20187: presenceByREST,
		},
		ignore: map[string]string{
			".visitor.lastChat": "the visitor had chatted before the recording began",
			".activity":         "the visitor had chatted before the recording began",
		},
	}
}

func autoConversation() scenario {
	const rid = "C5CLYJPdNZgaFtXcF"
	return scenario{
		name: "6.5.3/ddp-auto-conversation-visitor-closes", opts: workspace65(), conns: []string{"visitor"}, rest: 4, frames: 7,
		at: map[string]func(*replay){"reply": say("agent1", rid, "ssfsTAXfeguty8BfT", "yes?")},
	}
}

func disconnects() scenario {
	const rid = "9Rqfrga4KPPCAoA9h"
	return scenario{
		name: "6.5.3/agent-disconnects-visitor-reconnects", opts: withPlan(), conns: []string{"visitor"}, rest: 3, frames: 8,
		before: both(online("agent1"), openRoom("tok-69a5ad38931ba74f", rid), take("agent1", rid)),
		at: map[string]func(*replay){
			"agent message by REST": say("agent1", rid, "oBr8B9xmQbpu5tZvT", "missed by the socket"),
		},
	}
}
