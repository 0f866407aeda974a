package sandbox_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/rocketline/rocketline/sandbox"
)

// desk is a workspace with an admin, the agents ann, ben and cat, who are online, and pat, who is none.
type desk struct {
	*widget
}

func openDesk(t *testing.T, opts sandbox.Options) *desk {
	t.Helper()
	if opts.Routing == "" {
		opts.Routing = sandbox.ManualSelection
	}
	agents := []string{"ann", "ben", "cat"}
	roles := map[string][]string{"root": {"admin"}, "pat": {"user"}}
	for _, name := range agents {
		roles[name] = []string{"user", "livechat-agent"}
	}
	for name, roles := range roles {
		opts.Accounts = append(opts.Accounts, sandbox.Account{
			ID: name + "-id", Username: name, Roles: roles, Tokens: []string{name + "-token"},
		})
	}
	opts.Agents = []sandbox.AgentSpec{}
	d := &desk{widget: openWidget(t, opts)}
	for _, name := range agents {
		d.srv.Agent(name).SetStatus(sandbox.Online)
	}
	return d
}

// as makes a request below /api/v1/livechat/ as somebody.
func (d *desk) as(who, verb, path string, body any) map[string]any {
	d.t.Helper()
	return d.ask(verb, path, body, "X-User-Id", who+"-id", "X-Auth-Token", who+"-token")
}

// must is as for a request that succeeds.
func (d *desk) must(who, verb, path string, body any) map[string]any {
	d.t.Helper()
	answer := d.as(who, verb, path, body)
	if answer["success"] != true {
		d.t.Fatal(verb, path, answer)
	}
	return answer
}

func (d *desk) inquiry(rid string) string {
	d.t.Helper()
	id, _ := under(d.must("root", "GET", "inquiries.getOne?roomId="+rid, nil), "inquiry", "_id").(string)
	return id
}

// taken opens a room for a visitor and has an agent take it.
func (d *desk) taken(agent, token string) string {
	d.t.Helper()
	rid := d.visitor(token)
	if err := d.srv.Agent(agent).Take(rid); err != nil {
		d.t.Fatal(err)
	}
	return rid
}

// room is the room as an admin's list shows it.
func (d *desk) room(rid string) any {
	d.t.Helper()
	list, _ := d.must("root", "GET", "rooms", nil)["rooms"].([]any)
	for _, r := range list {
		if under(r, "_id") == rid {
			return r
		}
	}
	d.t.Fatal("no such room in the list", rid)
	return nil
}

func (d *desk) servedBy(rid string) any {
	d.t.Helper()
	return under(d.room(rid), "servedBy", "username")
}

// department makes one whose agents have places with the counts of 0 and the orders in which they are named.
func (d *desk) department(name string, agents ...string) string {
	d.t.Helper()
	places := []any{}
	for i, agent := range agents {
		places = append(places, map[string]any{"agentId": agent + "-id", "count": 0, "order": i})
	}
	made := d.must("root", "POST", "department", map[string]any{
		"department": map[string]any{
			"enabled": true, "name": name, "email": name + "@example.com", "showOnRegistration": true, "showOnOfflineForm": true,
		},
		"agents": places,
	})
	id, _ := under(made, "department", "_id").(string)
	return id
}

func TestATakenChatIsTakenOnlyOnce(t *testing.T) {
	for profile, want := range map[sandbox.Profile]string{
		sandbox.V3_4: "error-not-allowed", sandbox.V6_5: "error-inquiry-taken",
		sandbox.V7_0: "error-inquiry-taken", sandbox.Later: "error-inquiry-taken",
	} {
		t.Run(string(profile), func(t *testing.T) {
			d := openDesk(t, sandbox.Options{
				Profile: profile, Permissions: map[string][]string{"view-livechat-manager": {"admin", "livechat-agent"}},
			})
			rid := d.visitor("guest")
			inquiry := map[string]any{"inquiryId": d.inquiry(rid)}
			d.must("ann", "POST", "inquiries.take", inquiry)
			answer := d.as("ben", "POST", "inquiries.take", inquiry)
			if answer["error"] != want && answer["errorType"] != want { // older versions name it in error
				t.Error(answer)
			}
			equal(t, any("ann"), d.servedBy(rid))
		})
	}
}

func TestAgentsWhoTakeAtTheSameMomentAllGetTheChat(t *testing.T) {
	d := openDesk(t, sandbox.Options{})
	for i := range 50 {
		rid := d.visitor(fmt.Sprint("guest", i))
		body := map[string]any{"inquiryId": d.inquiry(rid)}
		answers := make([]map[string]any, 2)
		var both sync.WaitGroup
		for n, agent := range []string{"ann", "ben"} {
			both.Go(func() { answers[n] = d.as(agent, "POST", "inquiries.take", body) })
		}
		both.Wait()
		winners := 0
		for _, answer := range answers {
			if answer["success"] == true {
				winners++
			}
		}
		if winners == 0 {
			t.Fatal(answers)
		}
		equal(t, any(float64(1+winners)), under(d.room(rid), "usersCount"))
		if winners == 2 {
			return
		}
	}
	t.Error("in fifty races there was always one winner only")
}

func TestADepartmentGivesChatsInTurn(t *testing.T) {
	d := openDesk(t, sandbox.Options{Routing: sandbox.AutoSelection})
	dep := d.department("Sales", "cat", "ann")
	order := []any{}
	for i := range 4 {
		token := fmt.Sprint("guest", i)
		d.post("visitor", map[string]any{"visitor": map[string]any{"token": token, "department": dep}})
		rid, _ := under(d.get("room?token="+token), "room", "_id").(string)
		order = append(order, d.servedBy(rid))
	}
	equal(t, []any{"cat", "ann", "cat", "ann"}, order)
}

func TestATransferThatFailsChangesNothingInNewerVersionsOnly(t *testing.T) {
	cases := []struct {
		profile         sandbox.Profile
		served, waiting bool
	}{
		{profile: sandbox.V3_4, waiting: true},
		{profile: sandbox.V6_5, served: true},
		{profile: sandbox.V7_0, served: true},
	}
	for _, tc := range cases {
		t.Run(string(tc.profile), func(t *testing.T) {
			d := openDesk(t, sandbox.Options{
				Profile: tc.profile, Permissions: map[string][]string{"transfer-livechat-guest": {"livechat-agent"}},
			})
			rid := d.taken("ann", "guest")
			answer := d.as("ann", "POST", "room.forward", map[string]any{"roomId": rid, "departmentId": "nowhere"})
			equal(t, any(false), answer["success"])
			equal(t, tc.served, d.servedBy(rid) != nil)
			status := under(d.must("root", "GET", "inquiries.getOne?roomId="+rid, nil), "inquiry", "status")
			equal(t, tc.waiting, status == "queued")
		})
	}
}

func TestARoomThatMovesToADepartmentIsGivenToItsAgents(t *testing.T) {
	for _, routing := range []sandbox.Routing{sandbox.AutoSelection, sandbox.ManualSelection} {
		t.Run(string(routing), func(t *testing.T) {
			d := openDesk(t, sandbox.Options{Routing: routing, Permissions: map[string][]string{"transfer-livechat-guest": {"admin"}}})
			dep := d.department("Sales", "cat")
			d.srv.Agent("cat").SetAvailable(false)
			rid := d.visitor("guest")
			if routing == sandbox.ManualSelection {
				if err := d.srv.Agent("ann").Take(rid); err != nil {
					t.Fatal(err)
				}
			}
			d.srv.Agent("cat").SetAvailable(true)
			d.must("root", "POST", "room.forward", map[string]any{"roomId": rid, "departmentId": dep})
			if routing == sandbox.AutoSelection {
				equal(t, any("cat"), d.servedBy(rid))
			} else {
				equal(t, nil, d.servedBy(rid))
			}
			equal(t, any(dep), under(d.room(rid), "departmentId"))
		})
	}
}

func TestClosingAsksForCommentAndTags(t *testing.T) {
	const noComment = "error-comment-is-required"
	cases := []struct {
		name     string
		settings map[string]any
		body     map[string]any
		want     any
	}{
		{"a comment is needed", nil, map[string]any{}, noComment},
		{"blanks are none", nil, map[string]any{"comment": "  "}, noComment},
		{"a comment is enough", nil, map[string]any{"comment": "done"}, nil},
		{
			"no comment is needed where the workspace asks for none",
			map[string]any{"Livechat_request_comment_when_closing_conversation": false}, map[string]any{}, nil,
		},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			d := openDesk(t, sandbox.Options{Settings: tc.settings})
			rid := d.taken("ann", "guest")
			tc.body["rid"] = rid
			answer := d.as("ann", "POST", "room.closeByUser", tc.body)
			equal(t, tc.want, answer["error"])
			equal(t, tc.want == nil, under(d.room(rid), "open") == nil)
		})
	}
}
