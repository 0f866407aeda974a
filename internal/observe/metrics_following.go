package observe

import (
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The words that labels may have. All of them are shown from the start, as 0, so that the first occurrence is an increase. Whatever is
// none of them is counted as other.
var (
	resetCauses = []string{
		"UPSTREAM_BREAK", "CURSOR_DAMAGED", "CURSOR_VERSION", "CURSOR_FOREIGN", "CURSOR_TOO_OLD", "STATE_CHANGED", // the contract's ResetCause
	}
	resumeWays     = []string{"ring", "sum", "reset"}
	refillOutcomes = []string{"kept", "reset"}
	repairCauses   = []string{"break", "doubt", "close", "recheck"}
	repairOutcomes = []string{"same", "mended", "reset", "ended", "failed"}
)

const other = "other"

// following are the measurements of rooms that are followed and of their readers.
type following struct {
	lag     prometheus.Histogram
	behind  prometheus.Histogram
	resets  *prometheus.CounterVec
	resumes *prometheus.CounterVec
	refills *prometheus.CounterVec
	repairs *prometheus.CounterVec
	reads   *prometheus.HistogramVec
	tooSlow prometheus.Counter
}

func newFollowing() following {
	f := following{
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "rocketline_reader_lag_events", Help: "Events that a reader was behind its room when it took the next.",
			Buckets: []float64{0, 1, 4, 16, 64, 256, 1024},
		}),
		behind: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "rocketline_behind_upstream_seconds", Help: "From the time that Rocket.Chat gave a live message to its arrival.",
			Buckets: []float64{.01, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}),
		resets: counted("rocketline_resets_total", "Resets that readers were told, by cause.", within("cause", resetCauses)),
		resumes: counted("rocketline_resumes_total",
			"Readers that came back with a cursor, by room and how they went on: exactly from the ring, by comparing the sum, or with a reset.",
			within("how", resumeWays)),
		refills: counted("rocketline_refills_total",
			"Readers that fell out of the ring while reading, by outcome: kept (nothing lost), or reset.",
			within("outcome", refillOutcomes)),
		repairs: counted("rocketline_repairs_total",
			"Reads of a room's history to prove that nothing was missed, by cause and outcome.",
			within("cause", repairCauses), within("outcome", repairOutcomes)),
		reads: prometheus.V2.NewHistogramVec(prometheus.HistogramVecOpts{
			HistogramOpts: prometheus.HistogramOpts{
				Name: "rocketline_repair_seconds", Help: "How long these reads took, with their waits, by cause.",
				Buckets: []float64{.05, .25, 1, 2.5, 5, 10, 30, 60, 300},
			},
			VariableLabels: prometheus.ConstrainedLabels{within("cause", repairCauses)},
		}),
		tooSlow: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "rocketline_too_slow_total", Help: "Streams that were ended because their reader took nothing for too long.",
		}),
	}
	f.begin()
	return f
}

// within is a label whose values are these words.
func within(name string, words []string) prometheus.ConstrainedLabel {
	return prometheus.ConstrainedLabel{Name: name, Constraint: func(value string) string {
		if slices.Contains(words, value) {
			return value
		}
		return other
	}}
}

func counted(name, help string, labels ...prometheus.ConstrainedLabel) *prometheus.CounterVec {
	return prometheus.V2.NewCounterVec(prometheus.CounterVecOpts{
		CounterOpts: prometheus.CounterOpts{Name: name, Help: help}, VariableLabels: prometheus.ConstrainedLabels(labels),
	})
}

// begin shows every word as 0.
func (f following) begin() {
	for _, cause := range resetCauses {
		f.resets.WithLabelValues(cause)
	}
	for _, how := range resumeWays {
		f.resumes.WithLabelValues(how)
	}
	for _, outcome := range refillOutcomes {
		f.refills.WithLabelValues(outcome)
	}
	for _, cause := range repairCauses {
		f.reads.WithLabelValues(cause)
		for _, outcome := range repairOutcomes {
			f.repairs.WithLabelValues(cause, outcome)
		}
	}
}

func (f following) collectors() []prometheus.Collector {
	return []prometheus.Collector{f.lag, f.behind, f.resets, f.resumes, f.refills, f.repairs, f.reads, f.tooSlow}
}

// Lag notes how many events a reader was behind the head of its room when it took the next ones.
func (f following) Lag(events uint64) { f.lag.Observe(float64(events)) }

// Behind notes how long after its own time in Rocket.Chat a live message arrived. The clocks are two: less than nothing is nothing.
func (f following) Behind(by time.Duration) { f.behind.Observe(max(by, 0).Seconds()) }

// Reset counts a reset that a reader was told, by its cause: the contract's ResetCause without the prefix.
func (f following) Reset(cause string) { f.resets.WithLabelValues(cause).Inc() }

// Resumed counts a room in which a reader came back with a cursor, by how it goes on: "ring", exactly where it was; "sum", with what is
// newer, because what it knows is still so; "reset".
func (f following) Resumed(how string) { f.resumes.WithLabelValues(how).Inc() }

// Refilled counts a reader that fell out of the ring while reading, by outcome: "kept", it got all that it had missed; "reset".
func (f following) Refilled(outcome string) { f.refills.WithLabelValues(outcome).Inc() }

// Repaired counts and times a read of a room's history that was to prove that nothing was missed. Its cause: "break", the connection
// broke; "doubt", frames contradicted each other; "close", the room was closed; "recheck", it was time to. Its outcome: "same", nothing
// was missed; "mended", what was missed is told; "reset", it could not be compared; "ended", there is nothing more to follow; "failed",
// it is not known, and will be read again.
func (f following) Repaired(cause, outcome string, took time.Duration) {
	f.repairs.WithLabelValues(cause, outcome).Inc()
	f.reads.WithLabelValues(cause).Observe(took.Seconds())
}

// TooSlow counts a stream that was ended because its reader took nothing for too long.
func (f following) TooSlow() { f.tooSlow.Inc() }
