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
