package sandbox_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"github.com/rocketline/rocketline/sandbox"
)

func TestRouting(t *testing.T) {
	two := []sandbox.AgentSpec{{Username: "ann"}, {Username: "bob"}}
	cases := []struct {
		name string
		opts sandbox.Options
		prep func(*sandbox.Server)
		want []string // who serves the first, second and third visitor; "error" where no room is made
	}{
		{name: "automatic routing takes turns", opts: sandbox.Options{Agents: two}, want: []string{"ann", "bob", "ann"}},
		{name: "nobody online", opts: sandbox.Options{}, want: []string{"error"}},
		{name: "an agent who is away still gets rooms", opts: sandbox.Options{Agents: two[:1]},
			prep: func(s *sandbox.Server) { s.Agent("ann").SetStatus(sandbox.Away) }, want: []string{"ann"}},
		{name: "an agent who is offline gets none", opts: sandbox.Options{Agents: two},
			prep: func(s *sandbox.Server) { s.Agent("ann").SetStatus(sandbox.Offline) }, want: []string{"bob", "bob"}},
		{name: "an agent who is not available gets none", opts: sandbox.Options{Agents: two[:1]},
			prep: func(s *sandbox.Server) { s.Agent("ann").SetAvailable(false) }, want: []string{"error"}},
		{name: "a bot needs no presence", opts: sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "bot", Bot: true}}},
			prep: func(s *sandbox.Server) { s.Agent("bot").SetStatus(sandbox.Offline) }, want: []string{"bot"}},
		{name: "manual routing queues", opts: sandbox.Options{Agents: two, Routing: sandbox.ManualSelection}, want: []string{"", ""}},
		{name: "chats without agents stay in the queue",
			opts: sandbox.Options{Settings: map[string]any{"Livechat_accept_chats_with_no_agents": true}}, want: []string{""}},
		{name: "a visitor without department goes to the first one online",
			opts: sandbox.Options{Agents: two, Departments: []sandbox.Department{
				{Name: "Empty"}, {Name: "Off", Agents: []string{"ann"}, Disabled: true}, {Name: "Sales", Agents: []string{"bob"}},
			}}, want: []string{"bob", "bob"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, c.opts)
			if c.prep != nil {
				c.prep(r.srv)
			}
			var got []string
			for i := range c.want {
				token := fmt.Sprintf("t-%d", i)
				r.post("livechat/visitor", map[string]any{"visitor": map[string]any{"token": token}})
				if r.get("livechat/room?token=" + token)["success"] != true {
					got = append(got, "error")
					continue
				}
				rooms := r.srv.Rooms()
				got = append(got, rooms[len(rooms)-1].ServedBy)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	r := start(t, sandbox.Options{
		Agents:      []sandbox.AgentSpec{{Username: "ann"}},
		Departments: []sandbox.Department{{ID: "D1", Name: "Night"}},
	})
	rid := r.chat("t-1")
	text := func(msg any) map[string]any { return map[string]any{"token": "t-1", "rid": rid, "msg": msg} }
	visitor := func(v map[string]any) map[string]any { return map[string]any{"visitor": v} }
	cases := []struct {
		name, path string
		body       map[string]any
		want       string // the error, empty for success
	}{
		{"@all of a visitor", "livechat/message", text("hello @all!"), "Notify all in this room not allowed [error-action-not-allowed]"},
		{"an address with all in it", "livechat/message", text("mail me@all.example"), ""},
		{"a boolean text is coerced", "livechat/message", text(true), ""},
		{"a null text is coerced", "livechat/message", text(nil), ""},
		{"a list is no text", "livechat/message", text([]string{"x"}), "must be string [invalid-params]"},
		{"no @ in an e-mail", "livechat/visitor", visitor(map[string]any{"token": "t", "email": "nobody"}), "Invalid email nobody [error-invalid-email]"},
		{"a department by its name", "livechat/visitor", visitor(map[string]any{"token": "t-2", "department": "Night"}), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, _ := r.post(c.path, c.body)["error"].(string)
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
	t.Run("a department without agents online", func(t *testing.T) {
		if got := r.get("livechat/room?token=t-2")["errorType"]; got != "no-agent-online" {
			t.Errorf("got %v", got)
		}
	})
}

func TestTheAdvertisedLimitLiesWhenItsNumberIsZero(t *testing.T) {
	r := start(t, sandbox.Options{
		Agents:   []sandbox.AgentSpec{{Username: "ann"}},
		Settings: map[string]any{"Livechat_enable_message_character_limit": true},
	})
	rid := r.chat("t-1")
	config := r.get("livechat/config")["config"].(map[string]any)["settings"].(map[string]any)
	answer := r.post("livechat/message", map[string]any{"token": "t-1", "rid": rid, "msg": "x"})
	if config["limitTextLength"] != 5000.0 || answer["error"] != "message-length-exceeds-character-limit" {
		t.Errorf("config says %v, one letter gets %v", config["limitTextLength"], answer)
	}
}

func TestAReactionIsTakenBackByRepeatingIt(t *testing.T) {
	r := start(t, sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	rid := r.chat("t-1")
	c := r.follow(rid, "t-1")
	ann := r.srv.Agent("ann")
	id, err := ann.Send(rid, "hi")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := ann.React(id, ":+1:"); err != nil {
			t.Fatal(err)
		}
	}
	want := []any{nil, map[string]any{":+1:": map[string]any{"usernames": []any{"ann"}}}, nil}
	for i := range want {
		got := args(t, c.next("stream-room-messages/"))[0].(map[string]any)["reactions"]
		if diff := cmp.Diff(want[i], got); diff != "" {
			t.Errorf("frame %d: %s", i, diff)
		}
	}
}

func TestHiddenAgentsStayHidden(t *testing.T) {
	r := start(t, sandbox.Options{
		Agents: []sandbox.AgentSpec{{Username: "ann"}}, Routing: sandbox.ManualSelection,
		Settings: map[string]any{"Livechat_show_agent_info": false},
	})
	rid := r.chat("t-1")
	c := r.follow(rid, "t-1")
	if err := r.srv.Agent("ann").Take(rid); err != nil {
		t.Fatal(err)
	}
	r.srv.Agent("ann").SetStatus(sandbox.Busy) // not told either
	want := []any{map[string]any{"type": "agentData", "data": map[string]any{"hiddenInfo": true}}}
	if diff := cmp.Diff(want, args(t, c.next("stream-livechat-room/"))); diff != "" {
		t.Error(diff)
	}
	for range 2 {
		c.next("stream-room-messages/") // connected and uj
	}
	c.finish()
}

func TestASocketThatNeverConnectsIsDropped(t *testing.T) {
	r := start(t, sandbox.Options{Heartbeat: 10 * time.Millisecond})
	if status := websocket.CloseStatus(dial(t, r.srv).ended()); status != websocket.StatusNormalClosure {
		t.Errorf("closed with %v", status)
	}
}

func TestAnAgentActsOnlyOnHisOwn(t *testing.T) {
	r := start(t, sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann"}, {Username: "bob"}}})
	rid := r.chat("t-1")
	ann, bob := r.srv.Agent("ann"), r.srv.Agent("bob")
	id, err := ann.Send(rid, "mine")
	if err != nil {
		t.Fatal(err)
	}
	r.srv.Agent("bob").SetStatus(sandbox.Offline)
	for name, err := range map[string]error{
		"edit of another's message":   bob.Edit(id, "x"),
		"deletion of another's":       bob.Delete(id),
		"edit of nothing":             ann.Edit("nope", "x"),
		"reaction to nothing":         ann.React("nope", ":+1:"),
		"typing nowhere":              ann.Typing("nope", true),
		"transfer to somebody absent": ann.Transfer(rid, "bob", ""),
		"transfer to oneself":         ann.Transfer(rid, "ann", ""),
		"taking what is served":       bob.Take(rid),
		"closing nothing":             ann.CloseRoom("nope", ""),
	} {
		if err == nil {
			t.Errorf("%s was allowed", name)
		}
	}
	if ann.ID() == "" || ann.ID() == bob.ID() {
		t.Errorf("ids %q and %q", ann.ID(), bob.ID())
	}
}
