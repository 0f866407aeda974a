package replay

import (
	"strings"
	"testing"
)

const dir = "../../testdata"

// closes are the connections that recorded servers ended; the whole list stands beside the recordings' own test.
var closes = map[string]map[string]string{
	"3.4.0/ddp-connect":                          {"bad-version": "-", "version-negotiate": "-", "no-support": "-", "heartbeat-no-pong": "-"},
	"6.5.3/ddp-session":                          {"badversion": "-"},
	"3.4.0/chat-engine":                          {"ann": "-", "ann-token2": "-", "ben": "-", "cat": "-"},
	"6.5.3/chat-engine":                          {"userA": "-", "userB": "-", "userA-second-token": "-"},
	"6.5.3/agent-disconnects-visitor-reconnects": {"agent2": "-"},
}

// play replays a recording against a mirror of another one.
func play(t *testing.T, rec, mirrored *Recording) *Result {
	t.Helper()
	m := newMirror(t, mirrored, closes[rec.Name()])
	result, err := Run(t.Context(), rec, Config{
		URL: m.url, Dir: dir, Clock: NewClock(rec.Start), ClosedByServer: closes[rec.Name()], Heartbeat: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, problem := range m.errs {
		if i < 5 {
			t.Error(problem)
		}
	}
	return result
}

func load(t *testing.T, version, scenario string) *Recording {
	t.Helper()
	rec, err := Load(dir, version, scenario)
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// TestAPerfectServerMatchesEveryRecording proves that the rules fit what was recorded: a server that does the same with other ids
// comes out equal, and every recorded exchange and frame is sent and compared.
func TestAPerfectServerMatchesEveryRecording(t *testing.T) {
	for _, version := range []string{"3.4.0", "6.5.3"} {
		scenarios, err := List(dir, version)
		if err != nil {
			t.Fatal(err)
		}
		for _, scenario := range scenarios {
			t.Run(version+"/"+scenario, func(t *testing.T) {
				t.Parallel()
				rec := load(t, version, scenario)
				result := play(t, rec, rec)
				if result.REST.Matched != result.REST.Total || result.Frames.Matched != result.Frames.Total || len(result.Differences) > 0 {
					var text strings.Builder
					result.WriteDifferences(&text)
					t.Error(short(text.String()) + "\n" + text.String()[:min(3000, text.Len())])
				}
			})
		}
	}
}
