package intercept

import (
	"context"
	"strings"

	"google.golang.org/grpc"

	"github.com/rocketline/rocketline/server/auth"
)

// exempt methods are gRPC's own: health and reflection. They tell nothing of anybody.
func exempt(method string) bool { return strings.HasPrefix(method, "/grpc.") }

func (o Options) unaryAuth(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	if exempt(info.FullMethod) {
		return next(ctx, req)
	}
	who, err := o.Gate.Admit(ctx, info.FullMethod)
	if err != nil {
		return nil, err
	}
	return next(auth.With(ctx, who), req)
}

func (o Options) streamAuth(s *stream) error {
	if exempt(s.info.FullMethod) {
		return nil
	}
	who, err := o.Gate.Admit(s.ctx, s.info.FullMethod)
	if err == nil {
		s.ctx = auth.With(s.ctx, who)
	}
	return err
}
