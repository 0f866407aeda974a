package observe

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Sources are asked whenever the metrics are read. They answer at once, from any goroutine. One that is nil is taken for 0.
type Sources struct {
	// Rooms tells how many rooms are followed.
	Rooms func() int
	// Readers tells how many readers these rooms have. A stream of several rooms is a reader of each.
	Readers func() int
	// Broken tells of how many rooms it is not known at the moment whether something was missed.
	Broken func() int
	// LogBytes tells how many bytes the logs of all rooms hold.
	LogBytes func() int64
	// Evicted tells how many events had to leave the logs before their time, because all logs together held too many bytes.
	Evicted func() uint64
	// Realtime tells of the connections on which rooms are followed: how many there are, how many subscriptions wait until they may be
	// sent, how many were made anew and how often a connection was so far, and how long ago the one that is silent the longest was heard.
	Realtime func() (sockets, waiting int, resubscribed, redialled uint64, heardAgo time.Duration)
}

// reading is a metric whose value somebody else has.
func reading(kind prometheus.ValueType, name, help string) sourced {
	return sourced{prometheus.NewDesc(name, help, nil, nil), kind}
}

type sourced struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

// source is a question and the metrics that its answer makes: a value for each.
type source struct {
	metrics []sourced
	ask     func() []float64
}

// Describe implements prometheus.Collector.
func (s source) Describe(to chan<- *prometheus.Desc) {
	for _, m := range s.metrics {
		to <- m.desc
	}
}

// Collect implements prometheus.Collector.
func (s source) Collect(to chan<- prometheus.Metric) {
	for i, value := range s.ask() {
		to <- prometheus.MustNewConstMetric(s.metrics[i].desc, s.metrics[i].kind, value)
	}
}

func (s Sources) collectors() []prometheus.Collector {
	gauge, counter := prometheus.GaugeValue, prometheus.CounterValue
	return []prometheus.Collector{
		source{[]sourced{reading(gauge, "rocketline_rooms_followed", "Rooms that are followed upstream.")}, one(s.Rooms)},
		source{[]sourced{reading(gauge, "rocketline_readers", "Readers of rooms. A stream of several rooms is a reader of each.")}, one(s.Readers)},
		source{[]sourced{reading(gauge, "rocketline_rooms_broken", "Rooms of which it is not known at the moment whether something was missed.")}, one(s.Broken)},
		source{[]sourced{reading(gauge, "rocketline_log_bytes", "Bytes that the logs of all rooms hold.")}, one(s.LogBytes)},
		source{[]sourced{reading(counter, "rocketline_log_evictions_total", "Events that left their log early, because all logs together held too many bytes.")}, one(s.Evicted)},
		source{[]sourced{
			reading(gauge, "rocketline_sockets", "Connections on which rooms are followed."),
			reading(gauge, "rocketline_subs_waiting", "Subscriptions that wait until they may be sent: Rocket.Chat takes so many at a time."),
			reading(counter, "rocketline_resubscribes_total", "Subscriptions that were made anew, after a break or a refusal."),
			reading(counter, "rocketline_redials_total", "Connections that were made anew."),
			reading(gauge, "rocketline_heartbeat_age_seconds", "How long ago the connection that is silent the longest was heard."),
		}, s.realtime},
	}
}

// one asks for one number.
func one[N int | int64 | uint64](ask func() N) func() []float64 {
	return func() []float64 {
		if ask == nil {
			return []float64{0}
		}
		return []float64{float64(ask())}
	}
}

func (s Sources) realtime() []float64 {
	if s.Realtime == nil {
		return make([]float64, 5)
	}
	sockets, waiting, resubscribed, redialled, heardAgo := s.Realtime()
	return []float64{float64(sockets), float64(waiting), float64(resubscribed), float64(redialled), heardAgo.Seconds()}
}
