package observe_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rocketline/rocketline/internal/observe"
)

// shows tells which of the lines /metrics does not have.
func shows(t *testing.T, m *observe.Metrics, lines ...string) {
	t.Helper()
	yes := func() bool { return true }
	code, text := answer(observe.Admin(m.Registry, yes, yes), http.MethodGet, "/metrics")
	for _, want := range lines {
		if code != http.StatusOK || !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("%d: there is no %s", code, want)
		}
	}
}

func TestWhatHappensToReadersIsCounted(t *testing.T) {
	m := observe.NewMetrics(observe.Sources{})
	m.Lag(0)
	m.Lag(3)
	m.Behind(200 * time.Millisecond)
	m.Behind(-time.Hour)
	m.Resumed("sum")
	m.Refilled("kept")
	m.Reset("STATE_CHANGED")
	m.TooSlow()
	m.Repaired("break", "mended", 2*time.Second)
	m.Repaired("break", "same", time.Second)
	shows(t, m,
		`rocketline_reader_lag_events_bucket{le="0"} 1`,
		`rocketline_reader_lag_events_bucket{le="1"} 1`,
		`rocketline_reader_lag_events_bucket{le="4"} 2`,
		`rocketline_behind_upstream_seconds_bucket{le="0.01"} 1`,
		`rocketline_behind_upstream_seconds_bucket{le="0.25"} 2`,
		`rocketline_behind_upstream_seconds_sum 0.2`,
		`rocketline_resumes_total{how="sum"} 1`,
		`rocketline_refills_total{outcome="kept"} 1`,
		`rocketline_resets_total{cause="STATE_CHANGED"} 1`,
		`rocketline_too_slow_total 1`,
		`rocketline_repairs_total{cause="break",outcome="mended"} 1`,
		`rocketline_repairs_total{cause="break",outcome="same"} 1`,
		`rocketline_repair_seconds_bucket{cause="break",le="1"} 1`,
		`rocketline_repair_seconds_sum{cause="break"} 3`,
	)
}

func TestWhatHasNotHappenedIsShownAsZero(t *testing.T) {
	shows(t, observe.NewMetrics(observe.Sources{}),
		`rocketline_resumes_total{how="ring"} 0`,
		`rocketline_refills_total{outcome="reset"} 0`,
		`rocketline_resets_total{cause="UPSTREAM_BREAK"} 0`,
		`rocketline_repairs_total{cause="doubt",outcome="failed"} 0`,
		`rocketline_repair_seconds_count{cause="recheck"} 0`,
		`rocketline_too_slow_total 0`,
	)
}

func TestALabelNeverHoldsAnythingElse(t *testing.T) {
	m := observe.NewMetrics(observe.Sources{})
	const id = "aRoomsOwnIdentifier"
	m.Reset(id)
	m.Resumed(id)
	m.Refilled(id)
	m.Repaired(id, id, 0)
	shows(t, m,
		`rocketline_resets_total{cause="other"} 1`,
		`rocketline_resumes_total{how="other"} 1`,
		`rocketline_refills_total{outcome="other"} 1`,
		`rocketline_repairs_total{cause="other",outcome="other"} 1`,
		`rocketline_repair_seconds_count{cause="other"} 1`,
	)
	yes := func() bool { return true }
	if _, text := answer(observe.Admin(m.Registry, yes, yes), http.MethodGet, "/metrics"); strings.Contains(text, id) {
		t.Error("an id is in the metrics")
	}
}

func TestTheSourcesAreAskedEachTime(t *testing.T) {
	n := 0
	m := observe.NewMetrics(observe.Sources{
		Rooms:    func() int { return n },
		Readers:  func() int { return n + 1 },
		Broken:   func() int { return n + 2 },
		LogBytes: func() int64 { return int64(n) + 3 },
		Evicted:  func() uint64 { return uint64(n) + 4 },
		Realtime: func() (sockets, waiting int, resubscribed, redialled uint64, heardAgo time.Duration) {
			return n + 5, n + 6, uint64(n) + 7, uint64(n) + 8, time.Duration(n+9) * time.Second
		},
	})
	shows(t, m, "rocketline_rooms_followed 0", "rocketline_rooms_broken 2")
	n = 10
	shows(t, m,
		"# TYPE rocketline_readers gauge",
		"rocketline_rooms_followed 10",
		"rocketline_readers 11",
		"rocketline_rooms_broken 12",
		"rocketline_log_bytes 13",
		"rocketline_log_evictions_total 14",
		"rocketline_sockets 15",
		"rocketline_subs_waiting 16",
		"rocketline_resubscribes_total 17",
		"rocketline_redials_total 18",
		"rocketline_heartbeat_age_seconds 19",
		"# TYPE rocketline_redials_total counter",
	)
}

func TestASourceThatIsMissingIsZero(t *testing.T) {
	shows(t, observe.NewMetrics(observe.Sources{}),
		"rocketline_rooms_followed 0", "rocketline_log_bytes 0", "rocketline_log_evictions_total 0", "rocketline_sockets 0",
		"rocketline_heartbeat_age_seconds 0")
}
