// Package failure makes the errors that callers get: a status code, a reason from the contract, and what helps to act on it. It
// holds the one map from the adapter's errors to ours.
package failure

import (
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// domain is the ErrorInfo domain of every error.
const domain = "rocketline"

// Error is an error as the caller gets it, with the cause that only the log gets. gRPC takes it through GRPCStatus.
type Error struct {
	code     codes.Code
	reason   livechatv1.ErrorReason
	text     string
	metadata map[string]string
	details  []protoadapt.MessageV1
	cause    error
}

// New makes an error for the caller.
func New(code codes.Code, reason livechatv1.ErrorReason, text string) *Error {
	return &Error{code: code, reason: reason, text: text}
}

// With returns the error with a word of metadata in its ErrorInfo.
func (e *Error) With(key, value string) *Error {
	c := *e
	c.metadata = maps.Clone(e.metadata)
	if c.metadata == nil {
		c.metadata = make(map[string]string)
	}
	c.metadata[key] = value
	return &c
}

// LimitKey is the word that says which limit a RATE_LIMITED is about: "visitor", "address", or "upstream" for Rocket.Chat's.
const LimitKey = "limit"

// Word returns a word of the metadata; empty if there is none.
func (e *Error) Word(key string) string { return e.metadata[key] }

// Because returns the error with its cause, for the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// RetryAfter returns the error with the advice to try again after d.
func (e *Error) RetryAfter(d time.Duration) *Error {
	return e.detail(&errdetails.RetryInfo{RetryDelay: durationpb.New(d)})
}

// Resource returns the error with what was not found.
func (e *Error) Resource(kind, name string) *Error {
	return e.detail(&errdetails.ResourceInfo{ResourceType: kind, ResourceName: name})
}

// Named returns the error with the name of what was not found, which nameOf tells by its kind: "room".
func (e *Error) Named(nameOf func(kind string) string) *Error {
	c := *e
	c.details = slices.Clone(e.details)
	for i, d := range c.details {
		if what, ok := d.(*errdetails.ResourceInfo); ok && what.GetResourceName() == "" {
			c.details[i] = &errdetails.ResourceInfo{ResourceType: what.GetResourceType(), ResourceName: nameOf(what.GetResourceType())}
		}
	}
	return &c
}

// Field returns the error with a field of the request that is at fault, by its path, and what is wrong with it.
func (e *Error) Field(path, text string) *Error {
	violation := &errdetails.BadRequest_FieldViolation{Field: path, Description: text}
	for i, d := range e.details {
		if bad, ok := d.(*errdetails.BadRequest); ok {
			c := *e
			c.details = append([]protoadapt.MessageV1(nil), e.details...)
			c.details[i] = &errdetails.BadRequest{FieldViolations: append(slices.Clip(bad.GetFieldViolations()), violation)}
			return &c
		}
	}
	return e.detail(&errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{violation}})
}

// Summarised returns the error with a text that says what happened and lists the fields at fault.
func (e *Error) Summarised(what string) *Error {
	c := *e
	var fields []string
	for _, d := range e.details {
		if bad, ok := d.(*errdetails.BadRequest); ok {
			for _, v := range bad.GetFieldViolations() {
				fields = append(fields, v.GetField()+": "+v.GetDescription())
			}
		}
	}
	c.text = what
	if len(fields) > 0 {
		c.text += ": " + strings.Join(fields, "; ")
	}
	return &c
}

func (e *Error) detail(d protoadapt.MessageV1) *Error {
	c := *e
	c.details = append(append([]protoadapt.MessageV1(nil), e.details...), d)
	return &c
}

// Error implements error.
func (e *Error) Error() string { return e.Reason() + ": " + e.text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Code is the status code.
func (e *Error) Code() codes.Code { return e.code }

// Reason is the contract's reason, as ErrorInfo has it.
func (e *Error) Reason() string { return strings.TrimPrefix(e.reason.String(), "ERROR_REASON_") }

// GRPCStatus is what the caller gets. The cause is not in it.
func (e *Error) GRPCStatus() *status.Status {
	info := &errdetails.ErrorInfo{Domain: domain, Reason: e.Reason(), Metadata: e.metadata}
	st, err := status.New(e.code, e.text).WithDetails(append([]protoadapt.MessageV1{info}, e.details...)...)
	if err != nil { // only for codes.OK, or a detail that cannot be encoded
		return status.New(codes.Internal, "the error could not be encoded")
	}
	return st
}
