package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/internal/replay"
)

const recordings = "testdata"

// TestRecordings replays everything that was recorded of two real servers: every request, every frame. What differs must stand in
// the table of expected differences, and what stands there must differ. Set REPLAY_DIFF to a directory to get all differences.
func TestRecordings(t *testing.T) {
	var mu sync.Mutex
	var results []*replay.Result
	recorded := map[string]bool{}
	for _, version := range []string{"3.4.0", "6.5.3"} {
		scenarios, err := replay.List(recordings, version)
		if err != nil {
			t.Fatal(err)
		}
		for _, scenario := range scenarios {
			recorded[version+"/"+scenario] = true
		}
		t.Run(version, func(t *testing.T) {
			for _, scenario := range scenarios {
				t.Run(scenario, func(t *testing.T) {
					t.Parallel()
					result := replayScenario(t, version, scenario)
					mu.Lock()
					defer mu.Unlock()
					results = append(results, result)
				})
			}
		})
	}
	for name := range expected {
		if !recorded[name] {
			t.Errorf("no recording %s", name)
		}
	}
	slices.SortFunc(results, func(a, b *replay.Result) int {
		return strings.Compare(a.Version+a.Scenario, b.Version+b.Scenario)
	})
	if testing.Verbose() {
		replay.WriteTable(os.Stdout, results)
	}
}

// replayScenario plays one recording against a fresh sandbox.
func replayScenario(t *testing.T, version, scenario string) *replay.Result {
	t.Helper()
	rec, err := replay.Load(recordings, version, scenario)
	if err != nil {
		t.Fatal(err)
	}
	var prelude []*replay.Recording
	for _, earlier := range preludes(version, scenario) {
		before, err := replay.Load(recordings, version, earlier)
		if err != nil {
			t.Fatal(err)
		}
		prelude = append(prelude, before)
	}
	clock := replay.NewClock(append(prelude, rec)[0].Start)
	opts := options(t, rec)
	opts.Now = clock.Now
	srv, err := sandbox.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = srv.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	result, err := replay.Run(ctx, rec, replay.Config{
		URL: srv.URL(), Dir: recordings, Clock: clock, Accounts: known(t, version, scenario),
		Prelude: prelude, Steps: steps[rec.Name()], Headers: headers[rec.Name()],
		Connections: srv.Connections, ClosedByServer: closedByServer[rec.Name()], Heartbeat: opts.Heartbeat > 0,
	})
	if err != nil {
		t.Fatal(err)
	}
	report(t, rec.Name(), result)
	return result
}

// report judges a result by what was expected of it, and writes the differences where they were asked for.
func report(t *testing.T, name string, result *replay.Result) {
	t.Helper()
	var text bytes.Buffer
	result.WriteDifferences(&text)
	if dir := os.Getenv("REPLAY_DIFF"); dir != "" {
		file := filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+".txt")
		if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(file, text.Bytes(), 0o600)); err != nil {
			t.Error(err)
		}
	}
	claim, claimed := expected[name]
	if !claimed {
		t.Logf("not yet claimed, %.1f %%\n%s", result.Percent(), text.String())
		return
	}
	for _, problem := range claim.Judge(result) {
		t.Error(problem)
	}
	for _, trouble := range result.Trouble {
		t.Error(trouble)
	}
	t.Log(fmt.Sprintf("%.1f %%\n", result.Percent()) + text.String())
}
