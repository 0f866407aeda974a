package sandbox_test

import (
	"testing"

	"github.com/rocketline/rocketline/sandbox"
)

var newer = []sandbox.Profile{sandbox.V7_0, sandbox.Later}

func TestWhatVisitorsMeetSince70(t *testing.T) {
	for _, profile := range newer {
		t.Run(string(profile), func(t *testing.T) {
			d := openWidget(t, sandbox.Options{Profile: profile})
			rid := d.visitor("t-1")
			t.Run("a blank token is an error", func(t *testing.T) {
				answer := d.post("visitor", map[string]any{"visitor": map[string]any{"token": " "}})
				equal(t, "Token cannot be empty [error-invalid-token]", answer["error"])
			})
			t.Run("a visitor has a contact", func(t *testing.T) {
				contact := under(d.get("visitor/t-1"), "visitor", "contactId")
				if contact == nil {
					t.Error("no contactId")
				}
				equal(t, contact, under(d.get("room?token=t-1"), "room", "v", "contactId"))
			})
			t.Run("the config tells more settings", func(t *testing.T) {
				config := d.get("config")["config"]
				equal(t, any(true), under(config, "settings", "visitorsCanCloseChat"))
				equal(t, any([]any{}), under(config, "settings", "hiddenSystemMessages"))
				equal(t, any("right"), under(config, "theme", "position"))
			})
			t.Run("a message is of the room that is asked with", func(t *testing.T) {
				d.post("message", map[string]any{"token": "t-1", "rid": rid, "msg": "mine", "_id": "M1"})
				other := d.visitor("t-2")
				equal(t, "invalid-message", d.get("message/M1?token=t-2&rid=" + other)["error"])
				equal(t, true, d.get("message/M1?token=t-1&rid=" + rid)["success"])
			})
			t.Run("a transcript is for whoever has the room's token", func(t *testing.T) {
				form := map[string]any{"token": "t-2", "rid": rid, "email": "a@b.example"}
				equal(t, "error-invalid-visitor", d.post("transcript", form)["error"])
			})
			t.Run("rooms of the widget tell the site", func(t *testing.T) {
				d.post("visitor", map[string]any{"visitor": map[string]any{"token": "t-3"}})
				answer := d.ask("GET", "room?token=t-3", nil, "Cookie", "rc_room_type=l; rc_is_widget=t")
				equal(t, any("widget"), under(answer, "room", "source", "type"))
				if under(answer, "room", "source", "destination") == nil {
					t.Error("no destination")
				}
			})
			t.Run("visitors do not transfer any more", func(t *testing.T) {
				answer := d.post("room.transfer", map[string]any{"token": "t-1", "rid": rid, "department": "x"})
				if status := answer["status"]; status != 405 && status != 404 {
					t.Error("status", status)
				}
			})
		})
	}
}

func TestClosingByVisitors(t *testing.T) {
	form := func(rid string) map[string]any { return map[string]any{"token": "t-1", "rid": rid} }
	cases := []struct {
		name     string
		profile  sandbox.Profile
		settings map[string]any
		err      any
		kinds    []string
	}{
		{"6.5 always offers a transcript", sandbox.V6_5, nil, nil, []string{"livechat-started", "livechat-close", "command"}},
		{"7.0 offers none by default", sandbox.V7_0, nil, nil, []string{"livechat-started", "livechat-close"}},
		{"7.0 offers one where that is on", sandbox.V7_0, map[string]any{"Livechat_enable_transcript": true}, nil,
			[]string{"livechat-started", "livechat-close", "command"}},
		{"7.0 offers none where it is sent anyway", sandbox.V7_0,
			map[string]any{"Livechat_enable_transcript": true, "Livechat_transcript_send_always": true}, nil,
			[]string{"livechat-started", "livechat-close"}},
		{"7.0 can forbid it", sandbox.V7_0, map[string]any{"Omnichannel_allow_visitors_to_close_conversation": false},
			"error-not-allowed-to-close-conversation", []string{"livechat-started"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := openWidget(t, sandbox.Options{Profile: c.profile, Settings: c.settings})
			rid := d.visitor("t-1")
			equal(t, c.err, d.post("room.close", form(rid))["error"])
			equal(t, c.kinds, d.kinds(rid, "t-1"))
		})
	}
}

func TestBackendsWriteForVisitors(t *testing.T) {
	backend := []sandbox.Account{{ID: "B1", Username: "backend", Roles: []string{"livechat-manager"}, Tokens: []string{"secret"}}}
	body := map[string]any{"visitor": map[string]any{"token": "t-new"}, "messages": []any{map[string]any{"msg": "one"}}}
	cases := []struct {
		profile       sandbox.Profile
		first, second any
	}{
		{sandbox.V3_4, nil, nil}, {sandbox.V6_5, nil, nil},
		{sandbox.V7_0, "error-invalid-token", nil}, // registers and then stumbles
		{sandbox.Later, nil, nil},
	}
	for _, c := range cases {
		t.Run(string(c.profile), func(t *testing.T) {
			d := openWidget(t, sandbox.Options{Profile: c.profile, Accounts: backend})
			for _, want := range []any{c.first, c.second} {
				equal(t, want, d.ask("POST", "messages", body, "X-User-Id", "B1", "X-Auth-Token", "secret")["error"])
			}
		})
	}
}

func TestARemovedCallIsRefusedLoudly(t *testing.T) {
	d := openWidget(t, sandbox.Options{})
	for _, path := range []string{"webrtc.call", "sms-incoming/twilio"} {
		verb := "POST"
		if path == "webrtc.call" {
			verb = "GET"
		}
		equal(t, any(501), d.ask(verb, path, map[string]any{})["status"])
	}
}

func TestVideoCallsOf34Fail(t *testing.T) {
	d := openWidget(t, sandbox.Options{Profile: sandbox.V3_4})
	d.visitor("t-1")
	equal(t, "invalid-token", d.get("video.call/nobody")["error"])
	equal(t, map[string]any{"success": false, "status": 400}, d.get("video.call/t-1"))
}
