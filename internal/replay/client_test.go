package replay_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/google/go-cmp/cmp"

	"github.com/rocketline/rocketline/internal/replay"
)

// client is a visitor's client of the plainest kind.
type client struct {
	t      *testing.T
	rec    *replay.Recording
	server *replay.Server
	http   *http.Client
	ws     *websocket.Conn
}

func load(t *testing.T, path string) *replay.Recording {
	t.Helper()
	rec, err := replay.Load(recordings + path)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

func start(t *testing.T, rec *replay.Recording) *client {
	t.Helper()
	c := &client{t: t, rec: rec, server: replay.Start(rec)}
	c.http = &http.Client{Transport: &http.Transport{DialContext: c.server.Dial}}
	t.Cleanup(c.server.Close)
	t.Cleanup(c.http.CloseIdleConnections)
	c.dial()
	return c
}

func (c *client) connect() (*websocket.Conn, *http.Response, error) {
	return websocket.Dial(c.t.Context(), c.server.URL()+"/websocket", &websocket.DialOptions{HTTPClient: c.http})
}

func (c *client) dial() {
	c.t.Helper()
	ws, _, err := c.connect()
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = ws.CloseNow() })
	ws.SetReadLimit(1 << 20)
	c.ws = ws
	c.write(map[string]any{"msg": "connect", "version": "1", "support": []string{"1"}})
	first := c.read()
	if c.rec.Version == "3.4.0" {
		if first["server_id"] != "0" {
			c.t.Fatalf("first came %v, want server_id", first)
		}
		first = c.read()
	}
	if first["msg"] != "connected" {
		c.t.Fatalf("came %v, want connected", first)
	}
}

// subscribe follows all that the recorded visitors followed.
func (c *client) subscribe() {
	c.t.Helper()
	activity := "/user-activity"
	if c.rec.Version == "3.4.0" {
		activity = "/typing"
	}
	for _, topic := range [][2]string{
		{"stream-room-messages", c.rec.RoomID},
		{"stream-livechat-room", c.rec.RoomID},
		{"stream-notify-room", c.rec.RoomID + activity},
		{"stream-notify-room", c.rec.RoomID + "/deleteMessage"},
	} {
		c.write(map[string]any{"msg": "sub", "id": topic[1] + topic[0], "name": topic[0], "params": subscription(topic[1], c.rec.Token)})
		if got := c.read(); got["msg"] != "ready" {
			c.t.Fatalf("subscribe to %v: %v", topic, got)
		}
	}
}

func subscription(event, token string) []any {
	return []any{event, map[string]any{"useCollection": false, "args": []any{map[string]string{"token": token, "visitorToken": token}}}}
}

func (c *client) read() map[string]any {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Second)
	defer cancel()
	var frame map[string]any
	if err := wsjson.Read(ctx, c.ws, &frame); err != nil {
		c.t.Fatalf("read a frame: %v", err)
	}
	return frame
}

func (c *client) write(frame any) {
	c.t.Helper()
	if err := wsjson.Write(c.t.Context(), c.ws, frame); err != nil {
		c.t.Fatalf("write a frame: %v", err)
	}
}

// call makes a recorded call and expects the recorded answer.
func (c *client) call(call replay.Call) {
	c.t.Helper()
	status, body := c.do(call)
	var got, want any
	_ = json.Unmarshal([]byte(body), &got)
	_ = json.Unmarshal(call.Answer, &want)
	if diff := cmp.Diff(want, got); status != call.Status || diff != "" {
		c.t.Errorf("%s %s: status %d, want %d (-want +got)\n%s", call.Method, call.Path, status, call.Status, diff)
	}
}

func (c *client) do(call replay.Call) (status int, body string) {
	c.t.Helper()
	sent, _ := json.Marshal(call.Body)
	req, err := http.NewRequestWithContext(c.t.Context(), call.Method, c.server.URL()+call.Path, strings.NewReader(string(sent)))
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var got json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(got)
}

func (c *client) config() map[string]any {
	c.t.Helper()
	_, body := c.do(replay.Call{Method: "GET", Path: "/api/v1/livechat/config?token=" + c.rec.Token})
	var answer struct {
		Config map[string]any `json:"config"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		c.t.Fatal(err)
	}
	return answer.Config
}

// history lists the ids of the room's newest 100 documents, newest first.
func (c *client) history() []string {
	c.t.Helper()
	return c.page("limit=100")
}

// page lists the ids that one query of history answers.
func (c *client) page(query string) []string {
	c.t.Helper()
	_, body := c.do(replay.Call{Method: "GET", Path: "/api/v1/livechat/messages.history/" + c.rec.RoomID + "?token=" + c.rec.Token + "&" + query})
	var answer struct {
		Messages []struct {
			ID string `json:"_id"`
		} `json:"messages"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		c.t.Fatal(err)
	}
	var ids []string
	for _, m := range answer.Messages {
		ids = append(ids, m.ID)
	}
	return ids
}
