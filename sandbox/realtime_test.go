package sandbox_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/rocketline/rocketline/sandbox"
)

func asClose(err error, into *websocket.CloseError) bool { return errors.As(err, into) }

// recordedVersions were recorded, the others of everyVersion were read.
var (
	recordedVersions = []sandbox.Profile{sandbox.V3_4, sandbox.V6_5}
	everyVersion     = []sandbox.Profile{sandbox.V3_4, sandbox.V6_5, sandbox.V7_0, sandbox.Later}
)

const visitorArgs = `{"useCollection":false,"args":[{"token":"guest","visitorToken":"guest"}]}`

// TestWhoMayRead asks for streams as everybody, in a queued room and in one that ann serves (realtime 9). A visitor's rights are
// recorded, and not repeated here.
func TestWhoMayRead(t *testing.T) {
	const queued, served = false, true
	rights := []struct {
		stream, event string
		versions      []sandbox.Profile
		serving       bool
		may           []string // of "", ann, ben, mona, pat
	}{
		{"stream-room-messages", "$room", everyVersion, queued, []string{"ann", "ben", "mona"}},
		{"stream-room-messages", "$room", everyVersion, served, []string{"ann", "mona"}},
		{"stream-room-messages", "nope", everyVersion, served, nil},
		{"stream-room-messages", "__my_messages__", everyVersion, served, []string{"", "ann", "ben", "mona", "pat"}},
		{"stream-livechat-room", "$room", everyVersion, served, nil},
		{"stream-notify-room", "$room/typing", everyVersion[:1], served, []string{"ann"}},
		{"stream-notify-room", "$room/user-activity", everyVersion[1:], served, []string{"ann", "mona"}},
		{"stream-notify-room", "$room/deleteMessage", everyVersion[1:], queued, []string{"ann", "ben", "mona"}},
		{"stream-notify-room", "nope/typing", everyVersion, served, nil},
		{"stream-notify-room", "$room/webrtc", everyVersion[:3], served, []string{"", "ann", "ben", "mona", "pat"}},
		{"stream-notify-room", "$room/webrtc", everyVersion[3:], served, []string{"ann", "mona"}},
		{"stream-notify-user", "$pat/notification", everyVersion, served, []string{"pat"}},
		{"stream-notify-user", "$pat/webrtc", everyVersion[:3], served, []string{"", "ann", "ben", "mona", "pat"}},
		{"stream-notify-user", "$pat/webrtc", everyVersion[3:], served, []string{"pat"}},
		{"stream-notify-logged", "user-status", everyVersion, served, []string{"ann", "ben", "mona", "pat"}},
		{"stream-notify-all", "public-settings-changed", everyVersion, served, []string{"", "ann", "ben", "mona", "pat"}},
		{"stream-livechat-inquiry-queue-observer", "public", everyVersion, served, []string{"ann", "ben", "mona"}},
		{"stream-livechat-inquiry-queue-observer", "department/any", everyVersion, served, []string{"ann", "ben", "mona"}},
		{"stream-room-data", "$room", everyVersion, served, []string{"ann", "mona"}},
		{"stream-notify-room-users", "$room/webrtc", everyVersion, served, nil},
	}
	stages := map[string]*stage{}
	for _, version := range everyVersion {
		for _, serving := range []bool{queued, served} {
			stages[fmt.Sprint(version, serving)] = newStage(t, sandbox.Options{Profile: version}, serving)
		}
	}
	for _, right := range rights {
		for _, version := range right.versions {
			for _, who := range []string{"", "ann", "ben", "mona", "pat"} {
				may := strings.Contains(" "+strings.Join(right.may, " ")+" ", " "+who+" ") && len(right.may) > 0
				if who == "" {
					may = len(right.may) > 0 && right.may[0] == ""
				}
				t.Run(fmt.Sprintf("%s %s %s as %q", version, right.stream, right.event, who), func(t *testing.T) {
					s := stages[fmt.Sprint(version, right.serving)]
					w := s.session(who)
					w.t = t
					w.say(fmt.Sprintf(`{"msg":"sub","id":"s","name":%q,"params":[%q,false]}`, right.stream, right.event))
					switch {
					case may:
						w.hear(`{"msg":"ready","subs":["s"]}`)
					case version == sandbox.V3_4:
						w.hear(`{"msg":"nosub","id":"s"}`)
					default:
						w.hear(`{"msg":"nosub","id":"s","error":{"isClientSafe":true,"error":"not-allowed","message":"[not-allowed]","errorType":"Meteor.Error"}}`)
					}
				})
			}
		}
	}
}

// TestSubsRunAgain changes who is logged in on a connection that has subs already (realtime 5.3).
func TestSubsRunAgain(t *testing.T) {
	for _, version := range recordedVersions {
		t.Run(string(version), func(t *testing.T) {
			s := newStage(t, sandbox.Options{Profile: version}, true)
			w := s.session("")
			w.say(
				`{"msg":"sub","id":"visitor","name":"stream-room-messages","params":["$room",`+visitorArgs+`]}`,
				`{"msg":"sub","id":"anybody","name":"stream-notify-all","params":["updateAvatar",true]}`,
				`{"msg":"sub","id":"services","name":"meteor.loginServiceConfiguration","params":[]}`,
			)
			added := `{"msg":"added","collection":"stream-notify-all","id":"id","fields":{"eventName":"updateAvatar"}}`
			w.hear(`{"msg":"ready","subs":["visitor"]}`, added, `{"msg":"ready","subs":["anybody"]}`, `{"msg":"ready","subs":["services"]}`)
			w.login("ann")
			w.say(`{"msg":"sub","id":"mine","name":"stream-notify-user","params":["$ann/message",false]}`)
			if again := w.until("ready"); again != `{"msg":"ready","subs":["mine"]}` {
				t.Errorf("the login told of %s", again)
			}
			w.say(`{"msg":"method","id":"out","method":"logout","params":[]}`)
			if gone := w.until("nosub"); !strings.Contains(gone, `"mine"`) {
				t.Errorf("not refused after the logout: %s", gone)
			}
			if again := w.until("ready"); again != `{"msg":"ready","subs":["visitor","anybody","services"]}` {
				t.Errorf("after the logout: %s", again)
			}
		})
	}
}

// TestWritten is what clients write to streams (realtime 9.3, 9.4, 9.7). The writer always gets an empty result, never the event.
func TestWritten(t *testing.T) {
	const heardByBen = `{"msg":"changed","collection":"stream-notify-user","id":"id","fields":{"eventName":"$ben/otr","args":["hello"]}}`
	writes := []struct {
		name     string
		versions []sandbox.Profile
		as       string
		stream   string
		params   string
		realName bool
		listen   string // what ann listens to, "stream event"
		listener string
		hears    string // empty for nothing
	}{
		{name: "an agent may type under the own username in a room that is not his", versions: recordedVersions[1:], as: "ben", stream: "stream-notify-room",
			params: `"$room/user-activity","ben",["user-typing"],{}`, listener: "ann", listen: "stream-notify-room $room/user-activity",
			hears: `{"msg":"changed","collection":"stream-notify-room","id":"id","fields":{"eventName":"$room/user-activity","args":["ben",["user-typing"],{}]}}`},
		{name: "nobody may type under another's username", versions: recordedVersions[1:], as: "ben", stream: "stream-notify-room",
			params: `"$room/user-activity","ann",["user-typing"],{}`, listener: "ann", listen: "stream-notify-room $room/user-activity"},
		{name: "with UI_Use_Real_Name the name counts", versions: recordedVersions[1:], as: "ben", realName: true, stream: "stream-notify-room",
			params: `"$room/user-activity","Real ben",[],{}`, listener: "ann", listen: "stream-notify-room $room/user-activity",
			hears: `{"msg":"changed","collection":"stream-notify-room","id":"id","fields":{"eventName":"$room/user-activity","args":["Real ben",[],{}]}}`},
		{name: "with UI_Use_Real_Name the username does not count", versions: recordedVersions[1:], as: "ben", realName: true, stream: "stream-notify-room",
			params: `"$room/user-activity","ben",[],{}`, listener: "ann", listen: "stream-notify-room $room/user-activity"},
		{name: "3.x types with typing", versions: recordedVersions[:1], as: "", stream: "stream-notify-room",
			params: `"$room/typing","anything",true,{"token":"guest"}`, listener: "ann", listen: "stream-notify-room $room/typing",
			hears: `{"msg":"changed","collection":"stream-notify-room","id":"id","fields":{"eventName":"$room/typing","args":["anything",true,{"token":"guest"}]}}`},
		{name: "6.x drops typing", versions: recordedVersions[1:], as: "", stream: "stream-notify-room",
			params: `"$room/typing","anything",true,{"token":"guest"}`, listener: "ann", listen: "stream-notify-room $room/typing"},
		{name: "a wrong token types for nobody", versions: recordedVersions[1:], as: "", stream: "stream-notify-room",
			params: `"$room/user-activity","anything",["user-typing"],{"token":"other"}`, listener: "ann", listen: "stream-notify-room $room/user-activity"},
		{name: "anybody calls by webrtc until 7.x", versions: everyVersion[:3], as: "", stream: "stream-notify-room",
			params: `"$room/webrtc","join",{}`, listener: "ann", listen: "stream-notify-room $room/webrtc",
			hears: `{"msg":"changed","collection":"stream-notify-room","id":"id","fields":{"eventName":"$room/webrtc","args":["join",{}]}}`},
		{name: "webrtc is gone later", versions: everyVersion[3:], as: "", stream: "stream-notify-room",
			params: `"$room/webrtc","join",{}`, listener: "ann", listen: "stream-notify-room $room/webrtc"},
		{name: "users write to each other until 7.x", versions: everyVersion[:3], as: "pat", stream: "stream-notify-user",
			params: `"$ben/otr","hello"`, listener: "ben", listen: "stream-notify-user $ben/otr", hears: heardByBen},
		{name: "users do not write to each other later", versions: everyVersion[3:], as: "pat", stream: "stream-notify-user",
			params: `"$ben/otr","hello"`, listener: "ben", listen: "stream-notify-user $ben/otr"},
		{name: "nobody writes to users without a login", versions: everyVersion, as: "", stream: "stream-notify-user",
			params: `"$ben/otr","hello"`, listener: "ben", listen: "stream-notify-user $ben/otr"},
		{name: "a stranger does not reach a room's members", versions: everyVersion, as: "ben", stream: "stream-notify-room-users",
			params: `"$room/otr","hello"`, listener: "ann", listen: "stream-notify-user $ann/otr"},
		{name: "nobody writes to everybody", versions: everyVersion, as: "mona", stream: "stream-notify-all",
			params: `"updateAvatar",{}`, listener: "ann", listen: "stream-notify-all updateAvatar"},
	}
	for _, write := range writes {
		for _, version := range write.versions {
			t.Run(string(version)+" "+write.name, func(t *testing.T) {
				s := newStage(t, sandbox.Options{Profile: version, Settings: map[string]any{"UI_Use_Real_Name": write.realName}}, true)
				stream, event, _ := strings.Cut(write.listen, " ")
				sub := fmt.Sprintf(`{"msg":"sub","id":"s","name":%q,"params":[%q,false]}`, stream, event)
				listener, writer := s.session(write.listener), s.session(write.as)
				listener.say(sub)
				listener.until("ready")
				writer.say(`{"msg":"method","id":"w","method":"` + write.stream + `","params":[` + write.params + `]}`)
				if answer := writer.until("result"); answer != `{"id":"w","msg":"result"}` {
					t.Errorf("the writer got %s", answer)
				}
				if write.hears == "" {
					listener.hear()
				} else {
					listener.hear(write.hears)
				}
			})
		}
	}
}

// TestPresences follows users by stream-user-presence (realtime 9.5).
func TestPresences(t *testing.T) {
	s := newStage(t, sandbox.Options{}, false)
	w := s.session("pat")
	w.say(`{"msg":"sub","id":"first","name":"stream-user-presence","params":["",{"added":["$ann","$ben"]}]}`)
	w.hear(`{"msg":"ready","subs":["first"]}`)
	w.say(`{"msg":"sub","id":"second","name":"stream-user-presence","params":["",{"added":["$mona"],"removed":["$ben"]}]}`)
	w.hear(`{"msg":"nosub","id":"second"}`)
	for _, username := range []string{"ann", "ben", "mona"} {
		s.srv.Agent(username).SetStatus(sandbox.Away)
	}
	w.hear(
		`{"msg":"changed","collection":"stream-user-presence","id":"$ann","fields":{"uid":"$ann","eventName":"$ann","args":[["ann",2,""]]}}`,
		`{"msg":"changed","collection":"stream-user-presence","id":"$mona","fields":{"uid":"$mona","eventName":"$mona","args":[["mona",2,""]]}}`,
	)
	w.say(`{"msg":"unsub","id":"first"}`)
	w.hear(`{"msg":"nosub","id":"first"}`)
	s.srv.Agent("ann").SetStatus(sandbox.Busy)
	w.hear()

	old := newStage(t, sandbox.Options{Profile: sandbox.V3_4}, false).session("pat")
	old.say(`{"msg":"sub","id":"s","name":"stream-user-presence","params":["",{"added":[]}]}`)
	if answer := old.until("nosub"); !strings.Contains(answer, "Subscription 'stream-user-presence' not found") {
		t.Errorf("3.4 answered %s", answer)
	}
}

// TestSockJS speaks the wrapped form on the path that Meteor has for it.
func TestSockJS(t *testing.T) {
	s := newStage(t, sandbox.Options{}, false)
	w := s.dial("/sockjs/123/abcdefgh/websocket")
	want := func(text string) {
		t.Helper()
		if got, err := w.read(); err != nil || got != text {
			t.Fatalf("got %s %v, want %s", got, err, text)
		}
	}
	want("o")
	w.say(`["{\"msg\":\"connect\",\"version\":\"1\",\"support\":[\"1\"]}","{\"msg\":\"ping\",\"id\":\"a\"}"]`)
	if got, err := w.read(); err != nil || !strings.HasPrefix(got, `a["{\"msg\":\"connected\",\"session\":`) {
		t.Fatal(got, err)
	}
	want(`a["{\"id\":\"a\",\"msg\":\"pong\"}"]`)
	w.say(`["{\"msg\":\"connect\"}"]`)
	if got, err := w.read(); err != nil || !strings.Contains(got, `Already connected`) {
		t.Fatal(got, err)
	}

	refused := s.dial("/sockjs/123/abcdefgh/websocket")
	refused.say(`["{\"msg\":\"connect\",\"version\":\"0\",\"support\":[\"0\"]}"]`)
	for _, text := range []string{"o", `a["{\"msg\":\"failed\",\"version\":\"1\"}"]`, `c[1000,"Normal closure"]`} {
		if got, err := refused.read(); err != nil || got != text {
			t.Fatalf("got %s %v, want %s", got, err, text)
		}
	}
	if code, _ := refused.ended(); code != websocket.StatusNormalClosure {
		t.Errorf("closed with %d", code)
	}
}
