package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server/follow"
)

// socket is a Rocket.Chat client's own, at the same Rocket.Chat.
type socket struct {
	s    *site
	conn *websocket.Conn
}

func (s *site) socket() *socket {
	s.t.Helper()
	conn, answer, err := websocket.Dial(s.context(), strings.Replace(s.chat.URL(), "http", "ws", 1)+"/websocket", nil)
	s.must(err)
	if answer.Body != nil {
		_ = answer.Body.Close()
	}
	s.t.Cleanup(func() { _ = conn.CloseNow() })
	k := &socket{s, conn}
	k.writes(`{"msg":"connect","version":"1","support":["1"]}`)
	k.until(`"connected"`)
	return k
}

func (k *socket) writes(frame string) {
	k.s.t.Helper()
	k.s.must(k.conn.Write(k.s.context(), websocket.MessageText, []byte(frame)))
}

// until reads up to a frame with that in it.
func (k *socket) until(part string) string {
	k.s.t.Helper()
	for {
		_, frame, err := k.conn.Read(k.s.context())
		k.s.must(err)
		if strings.Contains(string(frame), part) {
			return string(frame)
		}
	}
}

// calls makes a method call and waits for its result.
func (k *socket) calls(method string, params ...any) {
	k.s.t.Helper()
	call, err := json.Marshal(map[string]any{"msg": "method", "id": "call", "method": method, "params": params})
	k.s.must(err)
	k.writes(string(call))
	k.until(`"result"`)
}

// subscribes and waits until it is.
func (k *socket) subscribes(stream, event string) {
	k.s.t.Helper()
	sub, err := json.Marshal(map[string]any{
		"msg": "sub", "id": event, "name": stream, "params": []any{event, map[string]any{"useCollection": false, "args": []any{}}},
	})
	k.s.must(err)
	k.writes(string(sub))
	k.until(`"ready"`)
}

func (k *socket) writesTyping(room, token, name string) {
	k.s.t.Helper()
	k.calls("stream-notify-room", room+"/user-activity", name, []string{"user-typing"}, map[string]string{"token": token})
}

// withCarl adds an agent who is there while his client is connected.
func withCarl(s *setup) {
	manually(s)
	s.workspace.Accounts = []sandbox.Account{
		{ID: "carlsId", Username: "carl", Roles: []string{"user", "livechat-agent"}, Tokens: []string{"carls-login"}},
	}
}

// carl connects, and takes the room.
func (c *conversation) carl() *socket {
	c.t.Helper()
	k := c.socket()
	k.calls("login", map[string]any{"resume": "carls-login"})
	c.must(c.chat.Agent("carl").Take(c.room))
	return k
}

func TestAnAgentWhoseConnectionIsLostIsOffline(t *testing.T) {
	var his *socket
	incident{
		with:  withCarl,
		lead:  func(c *conversation) { his = c.carl() },
		do:    func(*conversation) { _ = his.conn.CloseNow() },
		told:  []string{"offline"},
		after: []string{"* agent carl"},
	}.happens(t, sandbox.V3_4, sandbox.V6_5, sandbox.Later)
}

func TestTheAgentsClientSeesTheVisitorType(t *testing.T) {
	for version, want := range map[sandbox.Profile][2]string{
		sandbox.V3_4:  {"/typing", `,true,`},
		sandbox.V6_5:  {"/user-activity", `,["user-typing"],`},
		sandbox.V7_0:  {"/user-activity", `,["user-typing"],`},
		sandbox.Later: {"/user-activity", `,["user-typing"],`},
	} {
		t.Run(string(version), func(t *testing.T) {
			with := of(version)
			withCarl(&with)
			c := converse(t, with, follow.Options{})
			his := c.carl()
			his.subscribes("stream-notify-room", c.room+want[0])
			c.must(c.types(c.ctx, c.room, true))
			if frame := his.until(`"stream-notify-room"`); !strings.Contains(frame, want[1]) {
				t.Errorf("no %s in %s", want[1], frame)
			}
			c.must(c.types(c.ctx, c.room, false))
			stop := strings.NewReplacer("true", "false", `"user-typing"`, "").Replace(want[1])
			if frame := his.until(`"stream-notify-room"`); !strings.Contains(frame, stop) {
				t.Errorf("no %s in %s", stop, frame)
			}
		})
	}
}
