package observe

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Metrics are the service's own measurements; docs/metrics.md lists them. No label ever holds an id, a name or a token: every label comes
// from a fixed set.
type Metrics struct {
	Registry *prometheus.Registry
	// GRPC counts and times calls by service, method and code.
	GRPC *Calls

	failures *prometheus.CounterVec
	limited  *prometheus.CounterVec
	upstream *prometheus.HistogramVec
	http     *prometheus.HistogramVec
	streams  prometheus.Gauge
	events   *prometheus.CounterVec
	up       prometheus.Gauge
	following
}

// NewMetrics makes and registers them, each process's or test's its own.
func NewMetrics(from Sources) *Metrics {
	buckets := []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}
	m := &Metrics{
		Registry: prometheus.NewRegistry(),
		GRPC:     newCalls(buckets),
		failures: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rocketline_failures_total", Help: "Calls that failed, by the contract's reason.",
		}, []string{"reason"}),
		limited: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rocketline_limited_total", Help: "Calls refused for being too many, by whose limit it was: visitor, address, or upstream.",
		}, []string{"limit"}),
		upstream: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rocketline_upstream_seconds", Help: "REST calls to Rocket.Chat, by operation and outcome.", Buckets: buckets,
		}, []string{"op", "outcome"}),
		http: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "rocketline_http_seconds", Help: "HTTP requests, by route, method and status.", Buckets: buckets,
		}, []string{"route", "method", "status"}),
		streams: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "rocketline_streams", Help: "Subscribe streams that are open.",
		}),
		events: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "rocketline_events_total", Help: "Events sent to subscribers, by kind.",
		}, []string{"kind"}),
		up: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "rocketline_upstream_up", Help: "1 if Rocket.Chat answered when last asked.",
		}),
		following: newFollowing(),
	}
	m.Registry.MustRegister(m.failures, m.limited, m.upstream, m.http, m.streams, m.events, m.up,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.Registry.MustRegister(m.GRPC.collectors()...)
	m.Registry.MustRegister(m.collectors()...)
	m.Registry.MustRegister(from.collectors()...)
	return m
}

// Failed counts a failed call by its reason.
func (m *Metrics) Failed(reason string) { m.failures.WithLabelValues(reason).Inc() }

// Limited counts a call that was refused for a rate limit, by which: "visitor", "address", "upstream".
func (m *Metrics) Limited(limit string) { m.limited.WithLabelValues(limit).Inc() }

// Upstream times a REST call to Rocket.Chat.
func (m *Metrics) Upstream(op, outcome string, took time.Duration) {
	m.upstream.WithLabelValues(op, outcome).Observe(took.Seconds())
}

// HTTP times a request to the gateway.
func (m *Metrics) HTTP(route, method, status string, took time.Duration) {
	m.http.WithLabelValues(route, method, status).Observe(took.Seconds())
}

// StreamOpened counts an open stream until the returned function is called.
func (m *Metrics) StreamOpened() (closed func()) {
	m.streams.Inc()
	return m.streams.Dec
}

// Sent counts an event that went to a subscriber.
func (m *Metrics) Sent(kind string) { m.events.WithLabelValues(kind).Inc() }

// UpstreamUp notes whether Rocket.Chat answers.
func (m *Metrics) UpstreamUp(up bool) {
	if up {
		m.up.Set(1)
	} else {
		m.up.Set(0)
	}
}
