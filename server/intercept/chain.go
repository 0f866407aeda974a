// Package intercept holds what happens to every call around its handler, and the order in which it happens.
package intercept

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"

	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/server/auth"
)

// Options are what the interceptors need.
type Options struct {
	Logger   *slog.Logger
	Metrics  *observe.Metrics
	Gate     auth.Gate
	Deadline time.Duration // of a unary call that brings none
	Streams  *Streams
	Address  AddressPolicy
	// VisitorRate and AddressRate bound how often each visitor and each address may call.
	VisitorRate, AddressRate Rate
	// Now is the clock of what is remembered of callers; time.Now by default.
	Now func() time.Time

	seen *lastSeen
}

// step is one interceptor, in both its shapes. A nil shape leaves calls of that shape alone.
type step struct {
	name   string
	unary  grpc.UnaryServerInterceptor
	stream grpc.StreamServerInterceptor
}

// rules holds messages against the contract's rules. It compiles those of a message when it first meets one, for every server of the process.
var rules = sync.OnceValues(func() (protovalidate.Validator, error) { return protovalidate.New() })

// Chain returns the server options that put the interceptors around every call, outermost first.
func Chain(o Options) ([]grpc.ServerOption, error) {
	validator, err := rules()
	if err != nil {
		return nil, err
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.seen = newLastSeen(o.Now)
	limits := newLimits(o.VisitorRate, o.AddressRate, o.Now)
	steps := []step{
		{"request id", unaryRequestID, streamRequestID},
		{"metrics", o.Metrics.GRPC.UnaryServerInterceptor(), o.Metrics.GRPC.StreamServerInterceptor()},
		{"log", o.unaryLog, o.streamLog},
		{"failures", unaryFailures, streamFailures},
		{"recovery", o.unaryRecovery, o.streamRecovery},
		{"deadline", o.unaryDeadline, nil},
		{"auth", o.unaryAuth, o.streamAuth},
		{"client address", o.unaryAddress, o.streamAddress},
		{"rate limits", limits.unary, limits.stream},
		{"stream limits", nil, o.Streams.intercept},
		{"validation", unaryCheck(validator), streamCheck(validator)},
	}
	var unary []grpc.UnaryServerInterceptor
	var stream []grpc.StreamServerInterceptor
	for _, s := range steps {
		if s.unary != nil {
			unary = append(unary, s.unary)
		}
		if s.stream != nil {
			stream = append(stream, s.stream)
		}
	}
	return []grpc.ServerOption{grpc.ChainUnaryInterceptor(unary...), grpc.ChainStreamInterceptor(stream...)}, nil
}

// contextStream is a stream with another context.
type contextStream struct {
	grpc.ServerStream
	ctx context.Context
}

func (s contextStream) Context() context.Context { return s.ctx }
