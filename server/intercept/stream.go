package intercept

import (
	"context"
	"log/slog"
	"time"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"

	"github.com/rocketline/rocketline/internal/apart"
	"github.com/rocketline/rocketline/internal/observe"
)

// around is what happens around every stream. A stream's goroutine waits for hours, and each interceptor around its handler would stand on its
// stack all the while, with what the deepest of them has made the stack grow to (see package apart). So there is one, which does what comes
// before the handler, one step after another, in another goroutine.
type around struct {
	steps     []step
	logger    *slog.Logger
	calls     *observe.Calls
	validator protovalidate.Validator
}

// stream is a stream as its handler has it, with what the steps have found out.
type stream struct {
	grpc.ServerStream
	around *around
	info   *grpc.StreamServerInfo
	method *observe.Method
	ctx    context.Context
	began  time.Time
	passed int    // how many steps let it through
	caller string // as Streams counts it
}

func (a *around) intercept(srv any, ss grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
	s := &stream{ServerStream: ss, around: a, info: info, ctx: ss.Context(), began: time.Now()}
	defer s.finish(&err)
	if err := apart.Do(s.start); err != nil {
		return err
	}
	return next(srv, s)
}

// start does what comes before the handler, up to the first step that does not let the stream through.
func (s *stream) start() error {
	for _, step := range s.around.steps {
		if step.before != nil {
			if err := step.before(s); err != nil {
				return err
			}
		}
		s.passed++
	}
	return nil
}

// finish makes an error of a panic, and does what comes after the handler: the steps that it passed, the last one first. A step that has no
// part before comes after every stream.
func (s *stream) finish(err *error) {
	if p := recover(); p != nil {
		*err = panicked(s.ctx, s.around.logger, s.info.FullMethod, p)
	}
	for i := len(s.around.steps) - 1; i >= 0; i-- {
		if step := s.around.steps[i]; step.after != nil && (i < s.passed || step.before == nil) {
			*err = step.after(s, *err)
		}
	}
}

// Context implements grpc.ServerStream.
func (s *stream) Context() context.Context { return s.ctx }

func streamStarts(s *stream) error {
	s.method = s.around.calls.Of(s.info.FullMethod, s.info.IsClientStream, s.info.IsServerStream)
	s.method.Started()
	return nil
}

func streamEnds(s *stream, err error) error {
	s.method.Ended(err, time.Since(s.began))
	return err
}

// SendMsg implements grpc.ServerStream.
func (s *stream) SendMsg(m any) error {
	err := s.ServerStream.SendMsg(m)
	if err == nil {
		s.method.Sent()
	}
	return err
}

// RecvMsg implements grpc.ServerStream. It checks every message as it is received.
func (s *stream) RecvMsg(m any) error {
	if s.info.IsClientStream { // its goroutine has more to do than to wait
		return s.receive(m)
	}
	return apart.Do(func() error { return s.receive(m) })
}

func (s *stream) receive(m any) error {
	if err := s.ServerStream.RecvMsg(m); err != nil {
		return err
	}
	s.method.Received()
	return check(s.ctx, s.around.validator, m)
}
