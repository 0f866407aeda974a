package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
)

// office is a workspace whose users talk: ann and bob have a direct room, eve is a stranger to it, root an administrator, otto a bot, gus a guest.
type office struct {
	t   *testing.T
	srv *sandbox.Server
	dm  string // the direct room of ann and bob
}

func newOffice(t *testing.T, opts sandbox.Options) *office {
	t.Helper()
	for username, role := range map[string]string{"ann": "user", "bob": "user", "eve": "user", "root": "admin", "otto": "bot", "gus": "guest"} {
		opts.Accounts = append(opts.Accounts, sandbox.Account{
			ID: username, Username: username, Name: strings.ToUpper(username), Roles: []string{role}, Tokens: []string{"token-" + username},
		})
	}
	srv, err := sandbox.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	o := &office{t: t, srv: srv}
	o.dm = at(o.ok("ann", "im.create", `{"username":"bob"}`), "room", "rid").(string)
	return o
}

// call makes a REST call as a user; one without a body is a GET.
func (o *office) call(username, path, body string) (int, map[string]any) {
	o.t.Helper()
	method := http.MethodGet
	if body != "" {
		method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(o.t.Context(), method, o.srv.URL()+"/api/v1/"+o.fill(path), strings.NewReader(o.fill(body)))
	if err != nil {
		o.t.Fatal(err)
	}
	req.Header.Set("X-User-Id", username)
	req.Header.Set("X-Auth-Token", "token-"+username)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		o.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		o.t.Fatalf("%s: %v", path, err)
	}
	return res.StatusCode, answer
}

// fill writes the direct room's id for DM.
func (o *office) fill(text string) string { return strings.ReplaceAll(text, "DM", o.dm) }

func (o *office) ok(username, path, body string) map[string]any {
	o.t.Helper()
	status, answer := o.call(username, path, body)
	if status != http.StatusOK {
		o.t.Fatalf("%s %s: %d %v", path, body, status, answer)
	}
	return answer
}

// say sends a message into the direct room and answers its id.
func (o *office) say(username, id, text string) {
	o.t.Helper()
	o.ok(username, "chat.sendMessage", fmt.Sprintf(`{"message":{"rid":"DM","_id":%q,"msg":%q}}`, id, text))
}

// at walks into an answer.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

func TestChatRefuses(t *testing.T) {
	all := []sandbox.Profile{sandbox.V3_4, sandbox.V6_5, sandbox.V7_0, sandbox.Later}
	newer := all[1:]
	cases := []struct {
		name             string
		in               []sandbox.Profile
		settings         map[string]any
		as, path, body   string
		status           int
		text, code, also string // error, errorType, and a part of the whole answer
	}{
		{name: "a thread's message that shows in the room but is in no thread", in: all, as: "ann", path: "chat.sendMessage",
			body: `{"message":{"rid":"DM","msg":"x","tshow":true}}`, text: "invalid-params"},
		{name: "threads that are off", in: all, settings: map[string]any{"Threads_enabled": false}, as: "ann", path: "chat.sendMessage",
			body: `{"message":{"rid":"DM","msg":"x","tmid":"m"}}`, text: "not-allowed [not-allowed]", code: "not-allowed"},
		{name: "a text longer than the workspace allows", in: all, settings: map[string]any{"Message_MaxAllowedSize": 3}, as: "ann",
			path: "chat.sendMessage", body: `{"message":{"rid":"DM","msg":"1234"}}`, code: "error-message-size-exceeded",
			text: "Message size exceeds Message_MaxAllowedSize [error-message-size-exceeded]"},
		{name: "another's avatar", in: newer, as: "ann", path: "chat.sendMessage",
			body: `{"message":{"rid":"DM","msg":"x","avatar":"/a.png"}}`, text: "Not enough permission"},
		{name: "another's name", in: newer, as: "ann", path: "chat.postMessage",
			body: `{"roomId":"DM","text":"x","alias":"Boss"}`, text: "Not enough permission"},
		{name: "a system message", in: newer, as: "ann", path: "chat.sendMessage",
			body: `{"message":{"rid":"DM","msg":"x","t":"uj"}}`, text: "Cannot send system messages using 'chat.sendMessage'"},
		{name: "custom fields that are off", in: all[2:], as: "ann", path: "chat.sendMessage",
			body: `{"message":{"rid":"DM","msg":"x","customFields":{"a":1}}}`, text: "Custom fields not enabled"},
		{name: "an id that is there already", in: all[2:], as: "bob", path: "chat.sendMessage",
			body: `{"message":{"rid":"DM","_id":"m","msg":"x"}}`, text: "Cannot read properties of undefined (reading 'starred')"},
		{name: "editing where it is off", in: all, settings: map[string]any{"Message_AllowEditing": false}, as: "ann", path: "chat.update",
			body: `{"roomId":"DM","msgId":"m","text":"y"}`, code: "error-action-not-allowed",
			text: "Message editing not allowed [error-action-not-allowed]"},
		{name: "deleting where it is off", in: all, settings: map[string]any{"Message_AllowDeleting": false}, as: "ann",
			path: "chat.delete", body: `{"roomId":"DM","msgId":"m"}`, code: "error-action-not-allowed",
			text: "Not allowed [error-action-not-allowed]"},
		{name: "deleting in the name of the author", in: all, as: "bob", path: "chat.delete",
			body: `{"roomId":"DM","msgId":"m","asUser":true}`,
			text: `Unauthorized. You must have the permission "force-delete-message" to delete other's message as them.`},
		{name: "deleting in another room", in: all, as: "ann", path: "chat.delete", body: `{"roomId":"GENERAL","msgId":"m"}`,
			text: "The room id provided does not match where the message is from."},
		{name: "a reaction to nothing", in: all, as: "ann", path: "chat.react", body: `{"emoji":"smile"}`,
			code: "error-messageid-param-not-provided",
			text: `The required "messageId" param is missing. [error-messageid-param-not-provided]`},
		{name: "a reaction without emoji", in: all, as: "ann", path: "chat.react", body: `{"messageId":"m"}`,
			code: "error-emoji-param-not-provided", text: `The required "emoji" param is missing. [error-emoji-param-not-provided]`},
		{name: "too many users for one direct room", in: all, settings: map[string]any{"DirectMesssage_maxUsers": 2}, as: "ann",
			path: "im.create", body: `{"usernames":"bob, eve"}`, code: "error-direct-message-max-user-exceeded"},
		{name: "a user who may make no groups", in: all, as: "gus", path: "groups.create", body: `{"name":"g"}`, status: 403,
			text: "unauthorized"},
		{name: "the history of a foreign direct room", in: newer, as: "eve", path: "im.history?roomId=DM", status: 403,
			text: "unauthorized"},
		{name: "a foreign room", in: all, as: "eve", path: "rooms.info?roomId=DM", text: "not-allowed", code: "Not Allowed"},
		{name: "an unknown room", in: newer, as: "eve", path: "rooms.info?roomName=nope", code: "error-room-not-found"},
		{name: "what nobody has looked at", in: all, as: "ann", path: "chat.getMessage", status: 501, also: "sandbox: not implemented"},
	}
	for _, c := range cases {
		for _, profile := range c.in {
			t.Run(string(profile)+" "+c.name, func(t *testing.T) {
				o := newOffice(t, sandbox.Options{Profile: profile})
				o.say("ann", "m", "hello")
				for key, value := range c.settings {
					if err := o.srv.SetSetting(key, value); err != nil {
						t.Fatal(err)
					}
				}
				status, answer := o.call(c.as, c.path, c.body)
				want := c.status
				if want == 0 {
					want = http.StatusBadRequest
				}
				if status != want {
					t.Errorf("status %d, want %d: %v", status, want, answer)
				}
				if c.text != "" && answer["error"] != c.text {
					t.Errorf("error %q, want %q", answer["error"], c.text)
				}
				if c.code != "" && answer["errorType"] != c.code {
					t.Errorf("errorType %q, want %q", answer["errorType"], c.code)
				}
				if whole := fmt.Sprint(answer); !strings.Contains(whole, c.also) {
					t.Errorf("%s has no %q", whole, c.also)
				}
			})
		}
	}
}

func TestTheTimeOfAMessage(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	cases := []struct {
		name string
		off  time.Duration
		want string // its ts, or the code of the refusal
	}{
		{"is the sender's when it is nearly right", -9 * time.Second, "2026-03-01T11:59:51.000Z"},
		{"is the server's when it is half a minute off", 30 * time.Second, "2026-03-01T12:00:00.000Z"},
		{"may not be more than a minute off", -61 * time.Second, "error-message-ts-out-of-sync"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := newOffice(t, sandbox.Options{Now: func() time.Time { return now }})
			ts := now.Add(c.off).Format("2006-01-02T15:04:05.000Z")
			_, answer := o.call("ann", "chat.sendMessage", fmt.Sprintf(`{"message":{"rid":"DM","msg":"x","ts":%q}}`, ts))
			got := at(answer, "message", "ts")
			if got == nil {
				got = answer["errorType"]
			}
			if text, _ := got.(string); !strings.HasPrefix(text, strings.TrimSuffix(c.want, ".000Z")) {
				t.Errorf("got %v, want %s", answer, c.want)
			}
		})
	}
}

func TestEditingEndsAfterTheWorkspacesTime(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	o := newOffice(t, sandbox.Options{
		Now: func() time.Time { return now }, Settings: map[string]any{"Message_AllowEditing_BlockEditInMinutes": 5},
	})
	o.say("ann", "m", "hello")
	now = now.Add(4 * time.Minute)
	o.ok("ann", "chat.update", `{"roomId":"DM","msgId":"m","text":"in time"}`)
	now = now.Add(2 * time.Minute)
	if _, answer := o.call("ann", "chat.update", `{"roomId":"DM","msgId":"m","text":"late"}`); answer["errorType"] != "error-message-editing-blocked" {
		t.Error(answer)
	}
}
