package sandbox_test

import (
	"strings"
	"testing"

	"github.com/rocketline/rocketline/sandbox"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The recorded workspaces: agents with their ids, and on 3.4.0 departments and a custom field.
func workspace34() sandbox.Options {
	return sandbox.Options{
		Profile: sandbox.V3_4, Routing: sandbox.ManualSelection, Seed: 1,
		Agents: []sandbox.AgentSpec{
			{Username: "agent1", ID: "nEvQ5FAoyvZbzhk3Z", Name: "AGENT1"},
			{Username: "agent2", ID: "R7AWnmGxeBRySapKC", Name: "AGENT2"},
		},
		Departments: []sandbox.Department{
			{ID: "Ds38wqhNvttdCMPDg", Name: "Sales", Agents: []string{"agent1", "agent2"}},
			{ID: "Mue67tNvtJXQzmxCs", Name: "Support", Agents: []string{"agent2"}},
			{ID: "2TgRgnX6Q5P72Acqi", Name: "Empty"},
		},
		VisitorFields: []sandbox.CustomField{{Key: "address", Label: "Address"}},
	}
}

func workspace65() sandbox.Options {
	return sandbox.Options{
		Routing: sandbox.ManualSelection, Seed: 1,
		Agents: []sandbox.AgentSpec{
			{Username: "agent1", ID: "n2zhCB4xvjHBLKaeY", Name: "Agent 1"},
			{Username: "agent2", ID: "uGKnKgqzycpw9yiW9", Name: "Agent 2"},
		},
		Settings: map[string]any{
			"Livechat_title":                         "Support",
			"Livechat_registration_form_message":     "Hello there",
			"Livechat_conversation_finished_message": "Bye",
		},
	}
}

// withPlan is the 6.5.3 workspace after the recorder had made a custom field in it.
func withPlan() sandbox.Options {
	o := workspace65()
	o.VisitorFields = []sandbox.CustomField{{Key: "plan", Label: "Plan"}}
	return o
}

func must(r *replay, err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// say sends an agent's message that the recording calls id.
func say(agent, rid, id, text string) func(*replay) {
	return func(r *replay) {
		r.t.Helper()
		ours, err := r.srv.Agent(agent).Send(r.ids[rid], text)
		must(r, err)
		r.bind(id, ours)
	}
}

func take(agent, rid string) func(*replay) {
	return func(r *replay) {
		r.t.Helper()
		must(r, r.srv.Agent(agent).Take(r.ids[rid]))
	}
}

func both(steps ...func(*replay)) func(*replay) {
	return func(r *replay) {
		r.t.Helper()
		for _, step := range steps {
			step(r)
		}
	}
}

func online(usernames ...string) func(*replay) {
	return func(r *replay) {
		for _, username := range usernames {
			r.srv.Agent(username).SetStatus(sandbox.Online)
		}
	}
}

func openRoom(token, rid string) func(*replay) {
	return func(r *replay) {
		r.t.Helper()
		online("agent1")(r)
		r.open(token, rid)
	}
}

// TestREST replays recorded requests of the visitor's REST API and compares the answers.
func TestREST(t *testing.T) {
	scenarios := []scenario{
		{name: "3.4.0/visitor", opts: workspace34(), rest: 28, skip: map[string]string{
			"get after fields": "custom.field, which changed them, is a later route",
			"get deleted":      "deleting is a later route",
		}},
		{name: "3.4.0/room-message", opts: workspace34(), rest: 77,
			at: map[string]func(*replay){
				"inquiries.take admin for agent1": take("agent1", "fmGPdE5qTJifHzphM"),
				"agent sendMessage":               say("agent1", "fmGPdE5qTJifHzphM", "4n96ujro5iCJzwaZ2", "hi from agent"),
				"agent postMessage":               say("agent1", "fmGPdE5qTJifHzphM", "GC9iZykGkxfsHmFtv", "posted"),
				"agent2 sendMessage": func(r *replay) {
					must(r, r.srv.Agent("agent1").Delete(r.ids["GC9iZykGkxfsHmFtv"])) // by a chat.delete just before
				},
				"take by agent2": func(r *replay) { // the recording came there by a transfer to a department
					must(r, r.srv.Agent("agent1").Transfer(r.ids["fmGPdE5qTJifHzphM"], "agent2", ""))
				},
				"room.forward agent2 -> agent1": func(r *replay) {
					must(r, r.srv.Agent("agent2").Transfer(r.ids["fmGPdE5qTJifHzphM"], "agent1", "please"))
				},
			},
			skip: map[string]string{
				"history with uploads":  "uploads come later",
				"config after transfer": "transfers to departments come later",
			}},
		{name: "3.4.0/config-offline", opts: workspace34(), rest: 8},
		{name: "3.4.0/rate-limit", opts: workspace34(), before: online("agent1"), rest: 13},
		{name: "3.4.0/login-and-setup", opts: workspace34(), rest: 3},
		{name: "3.4.0/settings-variants", opts: workspace34(), rest: 17,
			at: map[string]func(*replay){
				"agent goes not-available":    func(r *replay) { r.srv.Agent("agent1").SetAvailable(false) },
				"accept chats with no agents": func(r *replay) { r.srv.Agent("agent1").SetAvailable(true) },
			},
			skip: map[string]string{
				"CORS":               "API_Enable_CORS comes later",
				"show deleted":       "Message_ShowDeletedStatus comes later",
				"history after (rm)": "Message_ShowDeletedStatus comes later",
			}},
		{name: "6.5.3/visitor", opts: workspace65(), rest: 17, skip: map[string]string{
			"GET after delete":                  "deleting is a later route",
			"POST again with the deleted token": "deleting is a later route",
			"history of a removed visitor":      "deleting is a later route",
		}},
		{name: "6.5.3/visitor-same-email", opts: withPlan(), rest: 14},
		{name: "6.5.3/room", opts: workspace65(), rest: 23},
		{name: "6.5.3/room-auto-selection", opts: withPlan(), rest: 5},
		{name: "6.5.3/message", opts: workspace65(), rest: 52,
			before: both(openRoom("tok-20c89438b21c8fb1", "ifwMjuEr9YaFf8cuv"), openRoom("tok-4606706644c988a1", "xwYqHpnPwBMw9QKet")),
			at: map[string]func(*replay){
				"PUT the agent's message": both(
					take("agent1", "ifwMjuEr9YaFf8cuv"),
					say("agent1", "ifwMjuEr9YaFf8cuv", "3cBiAYNJLdz8rbupx", "from the agent"),
					func(r *replay) {
						r.bind("6b00f4f4811fc4904030a1a4", r.systemMessage("ifwMjuEr9YaFf8cuv", "tok-20c89438b21c8fb1"))
					},
				),
				"POST to a closed room": func(r *replay) {
					must(r, r.srv.Agent("agent1").CloseRoom(r.ids["ifwMjuEr9YaFf8cuv"], "done"))
				},
			}},
		{name: "6.5.3/history", opts: workspace65(), rest: 18,
			before: both(openRoom("tok-8e0f71389deb0b90", "MoqMKy4Eubzj6G8S7"), func(r *replay) { r.rebuild("limit=100", "tok-8e0f71389deb0b90") }),
			at: map[string]func(*replay){
				"after close": func(r *replay) {
					r.post("livechat/room.close", map[string]any{"rid": r.ids["MoqMKy4Eubzj6G8S7"], "token": "tok-8e0f71389deb0b90"})
				},
			}},
		{name: "6.5.3/livechat-config", opts: workspace65(), rest: 12, at: map[string]func(*replay){
			"known token, open room queued": openRoom("tok-9d3d09a79f8fb2e9", "w8Cf7cyBgQ34FvEWT"),
			"known token, open room served": take("agent1", "w8Cf7cyBgQ34FvEWT"),
			"known token, room closed": func(r *replay) {
				must(r, r.srv.Agent("agent1").CloseRoom(r.ids["w8Cf7cyBgQ34FvEWT"], ""))
			},
		}},
		{name: "6.5.3/rate-limit", opts: withPlan(), rest: 40, frames: 43, conns: []string{"visitor"},
			before: openRoom("tok-7ad019c38c762a6a", "BTTrxcyEeWv6y3NMS")},
		{name: "6.5.3/server-info", opts: workspace65(), rest: 10},
	}
	for _, sc := range scenarios {
		t.Run(strings.ReplaceAll(sc.name, "/", " "), sc.run)
	}
}

// systemMessage is the id of the room's newest system message.
func (r *replay) systemMessage(rid, token string) string {
	for _, m := range r.get("livechat/messages.history/" + r.ids[rid] + "?token=" + token)["messages"].([]any) {
		if message := m.(map[string]any); message["t"] != nil {
			return message["_id"].(string)
		}
	}
	r.t.Fatal("no system message")
	return ""
}

// rebuild writes into the room what the recorded history page with that label shows.
func (r *replay) rebuild(label, token string) {
	r.t.Helper()
	for _, e := range r.rec.Events {
		if e.Label != label {
			continue
		}
		messages := parse(r.t, e.Response.JSON).(map[string]any)["messages"].([]any)
		for i := len(messages) - 1; i >= 0; i-- {
			m := messages[i].(map[string]any)
			rid, text := m["rid"].(string), m["msg"].(string)
			author := m["u"].(map[string]any)["username"].(string)
			switch {
			case m["t"] == "command":
				must(r, r.srv.Agent(author).Take(r.ids[rid]))
			case m["t"] != nil: // comes with the command, or with the room
			case m["token"] == nil:
				_, err := r.srv.Agent(author).Send(r.ids[rid], text)
				must(r, err)
			default:
				r.post("livechat/message", map[string]any{"rid": r.ids[rid], "token": token, "msg": text})
			}
		}
		return
	}
	r.t.Fatalf("no exchange %q", label)
}
