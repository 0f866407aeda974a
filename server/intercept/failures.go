package intercept

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/rocketline/rocketline/server/failure"
)

// unaryFailures sends every error through the one map.
func unaryFailures(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	resp, err := next(ctx, req)
	return resp, named(failure.From(err), req)
}

// named puts the id that the request named into an error about what was not found.
func named(err error, req any) error {
	m, isMessage := req.(proto.Message)
	var f *failure.Error
	if !isMessage || !errors.As(err, &f) {
		return err
	}
	return f.Named(func(kind string) string {
		field := m.ProtoReflect().Descriptor().Fields().ByName(protoreflect.Name(kind + "_id"))
		if field == nil {
			return ""
		}
		return m.ProtoReflect().Get(field).String()
	})
}

func streamFailures(_ *stream, err error) error { return failure.From(err) }

var errPanic = errors.New("the handler panicked")

// panicked makes an error of what a handler panicked with; its stack goes to the log, never to the caller.
func panicked(ctx context.Context, logger *slog.Logger, method string, with any) error {
	logger.ErrorContext(ctx, "a handler panicked", slog.String("method", method),
		slog.String("panic", fmt.Sprint(with)), slog.String("stack", string(debug.Stack())))
	return errPanic
}

func (o Options) unaryRecovery(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (resp any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = panicked(ctx, o.Logger, info.FullMethod, p)
		}
	}()
	return next(ctx, req)
}

// unaryDeadline bounds calls whose caller has set no bound.
func (o Options) unaryDeadline(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, o.Deadline)
		defer cancel()
	}
	return next(ctx, req)
}
