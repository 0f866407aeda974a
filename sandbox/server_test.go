package sandbox_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"github.com/rocketline/rocketline/sandbox"
)

func start(t *testing.T, opts sandbox.Options) *box {
	t.Helper()
	srv, err := sandbox.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return &box{t: t, srv: srv}
}

// chat registers a visitor, opens his room and answers its id.
func (r *box) chat(token string) string {
	r.t.Helper()
	r.post("livechat/visitor", map[string]any{"visitor": map[string]any{"token": token, "name": "Vic"}})
	return r.open(token)
}

// follow subscribes a new connection to everything of a visitor's room.
func (r *box) follow(rid, token string) *client {
	r.t.Helper()
	c := dial(r.t, r.srv)
	c.send(`{"msg":"connect","version":"1","support":["1"]}`)
	for !strings.Contains(string(c.next("control")), "connected") {
	}
	for i, event := range []string{"stream-room-messages " + rid, "stream-livechat-room " + rid, "stream-notify-room " + rid + "/user-activity"} {
		stream, name, _ := strings.Cut(event, " ")
		c.send(fmt.Sprintf(`{"msg":"sub","id":"%d","name":%q,"params":[%q,{"useCollection":false,"args":[{"token":%q,"visitorToken":%q}]}]}`,
			i, stream, name, token, token))
		if got := string(c.next("control")); !strings.Contains(got, "ready") {
			r.t.Fatalf("sub %s: %s", event, got)
		}
	}
	return c
}

func args(t *testing.T, frame json.RawMessage) []any {
	t.Helper()
	var f struct{ Fields struct{ Args []any } }
	if err := json.Unmarshal(frame, &f); err != nil {
		t.Fatal(err)
	}
	return f.Fields.Args
}

func TestAScriptedAgentTypesAndThenAnswers(t *testing.T) {
	r := start(t, sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	r.srv.Agent("ann").Reply()
	rid := r.chat("t-1")
	c := r.follow(rid, "t-1")
	began := time.Now()
	r.post("livechat/message", map[string]any{"token": "t-1", "rid": rid, "msg": "hello"})
	if got := args(t, c.next("stream-room-messages/"))[0].(map[string]any)["msg"]; got != "hello" {
		t.Errorf("own message: %v", got)
	}
	for _, want := range []any{[]any{"user-typing"}, []any{}} {
		if diff := cmp.Diff([]any{"ann", want, map[string]any{}}, args(t, c.next("stream-notify-room/user-activity"))); diff != "" {
			t.Error(diff)
		}
	}
	if got := args(t, c.next("stream-room-messages/"))[0].(map[string]any)["msg"]; got != "You said: hello" {
		t.Errorf("answer: %v", got)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("the answer took %v", took)
	}
}

func TestTypingReachesOthersButNeverItsOwnConnection(t *testing.T) {
	r := start(t, sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	rid := r.chat("t-1")
	writer, reader := r.follow(rid, "t-1"), r.follow(rid, "t-1")
	call := func(id, event, token string) {
		writer.send(fmt.Sprintf(`{"msg":"method","id":%q,"method":"stream-notify-room","params":[%q,"Vic",["user-typing"],{"token":%q}]}`,
			id, event, token))
		for _, want := range []string{`"updated"`, `"result"`} { // also for what is refused
			if got := string(writer.next("control")); !strings.Contains(got, want) || strings.Contains(got, "error") {
				t.Errorf("call %s: got %s, want %s", id, got, want)
			}
		}
	}
	call("wrong token", rid+"/user-activity", "wrong")
	call("old kind", rid+"/typing", "t-1")
	call("right", rid+"/user-activity", "t-1")
	want := []any{"Vic", []any{"user-typing"}, map[string]any{"token": "t-1"}}
	if diff := cmp.Diff(want, args(t, reader.next("stream-notify-room/user-activity"))); diff != "" {
		t.Error(diff)
	}
	writer.finish()
	reader.finish()
}

func TestASilentConnectionIsPingedAndThenClosed(t *testing.T) {
	r := start(t, sandbox.Options{Heartbeat: 30 * time.Millisecond})
	c := dial(t, r.srv)
	c.send(`{"msg":"connect","version":"1","support":["1"]}`)
	c.next("control")
	if got := string(c.next("control")); got != `{"msg":"ping"}` {
		t.Errorf("got %s", got)
	}
	if status := websocket.CloseStatus(c.ended()); status != websocket.StatusNormalClosure {
		t.Errorf("closed with %v", status)
	}
}

func TestDroppedConnectionsGetNoCloseFrameAndNothingIsReplayed(t *testing.T) {
	r := start(t, sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	rid := r.chat("t-1")
	c := r.follow(rid, "t-1")
	if n := r.srv.Connections(); n != 1 {
		t.Errorf("%d connections", n)
	}
	r.srv.DropConnections()
	if status := websocket.CloseStatus(c.ended()); status != -1 {
		t.Errorf("closed with %v, want no close frame", status)
	}
	if _, err := r.srv.Agent("ann").Send(rid, "missed"); err != nil {
		t.Fatal(err)
	}
	again := r.follow(rid, "t-1")
	again.finish()
}

func TestLimits(t *testing.T) {
	var mu sync.Mutex
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return now }
	pass := func(d time.Duration) { mu.Lock(); now = now.Add(d); mu.Unlock() }
	r := start(t, sandbox.Options{RateLimits: true, Now: clock})
	call := func(header, ip string) (int, string) {
		req, _ := http.NewRequest(http.MethodGet, r.srv.URL()+"/api/v1/livechat/config?foo=1", nil)
		req.Header.Set(header, ip)
		status, h, _ := r.send(req)
		return status, h.Get("X-RateLimit-Remaining") + " " + h.Get("X-RateLimit-Reset")
	}
	reset := fmt.Sprint(clock().Add(time.Minute).UnixMilli())
	for i := range 10 {
		status, got := call("X-Forwarded-For", "10.0.0.1")
		if want := fmt.Sprintf("%d %s", 9-i, reset); status != http.StatusBadRequest || got != want {
			t.Errorf("call %d: %d %s, want 400 %s: a refused request counts, and validation comes after", i, status, got, want)
		}
		pass(time.Second)
	}
	if status, got := call("X-Forwarded-For", "10.0.0.1"); status != http.StatusTooManyRequests || got != "0 "+reset {
		t.Errorf("call 11: %d %s", status, got)
	}
	if status, got := call("X-Real-IP", "10.0.0.2"); status != http.StatusBadRequest || got != "9 "+reset {
		t.Errorf("another address: %d %s, want its own count in the same window", status, got)
	}
	pass(50 * time.Second)
	if status, _ := call("X-Forwarded-For", "10.0.0.1"); status != http.StatusBadRequest {
		t.Errorf("in a new window: %d", status)
	}
	seen := r.srv.Requests()
	last := seen[len(seen)-1]
	if last.Route != "livechat/config" || last.ClientIP != "10.0.0.1" || last.Status != http.StatusBadRequest {
		t.Errorf("logged %+v", last)
	}
}

func TestFortySubsOfOneStreamPassInForty(t *testing.T) {
	r := start(t, sandbox.Options{RateLimits: true})
	c := dial(t, r.srv)
	c.send(`{"msg":"connect","version":"1","support":["1"]}`)
	c.next("control")
	for i := range 60 {
		c.send(fmt.Sprintf(`{"msg":"sub","id":"%d","name":"stream-room-messages","params":["__my_messages__",false]}`, i))
	}
	ready := 0
	for i := range 60 {
		frame := c.next("control")
		var f struct {
			Msg   string
			Error struct {
				Error   string
				Details struct{ TimeToReset int }
			}
		}
		_ = json.Unmarshal(frame, &f)
		switch {
		case f.Msg == "ready" && i == ready:
			ready++
		case f.Error.Error != "too-many-requests" || f.Error.Details.TimeToReset < 55_000:
			t.Errorf("frame %d: %s", i, frame) // the connection's minute is told, not the stream's 40 s
		}
	}
	if ready != 40 {
		t.Errorf("%d subs passed", ready)
	}
}

func TestWhatTheSandboxLacksIsRefusedLoudly(t *testing.T) {
	r := start(t, sandbox.Options{})
	for path, route := range map[string]string{
		"users.register":                        "/api/v1/users.register",
		"teams.create":                          "/api/v1/teams.create",
		"voip.managementServer.checkConnection": "/api/v1/voip.managementServer.checkConnection",
	} {
		if got := r.post(path, map[string]any{}); got["route"] != route || got["success"] != false {
			t.Errorf("%s: %v", path, got)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, opts := range map[string]sandbox.Options{
		"a setting that is not read":    {Settings: map[string]any{"Livechat_colour": "red"}},
		"a setting of another type":     {Settings: map[string]any{"Livechat_enabled": "yes"}},
		"an unknown profile":            {Profile: "2.0"},
		"an unknown routing":            {Routing: "Load_Balancing"},
		"an address that is no address": {Addr: "nowhere"},
	} {
		if srv, err := sandbox.New(opts); err == nil {
			_ = srv.Close()
			t.Errorf("%s was accepted", name)
		}
	}
}

func TestTheSameSeedMakesTheSameIDs(t *testing.T) {
	rooms := [2]string{}
	for i := range rooms {
		r := start(t, sandbox.Options{Seed: 7, Agents: []sandbox.AgentSpec{{Username: "ann"}}})
		rooms[i] = r.chat("t-1")
	}
	if rooms[0] != rooms[1] {
		t.Errorf("rooms %v", rooms)
	}
}

func TestCloseEndsEverythingAndMayBeRepeated(t *testing.T) {
	r := start(t, sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	r.srv.Agent("ann").Reply(sandbox.Step{After: time.Hour, Typing: true, Text: "never"})
	rid := r.chat("t-1")
	c := r.follow(rid, "t-1")
	r.post("livechat/message", map[string]any{"token": "t-1", "rid": rid, "msg": "hello"})
	for range 2 {
		if err := r.srv.Close(); err != nil {
			t.Error(err)
		}
	}
	_ = c.ended()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, _, err := websocket.Dial(ctx, strings.Replace(r.srv.URL(), "http", "ws", 1)+"/websocket", nil); err == nil {
		t.Error("a closed server accepted a connection")
	}
}
