package intercept

import (
	"context"
	"errors"

	"buf.build/go/protovalidate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/failure"
)

// check makes a request whole and holds it against the contract's rules.
func check(ctx context.Context, v protovalidate.Validator, req any) error {
	m, ok := req.(proto.Message)
	if !ok {
		return nil
	}
	if err := takeIdempotencyKey(ctx, m.ProtoReflect()); err != nil {
		return err
	}
	err := v.Validate(m)
	var broken *protovalidate.ValidationError
	if !errors.As(err, &broken) {
		return err // nil, or a rule that cannot be evaluated
	}
	bad := failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID, "")
	what := "the request breaks a rule"
	for _, b := range broken.Violations {
		if name := protovalidate.FieldPathString(b.Proto.GetField()); name != "" {
			bad = bad.Field(name, b.Proto.GetMessage())
		} else { // a rule of the request as a whole
			what += ": " + b.Proto.GetMessage()
		}
	}
	return bad.Summarised(what)
}

// takeIdempotencyKey puts the header that REST callers know into the field that the contract has for it. Both may be sent, and must
// then agree.
func takeIdempotencyKey(ctx context.Context, m protoreflect.Message) error {
	md, _ := metadata.FromIncomingContext(ctx)
	header := md.Get("idempotency-key")
	field := m.Descriptor().Fields().ByName("request_id")
	if len(header) == 0 || field == nil {
		return nil
	}
	if had := m.Get(field).String(); len(header) > 1 || had != "" && had != header[0] {
		return failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID, "").
			Field("request_id", "differs from the Idempotency-Key that came with it").Summarised("the request contradicts itself")
	}
	m.Set(field, protoreflect.ValueOfString(header[0]))
	return nil
}

func unaryCheck(v protovalidate.Validator) grpc.UnaryServerInterceptor {
	return func(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
		if err := check(ctx, v, req); err != nil {
			return nil, err
		}
		return next(ctx, req)
	}
}
