package observe

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/reflection"
	"google.golang.org/grpc/status"
)

// Calls counts and times gRPC calls by service, method and code, under the names that every gRPC server has for them. It is no interceptor of
// streams, for that would stand on the stack of each for as long as it lasts.
type Calls struct {
	started, handled, received, sent *prometheus.CounterVec
	took                             *prometheus.HistogramVec
	methods                          sync.Map // string -> *Method
}

func newCalls(buckets []float64) *Calls {
	labels := []string{"grpc_type", "grpc_service", "grpc_method"}
	counter := func(name, help string, more ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, append(labels[:len(labels):len(labels)], more...))
	}
	return &Calls{
		started:  counter("grpc_server_started_total", "gRPC calls that began."),
		handled:  counter("grpc_server_handled_total", "gRPC calls that ended, by code.", "grpc_code"),
		received: counter("grpc_server_msg_received_total", "Messages of gRPC streams that were received."),
		sent:     counter("grpc_server_msg_sent_total", "Messages of gRPC streams that were sent."),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "grpc_server_handling_seconds", Help: "How long gRPC calls took.", Buckets: buckets,
		}, labels),
	}
}

func (c *Calls) collectors() []prometheus.Collector {
	return []prometheus.Collector{c.started, c.handled, c.received, c.sent, c.took}
}

// InitializeMetrics has the metrics of every method of a server exist before the first call.
func (c *Calls) InitializeMetrics(server reflection.ServiceInfoProvider) {
	for service, info := range server.GetServiceInfo() {
		for _, m := range info.Methods {
			c.Of("/"+service+"/"+m.Name, m.IsClientStream, m.IsServerStream)
		}
	}
}

// Of is a method of the contract.
func (c *Calls) Of(fullMethod string, clientStreams, serverStreams bool) *Method {
	if known, ok := c.methods.Load(fullMethod); ok {
		return known.(*Method)
	}
	kind := "unary"
	switch {
	case clientStreams && serverStreams:
		kind = "bidi_stream"
	case clientStreams:
		kind = "client_stream"
	case serverStreams:
		kind = "server_stream"
	}
	service, name, _ := strings.Cut(strings.TrimPrefix(fullMethod, "/"), "/")
	m := &Method{
		started: c.started.WithLabelValues(kind, service, name), received: c.received.WithLabelValues(kind, service, name),
		sent: c.sent.WithLabelValues(kind, service, name), took: c.took.WithLabelValues(kind, service, name),
		handled: c.handled.MustCurryWith(prometheus.Labels{"grpc_type": kind, "grpc_service": service, "grpc_method": name}),
	}
	for code := codes.OK; code <= codes.Unauthenticated; code++ {
		m.handled.WithLabelValues(code.String())
	}
	known, _ := c.methods.LoadOrStore(fullMethod, m)
	return known.(*Method)
}

// Unary counts and times unary calls.
func (c *Calls) Unary(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	m, began := c.Of(info.FullMethod, false, false), time.Now()
	m.Started()
	m.Received()
	resp, err := next(ctx, req)
	if err == nil {
		m.Sent()
	}
	m.Ended(err, time.Since(began))
	return resp, err
}

// Method counts and times the calls of one method.
type Method struct {
	started, received, sent prometheus.Counter
	handled                 *prometheus.CounterVec
	took                    prometheus.Observer
}

// Started counts a call that begins.
func (m *Method) Started() { m.started.Inc() }

// Received counts a message of a call.
func (m *Method) Received() { m.received.Inc() }

// Sent counts a message of a call.
func (m *Method) Sent() { m.sent.Inc() }

// Ended counts a call that ends, by the code that its caller is told.
func (m *Method) Ended(with error, took time.Duration) {
	code := status.FromContextError(with).Code()
	if told, ok := status.FromError(with); ok {
		code = told.Code()
	}
	m.handled.WithLabelValues(code.String()).Inc()
	m.took.Observe(took.Seconds())
}
