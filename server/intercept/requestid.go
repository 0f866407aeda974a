package intercept

import (
	"context"
	"crypto/rand"
	"regexp"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/rocketline/rocketline/internal/observe"
)

const requestIDHeader = "x-request-id"

// requestID is what a caller's own id may look like; anything else is replaced, so that it cannot forge log lines.
var requestID = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)

// withRequestID gives the call an id, the caller's own if it brought one, and tells it in the response's header.
func withRequestID(ctx context.Context) (context.Context, metadata.MD) {
	md, _ := metadata.FromIncomingContext(ctx)
	var id string
	if brought := md.Get(requestIDHeader); len(brought) == 1 && requestID.MatchString(brought[0]) {
		id = brought[0]
	} else {
		id = rand.Text()
	}
	return observe.WithRequestID(ctx, id), metadata.Pairs(requestIDHeader, id)
}

func unaryRequestID(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	ctx, header := withRequestID(ctx)
	_ = grpc.SetHeader(ctx, header) // fails only once headers are sent
	return next(ctx, req)
}

func streamRequestID(s *stream) error {
	ctx, header := withRequestID(s.ctx)
	_ = s.SetHeader(header)
	s.ctx = ctx
	return nil
}
