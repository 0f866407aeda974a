package sandbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rocketline/rocketline/sandbox"
)

// TestTold is what streams tell that no recording listens to (realtime 9.5 to 9.7). Times stand for themselves.
func TestTold(t *testing.T) {
	cases := []struct {
		name          string
		listener      string
		stream, event string // $inquiry is the room's inquiry
		do            func(*stage)
		hears         string // of the args, in part
	}{
		{name: "a public setting has a new value", stream: "stream-notify-all", event: "public-settings-changed",
			do:    func(s *stage) { mustDo(s, s.srv.SetSetting("Livechat_title", "Help")) },
			hears: `["updated",{"_id":"Livechat_title","value":"Help"}]`},
		{name: "an agent's clients are told of his presence", listener: "ann", stream: "stream-notify-user", event: "$ann/userData",
			do:    func(s *stage) { s.srv.Agent("ann").SetStatus(sandbox.Busy) },
			hears: `[{"diff":{"status":"busy"},"id":"$ann","type":"updated","unset":{}}]`},
		{name: "managers follow a room that they may read", listener: "mona", stream: "stream-room-data", event: "$room",
			do:    func(s *stage) { mustDo(s, s.srv.Agent("ann").CloseRoom(s.rid, "bye")) },
			hears: `"closer":"user"`},
		{name: "one inquiry is taken", listener: "ben", stream: "stream-livechat-inquiry-queue-observer", event: "$inquiry",
			do:    func(s *stage) { mustDo(s, s.srv.Agent("host").Transfer(s.rid, "ann", "")) },
			hears: `"clientAction":"updated"`},
		{name: "one inquiry goes", listener: "ben", stream: "stream-livechat-inquiry-queue-observer", event: "$inquiry",
			do:    func(s *stage) { mustDo(s, s.srv.Agent("host").CloseRoom(s.rid, "bye")) },
			hears: `"clientAction":"removed"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := newStage(t, sandbox.Options{}, false)
			s.srv.Agent("ann").SetStatus(sandbox.Online)
			mustDo(s, s.srv.Agent("host").Take(s.rid))
			event := c.event
			if event == "$inquiry" {
				found := s.rest("ann", "GET", "livechat/inquiries.getOne?roomId="+s.rid, "")
				event = found["inquiry"].(map[string]any)["_id"].(string)
			}
			w := s.session(c.listener)
			w.say(fmt.Sprintf(`{"msg":"sub","id":"s","name":%q,"params":[%q,false]}`, c.stream, event))
			w.until("ready")
			c.do(s)
			if frame := w.until("changed"); !strings.Contains(frame, s.name.Replace(c.hears)) {
				t.Errorf("told %s\nwant %s", frame, c.hears)
			}
		})
	}
}

func mustDo(s *stage, err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// TestASubThatGoesSilent is what happens to an agent's sub to the messages of a room when he loses it (realtime 9.1).
func TestASubThatGoesSilent(t *testing.T) {
	const room = `"stream-room-messages","params":["$room",false]`
	const mine = `"stream-room-messages","params":["__my_messages__",false]`
	cases := []struct {
		name string
		subs []string
		// after acts on the connection once the room is lost.
		after func(*wire)
		hears int // how many subs bring what is written afterwards
	}{
		{name: "the only sub goes silent", subs: []string{room}},
		{name: "a sub behind one to all his messages goes on", subs: []string{mine, room}, hears: 1},
		{name: "a sub before one to all his messages goes silent", subs: []string{room, mine}},
		{name: "two subs to the room go silent", subs: []string{room, room}},
		{name: "a sub made anew hears again", subs: []string{room}, hears: 1, after: func(w *wire) {
			w.say(`{"msg":"unsub","id":"s0"}`)
			w.until("nosub")
			mustDo(w.s, w.s.srv.Agent("host").Transfer(w.s.rid, "ann", ""))
			w.say(`{"msg":"sub","id":"again","name":` + room + `}`)
			w.until("ready")
		}},
	}
	for _, version := range recordedVersions {
		for _, c := range cases {
			t.Run(string(version)+" "+c.name, func(t *testing.T) {
				s := newStage(t, sandbox.Options{Profile: version}, true)
				w := s.session("ann")
				for i, sub := range c.subs {
					w.say(fmt.Sprintf(`{"msg":"sub","id":"s%d","name":%s}`, i, sub))
					w.until("ready")
				}
				mustDo(s, s.srv.Agent("ann").Transfer(s.rid, "host", ""))
				if c.after != nil {
					c.after(w)
				}
				if _, err := s.srv.Agent("host").Send(s.rid, "afterwards"); err != nil {
					t.Fatal(err)
				}
				w.say(`{"msg":"ping","id":"the end"}`)
				heard := 0
				for {
					frame, err := w.read()
					if err != nil {
						t.Fatal(err)
					}
					if strings.Contains(frame, "the end") {
						break
					}
					if strings.Contains(frame, `"afterwards"`) {
						heard++
					}
				}
				if heard != c.hears {
					t.Errorf("heard %d times, want %d", heard, c.hears)
				}
			})
		}
	}
}
