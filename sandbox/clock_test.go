package sandbox_test

import (
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

// times are those of the room's chat messages, oldest first, and their texts.
func (b *box) times(rid, token string) (times []time.Time, texts []string) {
	b.t.Helper()
	page := b.get("livechat/messages.history/" + rid + "?limit=100&token=" + token)["messages"].([]any)
	for i := len(page) - 1; i >= 0; i-- {
		m := page[i].(map[string]any)
		if m["t"] != nil {
			continue
		}
		at, err := time.Parse(time.RFC3339, m["ts"].(string))
		must(b, err)
		times, texts = append(times, at), append(texts, m["msg"].(string))
	}
	return times, texts
}

func TestMessagesShareAMillisecondWhileTheClockStands(t *testing.T) {
	b := start(t, sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	rid := b.chat("t-1")
	must(b, b.srv.Faults().Clock().Set(fault.Setting{Freeze: fault.Forever}))
	for _, text := range []string{"one", "two", "three"} {
		b.post("livechat/message", map[string]any{"token": "t-1", "rid": rid, "msg": text})
	}
	times, texts := b.times(rid, "t-1")
	if len(times) != 3 || !times[0].Equal(times[2]) {
		t.Errorf("the times are %v, want three times the same", times)
	}
	if len(texts) != 3 || texts[0] != "three" && texts[0] != "one" {
		t.Errorf("the history has %v", texts)
	}
}

func TestAClockThatGoesBackDatesMessagesEarlier(t *testing.T) {
	b := start(t, sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	rid := b.chat("t-1")
	b.post("livechat/message", map[string]any{"token": "t-1", "rid": rid, "msg": "first"})
	must(b, b.srv.Faults().Clock().Set(fault.Setting{Skew: -time.Hour}))
	b.post("livechat/message", map[string]any{"token": "t-1", "rid": rid, "msg": "second"})
	times, texts := b.times(rid, "t-1")
	if len(texts) != 2 || texts[0] != "second" || times[1].Sub(times[0]) < 59*time.Minute {
		t.Errorf("the history is %v at %v, want the second message an hour earlier", texts, times)
	}
}

func TestMessagesOfOneRoomNeverShareAMillisecondOtherwise(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	b := start(t, sandbox.Options{Now: func() time.Time { return now }, Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	rid := b.chat("t-1")
	for range 3 {
		b.post("livechat/message", map[string]any{"token": "t-1", "rid": rid, "msg": "hi"})
	}
	times, _ := b.times(rid, "t-1")
	for i := 1; i < len(times); i++ {
		if !times[i].After(times[i-1]) {
			t.Errorf("the times are %v, want them to grow", times)
		}
	}
}
