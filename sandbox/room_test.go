package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
)

func TestAPlaceInTheQueueIsToldToTheVisitor(t *testing.T) {
	for _, profile := range []sandbox.Profile{sandbox.V3_4, sandbox.V6_5} {
		t.Run(string(profile), func(t *testing.T) {
			d := openDesk(t, sandbox.Options{Profile: profile})
			rid := d.visitor("guest")
			c := dial(t, d.srv)
			c.send(`{"msg":"connect","version":"1","support":["1"]}`)
			c.send(`{"msg":"sub","id":"q","name":"stream-livechat-room","params":["` + rid +
				`",{"useCollection":false,"args":[{"token":"guest","visitorToken":"guest"}]}]}`)
			for !strings.Contains(string(c.next("control")), `"ready"`) {
			}
			info := func() any { return d.ask("GET", "config?token=guest", nil)["config"].(map[string]any)["queueInfo"] }
			equal(t, nil, info())
			d.ok(d.srv.SetQueue(rid, sandbox.Place{Spot: 2, Wait: 90 * time.Second, Text: "Two before you"}))
			frame := string(c.next("stream-livechat-room/"))
			for _, part := range []string{`"type":"queueData"`, `"spot":2`, `"estimatedWaitTimeSeconds":90`, `"text":"Two before you"`} {
				if !strings.Contains(frame, part) {
					t.Errorf("no %s in %s", part, frame)
				}
			}
			equal(t, any(2.0), under(info(), "spot"))
			d.ok(d.srv.SetQueue(rid, sandbox.Place{Spot: 1}))
			if frame := string(c.next("stream-livechat-room/")); strings.Contains(frame, "estimated") {
				t.Error(frame)
			}
			d.ok(d.srv.Agent("ann").Take(rid))
			equal(t, nil, info())
			d.ok(d.srv.Agent("ann").ReturnToQueue(rid))
			equal(t, nil, info())
		})
	}
}

func TestWhoHasNoPlaceInTheQueue(t *testing.T) {
	d := openDesk(t, sandbox.Options{})
	rid := d.visitor("guest")
	for what, err := range map[string]error{
		"before the first": d.srv.SetQueue(rid, sandbox.Place{}),
		"an unknown room":  d.srv.SetQueue("nowhere", sandbox.Place{Spot: 1}),
		"a served room":    d.srv.SetQueue(d.taken("ann", "served"), sandbox.Place{Spot: 1}),
	} {
		if err == nil {
			t.Errorf("%s has a place", what)
		}
	}
}

func TestTheServerClosesWhoeverIsSilent(t *testing.T) {
	for _, profile := range []sandbox.Profile{sandbox.V3_4, sandbox.V6_5} {
		t.Run(string(profile), func(t *testing.T) {
			d := openDesk(t, sandbox.Options{Profile: profile})
			rid := d.taken("ann", "guest")
			d.ok(d.srv.CloseInactive(rid, "silent for too long"))
			list, _ := d.ask("GET", "messages.history/"+rid+"?limit=50&token=guest", nil)["messages"].([]any)
			var closes []any
			for _, m := range list {
				if under(m, "t") == "livechat-close" {
					closes = append(closes, under(m, "msg"), under(m, "u", "_id"))
				}
			}
			equal(t, []any{"silent for too long", "rocket.cat"}, closes)
			equal(t, any("user"), under(d.room(rid), "closer"))
			if d.srv.CloseInactive(rid, "") == nil {
				t.Error("it is closed twice")
			}
		})
	}
}

func TestAMessageIsAmendedWithoutBeingEdited(t *testing.T) {
	d := openDesk(t, sandbox.Options{})
	rid := d.taken("ann", "guest")
	id, err := d.srv.Agent("ann").Send(rid, "see https://example.com")
	d.ok(err)
	d.ok(d.srv.Amend(id, map[string]any{"unread": true, "pinned": true}))
	d.ok(d.srv.Amend(id, map[string]any{"unread": nil}))
	list, _ := d.ask("GET", "messages.history/"+rid+"?limit=1&token=guest", nil)["messages"].([]any)
	equal(t, []any{any(true), nil, nil}, []any{under(list[0], "pinned"), under(list[0], "unread"), under(list[0], "editedAt")})
	if d.srv.Amend(id, map[string]any{"msg": "other"}) == nil || d.srv.Amend("nowhere", nil) == nil {
		t.Error("the text is amended, or a message that is not there")
	}
}

func TestAgentsTypeUnderTheNamesThatTheWorkspaceShows(t *testing.T) {
	for real, want := range map[bool]string{false: `"ann"`, true: `"Real ann"`} {
		s := newStage(t, sandbox.Options{Settings: map[string]any{"UI_Use_Real_Name": real}}, true)
		c := dial(t, s.srv)
		c.send(`{"msg":"connect","version":"1","support":["1"]}`)
		c.send(`{"msg":"sub","id":"t","name":"stream-notify-room","params":["` + s.rid +
			`/user-activity",{"useCollection":false,"args":[{"token":"guest","visitorToken":"guest"}]}]}`)
		for !strings.Contains(string(c.next("control")), `"ready"`) {
		}
		if err := s.srv.Agent("ann").Typing(s.rid, true); err != nil {
			t.Fatal(err)
		}
		if frame := string(c.next("stream-notify-room/user-activity")); !strings.Contains(frame, want) {
			t.Errorf("no %s in %s", want, frame)
		}
	}
}

func TestAnAgentTransfersToADepartment(t *testing.T) {
	for routing, want := range map[sandbox.Routing]any{sandbox.AutoSelection: "ben", sandbox.ManualSelection: nil} {
		d := openDesk(t, sandbox.Options{Profile: sandbox.V6_5, Departments: []sandbox.Department{
			{ID: "sales", Name: "Sales", Agents: []string{"ann"}}, {ID: "support", Name: "Support", Agents: []string{"ben"}},
			{ID: "night", Name: "Night", Agents: []string{"nobody"}},
		}})
		rid := d.taken("ann", "guest")
		d.srv.SetRouting(routing)
		ann := d.srv.Agent("ann")
		if err := ann.TransferToDepartment(rid, "night", ""); (err == nil) != (routing == sandbox.ManualSelection) {
			t.Errorf("%s, where nobody is: %v", routing, err)
		}
		if routing == sandbox.ManualSelection { // it waits in the queue of the first
			d.ok(ann.Take(rid))
		}
		d.ok(ann.TransferToDepartment(rid, "support", "please"))
		equal(t, want, d.servedBy(rid))
		equal(t, any("support"), under(d.room(rid), "departmentId"))
		if ann.TransferToDepartment(rid, "night", "") == nil {
			t.Error("it is transferred by one who does not serve it")
		}
	}
}
