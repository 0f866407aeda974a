package sandbox_test

import (
	"strings"
	"testing"

	"github.com/rocketline/rocketline/sandbox"
)

// TestMethodsThatEndWith80 and some that do not (realtime 11.3, rest-agent A.6). Who calls is nobody, so that a method that is there refuses.
func TestMethodsThatEndWith80(t *testing.T) {
	for _, profile := range everyVersion {
		t.Run(string(profile), func(t *testing.T) {
			c := connectTo(t, openWidget(t, sandbox.Options{Profile: profile}).srv)
			for method, ends := range map[string]bool{
				"livechat:sendTranscript": true, "createToken": true, "sendMessage": false, "updateMessage": false, "deleteMessage": false,
				"loadHistory": false, "login": false, "logout": false, "stream-notify-room": false,
			} {
				if is, gone := code(c.call(method)) == 404.0, ends && profile == sandbox.Later; is != gone {
					t.Errorf("%s: gone %v, want %v", method, is, gone)
				}
			}
		})
	}
}

// TestHiddenSystemMessagesAreNotToldEither closes a room whose closing message the workspace hides (realtime 9.1: since 6.12).
func TestHiddenSystemMessagesAreNotToldEither(t *testing.T) {
	for profile, told := range map[sandbox.Profile]bool{sandbox.V6_5: true, sandbox.V7_0: false, sandbox.Later: false} {
		t.Run(string(profile), func(t *testing.T) {
			s := newStage(t, sandbox.Options{
				Profile: profile, Settings: map[string]any{"Hide_System_Messages": []any{"livechat-close", "command"}},
			}, false)
			w := s.session("")
			w.say(`{"msg":"sub","id":"s","name":"stream-room-messages","params":["$room",{"useCollection":false,"args":[{"visitorToken":"guest"}]}]}`)
			w.until("ready")
			s.rest("", "POST", "livechat/message", `{"token":"guest","rid":"`+s.rid+`","msg":"said"}`)
			s.rest("", "POST", "livechat/room.close", `{"token":"guest","rid":"`+s.rid+`"}`)
			w.say(`{"msg":"ping","id":"end"}`)
			heard := ""
			for !strings.Contains(heard, `"pong"`) {
				frame, err := w.read()
				if err != nil {
					t.Fatal(err)
				}
				heard += frame
			}
			if strings.Contains(heard, "livechat-close") != told || !strings.Contains(heard, "said") {
				t.Errorf("heard %s", heard)
			}
			history, _ := s.rest("", "GET", "livechat/messages.history/"+s.rid+"?token=guest", "")["messages"].([]any)
			for _, m := range history {
				if under(m, "t") == "livechat-close" {
					t.Error("the history has it")
				}
			}
		})
	}
}

// TestWritingToForeignUsersEndedWithTheLaterServers: what calls need is still let through (realtime 9.4).
func TestWritingToForeignUsersEndedWithTheLaterServers(t *testing.T) {
	for _, test := range []struct {
		profile sandbox.Profile
		kind    string
		told    bool
	}{
		{sandbox.V7_0, "otr", true}, {sandbox.Later, "otr", false}, {sandbox.Later, "video-conference", true},
		{sandbox.V7_0, "webrtc", true}, {sandbox.Later, "webrtc", false},
	} {
		t.Run(string(test.profile)+" "+test.kind, func(t *testing.T) {
			s := newStage(t, sandbox.Options{Profile: test.profile}, false)
			ann, pat := s.session("ann"), s.session("pat")
			ann.say(`{"msg":"sub","id":"s","name":"stream-notify-user","params":["$ann/` + test.kind + `",false]}`)
			ann.until("ready")
			pat.say(`{"msg":"method","id":"w","method":"stream-notify-user","params":["$ann/` + test.kind + `",{"x":1}]}`)
			if answer := pat.until("result"); answer != `{"id":"w","msg":"result"}` {
				t.Errorf("writing answers %s", answer)
			}
			ann.say(`{"msg":"ping","id":"end"}`)
			heard := ""
			for !strings.Contains(heard, `"pong"`) {
				frame, err := ann.read()
				if err != nil {
					t.Fatal(err)
				}
				heard += frame
			}
			if strings.Contains(heard, `"x":1`) != test.told {
				t.Errorf("heard %s", heard)
			}
		})
	}
}

// TestATranscriptIsSentOverDDP by who may, and noted in the room as his.
func TestATranscriptIsSentOverDDP(t *testing.T) {
	for _, profile := range []sandbox.Profile{sandbox.V3_4, sandbox.V6_5, sandbox.V7_0} {
		t.Run(string(profile), func(t *testing.T) {
			s := newStage(t, sandbox.Options{Profile: profile}, false)
			call := func(username, room string) string {
				t.Helper()
				w := s.session(username)
				w.say(`{"msg":"method","id":"m","method":"livechat:sendTranscript","params":["guest","` + room + `","a@b.example","Chat"]}`)
				return w.until("result")
			}
			for _, test := range []struct{ who, room, want string }{
				{"ann", "$room", `"error":"error-not-allowed"`}, {"mona", "nowhere", `"error":"error-invalid-room"`}, {"mona", "$room", `"result":true`},
			} {
				if got := call(test.who, test.room); !strings.Contains(got, test.want) {
					t.Errorf("%s %s: %s", test.who, test.room, got)
				}
			}
			history := s.rest("", "GET", "livechat/messages.history/"+s.rid+"?token=guest", "")
			newest := history["messages"].([]any)[0]
			equal(t, any("livechat_transcript_history"), under(newest, "t"))
			equal(t, any("mona"), under(newest, "requestData", "user", "username"))
		})
	}
}

// TestOnlyTheOldestServerGreets with its id before the session begins (realtime 2).
func TestOnlyTheOldestServerGreets(t *testing.T) {
	for _, profile := range everyVersion {
		w := newStage(t, sandbox.Options{Profile: profile}, false).dial("/websocket")
		w.say(connect)
		first, err := w.read()
		if err != nil {
			t.Fatal(err)
		}
		if greets := first == `{"server_id":"0"}`; greets != (profile == sandbox.V3_4) {
			t.Errorf("%s begins with %s", profile, first)
		}
	}
}
