package replay_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/rocketline/rocketline/internal/replay"
)

const recordings = "../../server/testdata/replay/recordings/"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Counted by hand in the recordings: the visitor's calls, and the changed frames of his streams.
var scenarios = []struct {
	path          string
	calls, frames int
	cuts          int
	before, after []string // the ids of history when the visitor begins to listen, and at the end, newest first
	closed        bool
}{
	{"3.4.0/flow-manual.json", 4, 31, 0, nil, []string{
		"z4DM2bXazLg786wjJ", "STbBmMsxcnMqzcv3L", "oqQttiBBYTTeYe2Sy", "mumQ3Mk2TmsRN724c", "3AhajpLtBod3fswBP",
		"4rk6Ly7hPEA528LDS", "jFxyLjRN8H8EvSqph", "NdyMnhTgYgzmWtQoC", "AJxvTdygRLWvBbpjk", "25ZubrRtawxbaN3Hb",
		"487SQPxkCWEv3CPSk", "wa2bMGgroE8kQxrFH", "ahCFFyq9aQCo3Ro7L", "MXEH3uBXQtsp3YAaS", "pJavnw3AcjmxFjaHe",
	}, true},
	{"3.4.0/flow-auto.json", 4, 25, 0, []string{"qwru29L2X6DeBwEm7"}, []string{
		"LufdeCgadCWgRSkoK", "M7BLYutz6SBRSoS2w", "gWriCYaspmoKhEGGL", "TEAyM8pfo6WCFfC3a", "wfhrC3tcefsqgCeak",
		"DikHLiKpkYxwZZa2F", "iWEepig38YZCqqNrT", "dWKsgXzT7zhuTL3ss", "dv3TCnJZyAjMMKQWv", "M22syLpG9joK6TpMS",
		"RibPbczNAvoMtehtE", "SLMRELym3vZoJcahR", "qwru29L2X6DeBwEm7",
	}, true},
	{"6.5.3/ddp-full-conversation.json", 6, 35, 0, []string{"rqz9oKueihHQCi8hr"}, nil, true},
	{"6.5.3/ddp-auto-conversation-visitor-closes.json", 2, 4, 0, nil, []string{
		"6b00f567811fc4904030a254", "xCLtXCnLuac96hEBc", "ssfsTAXfeguty8BfT", "7oLS6j9x8yoGB7yZS",
	}, true},
	{"6.5.3/agent-disconnects-visitor-reconnects.json", 1, 2, 1,
		[]string{"6b00f6e9cfeda184d2d3d987", "6b00f6e9cfeda184d2d3d986", "33hgzcZADEwNxpmSi"},
		[]string{"oBr8B9xmQbpu5tZvT", "fzhQgdR597Ho93jRF", "6b00f6e9cfeda184d2d3d987", "6b00f6e9cfeda184d2d3d986", "33hgzcZADEwNxpmSi"}, false},
	{"3.4.0/ddp-subs.json", 1, 1, 0, nil, []string{"3DoCdSvJc6wTPCTR4"}, false},
	{"6.5.3/transfer-to-department.json", 1, 7, 0,
		[]string{"6b00f6e1cfeda184d2d3d974", "6b00f6e0cfeda184d2d3d973", "eNpisvLQ9Xudid3na"},
		[]string{
			"6b00f6e3cfeda184d2d3d97e", "6b00f6e3cfeda184d2d3d97d", "6b00f6e1cfeda184d2d3d97b", "AKqAJqPCMtzHpjxqt",
			"6b00f6e1cfeda184d2d3d974", "6b00f6e0cfeda184d2d3d973", "eNpisvLQ9Xudid3na",
		}, false},
}

func TestReplay(t *testing.T) {
	for _, scenario := range scenarios {
		t.Run(scenario.path, func(t *testing.T) {
			rec := load(t, scenario.path)
			c := start(t, rec)
			c.subscribe()
			if got := c.history(); !cmp.Equal(got, scenario.before) {
				t.Errorf("history at the start: %v, want %v", got, scenario.before)
			}
			var calls, frames, cuts int
			for step, ok := c.server.Next(); ok; step, ok = c.server.Next() {
				switch step.Kind {
				case replay.StepFrame:
					frames++
					if step.Sent != 1 {
						t.Errorf("frame at %d was sent to %d subscriptions, want 1", step.At, step.Sent)
						continue
					}
					var want map[string]any
					if err := json.Unmarshal(step.Frame, &want); err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(want, c.read()); diff != "" {
						t.Errorf("frame at %d (-want +got)\n%s", step.At, diff)
					}
				case replay.StepCall:
					calls++
					c.call(*step.Call)
				case replay.StepCut:
					cuts++
					if _, _, err := c.ws.Read(t.Context()); err == nil {
						t.Errorf("the connection was not cut at %d", step.At)
					}
					c.dial()
					c.subscribe()
				}
			}
			if calls != scenario.calls || frames != scenario.frames || cuts != scenario.cuts {
				t.Errorf("%d calls, %d frames, %d cuts, want %d, %d, %d", calls, frames, cuts, scenario.calls, scenario.frames, scenario.cuts)
			}
			if got := c.history(); scenario.after != nil && !cmp.Equal(got, scenario.after) {
				t.Errorf("history at the end: %v, want %v", got, scenario.after)
			}
			if _, open := c.config()["room"]; open == scenario.closed {
				t.Errorf("config has a room at the end: %v, want %v", open, !scenario.closed)
			}
			if failures := c.server.Failures(); len(failures) > 0 {
				t.Errorf("not recorded: %v", errors.Join(failures...))
			}
			counts := c.server.Counts()
			if counts.Exchanges != scenario.calls || counts.Frames != scenario.frames {
				t.Errorf("counted %v, want %d and %d", counts, scenario.calls, scenario.frames)
			}
			t.Log(counts)
		})
	}
}

func TestConfigFollowsTheConversation(t *testing.T) {
	c := start(t, load(t, "3.4.0/flow-manual.json"))
	c.subscribe()
	for _, moment := range []struct {
		from, department, agent string
		at                      int
	}{
		{"the room waits", "Ds38wqhNvttdCMPDg", "", 0},
		{"agent1 has taken it", "Ds38wqhNvttdCMPDg", "agent1", 6854},
		{"agent1 has handed it over", "Ds38wqhNvttdCMPDg", "agent2", 15655},
		{"it is in another department", "2TgRgnX6Q5P72Acqi", "", 17692},
		{"agent1 has taken it there", "2TgRgnX6Q5P72Acqi", "agent1", 19722},
	} {
		for at := 0; at < moment.at; {
			step, ok := c.server.Next()
			if !ok {
				t.Fatalf("the recording ends before %d", moment.at)
			}
			at = step.At
		}
		room, _ := c.config()["room"].(map[string]any)
		agent, _ := c.config()["agent"].(map[string]any)
		username, _ := agent["username"].(string)
		if room["departmentId"] != moment.department || username != moment.agent {
			t.Errorf("%s: department %v, agent %q, want %s, %q", moment.from, room["departmentId"], username, moment.department, moment.agent)
		}
	}
}

func TestHistoryPagesAsTheServerOfThatVersion(t *testing.T) {
	for _, c := range []struct{ path, query, want string }{
		{"3.4.0/flow-auto.json", "limit=2", "LufdeCgadCWgRSkoK M7BLYutz6SBRSoS2w"},
		{"3.4.0/flow-auto.json", "limit=2&offset=1", "LufdeCgadCWgRSkoK M7BLYutz6SBRSoS2w"}, // 3.4 ignores offset
		{"3.4.0/flow-auto.json", "limit=1&end=2026-11-21T01:53:15.704Z", "gWriCYaspmoKhEGGL"},
		{"6.5.3/ddp-full-conversation.json", "limit=2", "6b00f69acfeda184d2d3d95d GiCB56RLELcgk5qfg"},
		{"6.5.3/ddp-full-conversation.json", "limit=1&offset=1", "GiCB56RLELcgk5qfg"},
		{"6.5.3/ddp-full-conversation.json", "end=2026-11-21T01:40:16.345Z", ""},
	} {
		visitor := start(t, load(t, c.path))
		for _, more := visitor.server.Next(); more; {
			_, more = visitor.server.Next()
		}
		if got := strings.Join(visitor.page(c.query), " "); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.path, c.query, got, c.want)
		}
	}
}

func TestPresenceIsTheAgentsAtThatTime(t *testing.T) {
	c := start(t, load(t, "6.5.3/agent-disconnects-visitor-reconnects.json"))
	status := func() any { return c.config()["agent"].(map[string]any)["status"] }
	if got := status(); got != "online" {
		t.Errorf("at the start %v, want online", got)
	}
	c.server.Next()
	if got := status(); got != "offline" {
		t.Errorf("after the agent's socket dropped %v, want offline", got)
	}
}

func TestWhatIsNotRecordedIsRefused(t *testing.T) {
	rec := load(t, "6.5.3/ddp-auto-conversation-visitor-closes.json")
	c := start(t, rec)
	for _, wrong := range []replay.Call{
		{Method: "POST", Path: "/api/v1/livechat/message"}, // not yet
		{Method: "GET", Path: "/api/v1/livechat/room?token=" + rec.Token},
		{Method: "GET", Path: "/api/v1/livechat/config?token=another"},
		{Method: "GET", Path: "/api/v1/livechat/messages.history/another?token=" + rec.Token},
	} {
		if status, _ := c.do(wrong); status != 599 {
			t.Errorf("%s %s: status %d, want 599", wrong.Method, wrong.Path, status)
		}
	}
	step, _ := c.server.Next()
	step.Call.Body["msg"] = "other words"
	if status, _ := c.do(*step.Call); status != 599 {
		t.Errorf("a message with other words: status %d, want 599", status)
	}
	failures := errors.Join(c.server.Failures()...).Error()
	if got := len(c.server.Failures()); got != 5 || strings.Contains(failures, rec.Token) {
		t.Errorf("%d failures, want 5 without the token: %s", got, failures)
	}
}

func TestOthersMayNotSubscribe(t *testing.T) {
	for path, want := range map[string]map[string]any{
		"3.4.0/flow-auto.json": {"msg": "nosub", "id": "x"},
		"6.5.3/ddp-full-conversation.json": {"msg": "nosub", "id": "x", "error": map[string]any{
			"isClientSafe": true, "error": "not-allowed", "message": "[not-allowed]", "errorType": "Meteor.Error"}},
	} {
		rec := load(t, path)
		c := start(t, rec)
		for _, params := range [][]any{subscription(rec.RoomID, "another"), subscription("another", rec.Token)} {
			c.write(map[string]any{"msg": "sub", "id": "x", "name": "stream-room-messages", "params": params})
			if diff := cmp.Diff(want, c.read()); diff != "" {
				t.Errorf("%s: (-want +got)\n%s", path, diff)
			}
		}
	}
}

func TestAMessageKeepsTheClientsID(t *testing.T) {
	c := start(t, load(t, "6.5.3/ddp-auto-conversation-visitor-closes.json"))
	c.subscribe()
	step, _ := c.server.Next()
	step.Call.Body["_id"] = "mine"
	if _, answer := c.do(*step.Call); !strings.Contains(answer, `"_id": "mine"`) {
		t.Errorf("answered %s", answer)
	}
	c.server.Next()
	frame, _ := json.Marshal(c.read())
	if !strings.Contains(string(frame), `"_id":"mine"`) || !cmp.Equal(c.history(), []string{"mine"}) {
		t.Errorf("frame %s, history %v", frame, c.history())
	}
}
