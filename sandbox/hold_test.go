package sandbox_test

import (
	"strings"
	"testing"

	"github.com/rocketline/rocketline/sandbox"
)

// notes are the types of what a room's visitor reads there, oldest first.
func (d *desk) notes(rid, token string) []string {
	d.t.Helper()
	list, _ := d.ask("GET", "messages.history/"+rid+"?limit=50&token="+token, nil)["messages"].([]any)
	var types []string
	for _, m := range list {
		kind, _ := under(m, "t").(string)
		types = append([]string{kind}, types...)
	}
	return types
}

func (d *desk) comment(rid, token, kind string) any {
	d.t.Helper()
	list, _ := d.ask("GET", "messages.history/"+rid+"?limit=50&token="+token, nil)["messages"].([]any)
	for _, m := range list {
		if under(m, "t") == kind {
			return under(m, "comment")
		}
	}
	d.t.Fatal("no such note", kind)
	return nil
}

func (d *desk) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

const (
	held    = "omnichannel_placed_chat_on_hold"
	resumed = "omnichannel_on_hold_chat_resumed"
)

func TestARoomIsPutOnHoldAndResumedByItsAgent(t *testing.T) {
	for _, profile := range []sandbox.Profile{sandbox.V6_5, sandbox.V7_0, sandbox.Later} {
		t.Run(string(profile), func(t *testing.T) {
			d := openDesk(t, sandbox.Options{Profile: profile})
			rid := d.taken("ann", "guest")
			ann := d.srv.Agent("ann")
			d.ok(ann.Hold(rid, "waits for parts"))
			equal(t, any(true), under(d.room(rid), "onHold"))
			equal(t, any("waits for parts"), d.comment(rid, "guest", held))
			for query, want := range map[string]int{"onhold=true": 1, "open=true": 0} {
				list, _ := d.must("root", "GET", "rooms?"+query, nil)["rooms"].([]any)
				if len(list) != want {
					t.Errorf("%s: %d rooms, want %d", query, len(list), want)
				}
			}
			for what, err := range map[string]error{
				"held twice": ann.Hold(rid, ""), "transferred": ann.Transfer(rid, "ben", ""), "returned": ann.ReturnToQueue(rid),
				"held by another": d.srv.Agent("ben").Hold(rid, ""),
			} {
				if err == nil {
					t.Errorf("it is %s", what)
				}
			}
			d.ok(ann.Resume(rid, "they came"))
			equal(t, nil, under(d.room(rid), "onHold"))
			equal(t, any("they came"), d.comment(rid, "guest", resumed))
			if ann.Resume(rid, "") == nil {
				t.Error("it is resumed twice")
			}
			d.ok(ann.Transfer(rid, "ben", ""))
		})
	}
}

func TestAVisitorWhoWritesTakesTheRoomOffHold(t *testing.T) {
	d := openDesk(t, sandbox.Options{})
	rid := d.taken("ann", "guest")
	d.ok(d.srv.Agent("ann").Hold(rid, ""))
	d.ask("POST", "message", map[string]any{"token": "guest", "rid": rid, "msg": "hello?"})
	d.ask("POST", "message", map[string]any{"token": "guest", "rid": rid, "msg": "anybody?"})
	if got := strings.Join(d.notes(rid, "guest"), " "); !strings.HasSuffix(got, held+"  "+resumed+" ") { // hold, message, resumed, message
		t.Errorf("%q", got)
	}
	equal(t, nil, under(d.room(rid), "onHold"))
}

func TestAClosedRoomIsNotOnHold(t *testing.T) {
	d := openDesk(t, sandbox.Options{})
	rid := d.taken("ann", "guest")
	d.ok(d.srv.Agent("ann").Hold(rid, ""))
	d.ok(d.srv.Agent("ann").CloseRoom(rid, "bye"))
	equal(t, nil, under(d.room(rid), "onHold"))
	if d.srv.Agent("ann").Hold(rid, "") == nil {
		t.Error("a closed room is put on hold")
	}
}

func TestTheOldServerKnowsNoHold(t *testing.T) {
	d := openDesk(t, sandbox.Options{Profile: sandbox.V3_4})
	if d.srv.Agent("ann").Hold(d.taken("ann", "guest"), "") == nil {
		t.Error("a room of 3.4 is put on hold")
	}
}
