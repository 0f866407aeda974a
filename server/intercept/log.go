package intercept

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/failure"
)

// levels: what an operator should see. Everything else is the caller's own affair.
var levels = map[codes.Code]slog.Level{
	codes.Internal:    slog.LevelError,
	codes.Unknown:     slog.LevelError,
	codes.Unavailable: slog.LevelWarn,
}

var rateLimited = failure.New(codes.ResourceExhausted, livechatv1.ErrorReason_ERROR_REASON_RATE_LIMITED, "").Reason()

// logged writes the one line that a call gets, and counts its failure. It names the method, never a field of the request.
func (o Options) logged(ctx context.Context, method string, began time.Time, err error) {
	line := []slog.Attr{slog.String("method", method), slog.Duration("took", time.Since(began))}
	level, code := slog.LevelInfo, codes.OK
	var f *failure.Error
	if errors.As(err, &f) {
		code = f.Code()
		line = append(line, slog.String("reason", f.Reason()))
		if cause := errors.Unwrap(f); cause != nil {
			line = append(line, slog.String("cause", cause.Error()))
		}
		o.Metrics.Failed(f.Reason())
		if limit := f.Word(failure.LimitKey); f.Reason() == rateLimited {
			o.Metrics.Limited(limit)
		}
	}
	if l, ok := levels[code]; ok {
		level = l
	}
	line = append(line, slog.String("code", code.String()))
	o.Logger.LogAttrs(ctx, level, "call", line...)
}

func (o Options) unaryLog(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	began := time.Now()
	resp, err := next(ctx, req)
	o.logged(ctx, info.FullMethod, began, err)
	return resp, err
}

func (o Options) streamLog(s *stream, err error) error {
	o.logged(s.ctx, s.info.FullMethod, s.began, err)
	return err
}
