package rocketchat

import (
	"context"
	"errors"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

// followError makes the *Error that callers see. ctx is the follower's: when it has ended, that is the reason.
func followError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	var known *Error
	var refusal *ddp.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &refusal):
		return refused(refusal)
	default:
		return &Error{Op: opFollow, Kind: KindUnavailable, cause: err}
	}
}

// refused translates a server's refusal of a subscription (realtime.md 5.3).
func refused(e *ddp.Error) *Error {
	known := &Error{Op: opFollow, Kind: KindRefused, Code: e.Code, Text: e.Reason, RetryAfter: e.TimeToReset}
	switch e.Code {
	case "":
		if e.Reason == "" {
			known.Code = CodeNotAllowed
		}
	case "too-many-requests", CodeTooManyRequests:
		known.Kind, known.Code = KindLimited, CodeTooManyRequests
	case "404": // no such publication
		known.Kind = KindUnsupported
	case "500": // a rule threw
		known.Kind = KindUnavailable
	}
	return known
}
