package rocketchat

import (
	"fmt"
	"time"
)

// Kind says what sort of failure an Error is, before its code is looked at.
type Kind int

// The kinds of failure.
const (
	// KindRefused: upstream understood the call and said no; Code says why.
	KindRefused Kind = iota
	// KindLimited: upstream's rate limit; RetryAfter says how long to wait. HTTPStatus is 0 for a call that was not sent, because the
	// limit was known to be reached. In either case nothing was carried out.
	KindLimited
	// KindUnavailable: no usable answer. Connection refused or broken, deadline, 5xx, HTML, truncated or foreign JSON.
	KindUnavailable
	// KindUnsupported: this server has no such route (405, 404 or HTML for a route that newer ones have).
	KindUnsupported
)

// Error is every failure of this package that upstream, or the way to it, caused. It is made from all three of Rocket.Chat's
// error dialects and never holds a URL, a body or a credential.
type Error struct {
	Op         string        // what was being done: "send message"
	Kind       Kind          //
	Code       string        // normalised: "invalid-token", "room-closed"; empty where upstream gave none
	Text       string        // upstream's words, for people; may be empty, and may repeat what the caller sent
	HTTPStatus int           // 0 where no answer came
	RetryAfter time.Duration // 0 where upstream gave no advice
	// Ambiguous says that the call may have been carried out although it failed: the request was sent and the answer was lost.
	Ambiguous bool
	cause     error
}

// Error implements error. It never has Text in it, which upstream makes from what the caller sent, e-mail addresses too.
func (e *Error) Error() string {
	switch {
	case e.cause != nil && e.HTTPStatus != 0:
		return fmt.Sprintf("%s: rocket.chat answered %d: %v", e.Op, e.HTTPStatus, e.cause)
	case e.cause != nil:
		return fmt.Sprintf("%s: %v", e.Op, e.cause)
	case e.Code != "" && e.HTTPStatus != 0:
		return fmt.Sprintf("%s: rocket.chat answered %d %s", e.Op, e.HTTPStatus, e.Code)
	case e.Code != "":
		return fmt.Sprintf("%s: %s", e.Op, e.Code)
	default:
		return fmt.Sprintf("%s: rocket.chat answered %d without a code", e.Op, e.HTTPStatus)
	}
}

// Unwrap returns the cause, which never names a URL. It is context.Canceled or context.DeadlineExceeded where that ended the call.
func (e *Error) Unwrap() error { return e.cause }

// outcome is what Options.Observe is told: an outcome of a small, fixed set, because upstream may use any text as a code.
func (e *Error) outcome() string {
	switch {
	case e.Kind == KindUnavailable:
		return "unavailable"
	case e.Kind == KindUnsupported:
		return "unsupported"
	case e.Kind == KindLimited && e.HTTPStatus == 0:
		return "limited"
	case knownCodes[e.Code]:
		return e.Code
	default:
		return "refused"
	}
}
