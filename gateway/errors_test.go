package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/rocketline/rocketline/gateway"
)

func failure(code codes.Code, text string, details ...protoadapt.MessageV1) error {
	st, err := status.New(code, text).WithDetails(details...)
	if err != nil {
		panic(err)
	}
	return st.Err()
}

func reason(r string) *errdetails.ErrorInfo {
	return &errdetails.ErrorInfo{Domain: "rocketline", Reason: r}
}

func TestErrors(t *testing.T) {
	const inside = "dial tcp 10.1.2.3: refused"
	tests := map[string]struct {
		err        error
		status     int
		reason     string
		text       string
		retryAfter string
	}{
		"a reason, its text and its code come through": {
			failure(codes.FailedPrecondition, "the room is closed", reason("ROOM_CLOSED")), 400, "ROOM_CLOSED", "the room is closed", "",
		},
		"NOT_FOUND is 404":         {failure(codes.NotFound, "no room", reason("ROOM_NOT_FOUND")), 404, "ROOM_NOT_FOUND", "no room", ""},
		"UNAUTHENTICATED is 401":   {failure(codes.Unauthenticated, "who?", reason("CREDENTIAL_MISSING")), 401, "CREDENTIAL_MISSING", "who?", ""},
		"PERMISSION_DENIED is 403": {failure(codes.PermissionDenied, "no", reason("NOT_PERMITTED")), 403, "NOT_PERMITTED", "no", ""},
		"ALREADY_EXISTS is 409":    {failure(codes.AlreadyExists, "is", reason("VISITOR_EXISTS")), 409, "VISITOR_EXISTS", "is", ""},
		"RetryInfo becomes Retry-After, in seconds rounded up": {
			failure(codes.ResourceExhausted, "slow down", reason("RATE_LIMITED"),
				&errdetails.RetryInfo{RetryDelay: durationpb.New(2100 * time.Millisecond)}),
			429, "RATE_LIMITED", "slow down", "3",
		},
		"a service's own 413 is one too": {failure(codes.ResourceExhausted, "big", reason("BODY_TOO_LARGE")), 413, "BODY_TOO_LARGE", "big", ""},
		"an internal error with a reason keeps its text": {
			failure(codes.Internal, "see the log", reason("INTERNAL")), 500, "INTERNAL", "see the log", "",
		},
		"an internal error without a reason says nothing": {status.Error(codes.Internal, inside), 500, "INTERNAL", "something failed", ""},
		"an unknown error without a reason says nothing":  {status.Error(codes.Unknown, inside), 500, "INTERNAL", "something failed", ""},
		"an error that is no status says nothing":         {errors.New(inside), 500, "INTERNAL", "something failed", ""},
		"unavailable without a reason is a replica's end": {status.Error(codes.Unavailable, inside), 503, "SHUTTING_DOWN", "replica", ""},
		"a deadline without a reason is the caller's":     {status.Error(codes.DeadlineExceeded, inside), 504, "CALL_ENDED", "deadline", ""},
		"a reason of another domain is none":              {failure(codes.Unknown, inside, &errdetails.ErrorInfo{Domain: "x", Reason: "Y"}), 500, "INTERNAL", "something failed", ""},
		"details that the contract does not name are dropped": {
			failure(codes.Internal, "see the log", reason("INTERNAL"), &errdetails.DebugInfo{Detail: inside}), 500, "INTERNAL", "see the log", "",
		},
		"a method that the server lacks is 501": {status.Error(codes.Unimplemented, "method X"), 501, "NOT_IMPLEMENTED", "not carry out", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &services{answer: func(context.Context, any) (any, error) { return nil, tt.err }}
			got := do(t, start(t, s, gateway.Options{}), request{path: "/v1/rooms/r1"})
			p := got.problem(t)
			if got.status != tt.status || p.reason() != tt.reason || !strings.Contains(p.Message, tt.text) || got.header.Get("Retry-After") != tt.retryAfter {
				t.Errorf("answer %d, Retry-After %q, %s", got.status, got.header.Get("Retry-After"), got.body)
			}
			if p.Code != int(status.Code(tt.err)) {
				t.Errorf("code %d, want %d", p.Code, status.Code(tt.err))
			}
			if strings.Contains(got.body, inside) {
				t.Errorf("tells of our insides: %s", got.body)
			}
			if challenge := got.header.Get("WWW-Authenticate"); (challenge == "Bearer") != (tt.status == http.StatusUnauthorized) {
				t.Errorf("WWW-Authenticate: %q", challenge)
			}
		})
	}
}

func TestErrorsKeepTheirDetails(t *testing.T) {
	s := &services{answer: func(context.Context, any) (any, error) {
		info := reason("MESSAGE_TOO_LONG")
		info.Metadata = map[string]string{"limit": "5000"}
		return nil, failure(codes.InvalidArgument, "too long", info,
			&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: "text", Description: "too long"}}},
			&errdetails.ResourceInfo{ResourceType: "room", ResourceName: "r1"})
	}}
	p := do(t, start(t, s, gateway.Options{}), request{path: "/v1/rooms/r1"}).problem(t)
	if len(p.Details) != 3 || p.Details[0].Metadata["limit"] != "5000" || p.Details[1].FieldViolations[0].Field != "text" ||
		p.Details[2].Type != "type.googleapis.com/google.rpc.ResourceInfo" {
		t.Errorf("%+v", p)
	}
}
