// Package intercept holds what happens to every call around its handler, and the order in which it happens.
package intercept

import (
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

// step is what one interceptor does: around a unary call, and before and after a stream (see around). Where one of them is nil,
// it does nothing.
type step struct {
	name   string
	unary  grpc.UnaryServerInterceptor
	before func(*stream) error
	after  func(*stream, error) error
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
		{"request id", unaryRequestID, streamRequestID, nil},
		{"metrics", o.Metrics.GRPC.Unary, streamStarts, streamEnds},
		{"log", o.unaryLog, nil, o.streamLog},
		{"failures", unaryFailures, nil, streamFailures},
		{"recovery", o.unaryRecovery, nil, nil}, // of a stream: see finish
		{"deadline", o.unaryDeadline, nil, nil},
		{"auth", o.unaryAuth, o.streamAuth, nil},
		{"client address", o.unaryAddress, o.streamAddress, nil},
		{"rate limits", limits.unary, limits.stream, nil},
		{"stream limits", nil, o.Streams.begin, o.Streams.end},
		{"validation", unaryCheck(validator), nil, nil}, // of a stream: see RecvMsg
	}
	var unary []grpc.UnaryServerInterceptor
	for _, s := range steps {
		if s.unary != nil {
			unary = append(unary, s.unary)
		}
	}
	streams := around{steps: steps, logger: o.Logger, calls: o.Metrics.GRPC, validator: validator}
	return []grpc.ServerOption{
		grpc.ChainUnaryInterceptor(unary...),
		grpc.StreamInterceptor(streams.intercept),
	}, nil
}
