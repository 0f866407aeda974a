package sandbox_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/rocketline/rocketline/sandbox"
	"pgregory.net/rapid"
)

// A room's life, whatever order agents and visitor act in. The model knows only who serves the room and whether it is open;
// the socket of a client that never reconnects must tell the same story.
func TestARoomTellsItsSubscriberTheWholeStory(t *testing.T) {
	for _, profile := range []sandbox.Profile{sandbox.V3_4, sandbox.V6_5} {
		t.Run(string(profile), func(t *testing.T) {
			r := start(t, sandbox.Options{Profile: profile, Routing: sandbox.ManualSelection, Agents: []sandbox.AgentSpec{
				{Username: "ann"}, {Username: "bob"},
			}})
			visitors := 0
			rapid.Check(t, func(rt *rapid.T) {
				visitors++
				token := fmt.Sprintf("t-%d", visitors)
				life{rt: rt, r: r, token: token, rid: r.chat(token)}.run()
			})
		})
	}
}

type life struct {
	rt         *rapid.T
	r          *box
	token, rid string
}

func (l life) run() {
	c := l.r.follow(l.rid, l.token)
	defer func() { _ = c.conn.CloseNow(); _ = c.ended() }()
	open, servedBy := true, ""
	for range rapid.IntRange(1, 12).Draw(l.rt, "steps") {
		who := rapid.SampledFrom([]string{"ann", "bob"}).Draw(l.rt, "agent")
		other := map[string]string{"ann": "bob", "bob": "ann"}[who]
		agent := l.r.srv.Agent(who)
		var err error
		ok := true
		switch step := rapid.SampledFrom([]string{"take", "transfer", "return", "close", "write"}).Draw(l.rt, "step"); step {
		case "take":
			ok, err = open && servedBy == "", agent.Take(l.rid)
			if ok {
				servedBy = who
			}
		case "transfer":
			ok, err = open && servedBy == who, agent.Transfer(l.rid, other, "")
			if ok {
				servedBy = other
			}
		case "return":
			ok, err = open && servedBy == who, agent.ReturnToQueue(l.rid)
			if ok {
				servedBy = ""
			}
		case "close":
			ok, err = open, agent.CloseRoom(l.rid, "bye")
			open = false
		case "write":
			answer := l.r.post("livechat/message", map[string]any{"token": l.token, "rid": l.rid, "msg": "hi"})
			if answer["success"] != open {
				l.rt.Fatalf("a message while open is %v: %v", open, answer)
			}
		}
		if ok != (err == nil) {
			l.rt.Fatalf("allowed %v, got %v", ok, err)
		}
	}
	l.check(c, open, servedBy)
}

// check compares the room, its history and what the socket told.
func (l life) check(c *client, open bool, servedBy string) {
	for _, room := range l.r.srv.Rooms() {
		if room.ID == l.rid && (room.Open != open || room.ServedBy != servedBy) {
			l.rt.Fatalf("room is %+v, want open %v, served by %q", room, open, servedBy)
		}
	}
	told := l.told(c)
	page := l.r.get("livechat/messages.history/" + l.rid + "?limit=1000&token=" + l.token)["messages"].([]any)
	var kept []string
	for i := len(page) - 1; i >= 0; i-- {
		m := page[i].(map[string]any)
		if t, _ := m["t"].(string); t != "livechat-started" { // written before anybody could subscribe
			kept = append(kept, m["_id"].(string))
		}
	}
	if len(told) != len(kept) {
		l.rt.Fatalf("socket told %d messages, history has %d", len(told), len(kept))
	}
	for _, id := range kept {
		if !strings.Contains(strings.Join(told, " "), id) {
			l.rt.Fatalf("message %s is in the history and was never told", id)
		}
	}
}

func (l life) told(c *client) []string {
	c.send(`{"msg":"ping","id":"now"}`)
	c.next("control")
	var ids []string
	for _, frame := range c.queues["stream-room-messages/"] {
		var f struct {
			Fields struct {
				Args []struct {
					ID string `json:"_id"`
				}
			}
		}
		if err := json.Unmarshal(frame, &f); err != nil {
			l.rt.Fatal(err)
		}
		ids = append(ids, f.Fields.Args[0].ID)
	}
	return ids
}
