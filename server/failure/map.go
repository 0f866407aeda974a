package failure

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
)

// retryUnavailable is the advice where Rocket.Chat gave none.
const retryUnavailable = 2 * time.Second

// refusal is how one of upstream's codes reads to our callers.
type refusal struct {
	code     codes.Code
	reason   livechatv1.ErrorReason
	text     string
	resource string // with NOT_FOUND: what was not found
}

// refusals: upstream's codes, after the adapter has normalised them, beside where they are described.
var refusals = map[string]refusal{
	rocketchat.CodeInvalidToken: {codes.Unauthenticated, livechatv1.ErrorReason_ERROR_REASON_VISITOR_UNKNOWN, // rest-visitor 4.2
		"no visitor has this token", ""},
	rocketchat.CodeEmptyToken: {codes.Unauthenticated, livechatv1.ErrorReason_ERROR_REASON_CREDENTIAL_INVALID, // 4.1
		"the visitor token is blank", ""},
	rocketchat.CodeInvalidRoom: {codes.NotFound, livechatv1.ErrorReason_ERROR_REASON_ROOM_NOT_FOUND, // 5.1, 6.1
		"there is no such room of this visitor", "room"},
	rocketchat.CodeRoomClosed: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_ROOM_CLOSED, // 6.1
		"the room is closed", ""},
	rocketchat.CodeRoomMoved: {codes.Aborted, livechatv1.ErrorReason_ERROR_REASON_ROOM_MOVED, // 6.1, the close race
		"the room was closed meanwhile, and the message was stored in a new one", ""},
	rocketchat.CodeInvalidMessage: {codes.NotFound, livechatv1.ErrorReason_ERROR_REASON_MESSAGE_NOT_FOUND, // 6.2
		"there is no such message in this room", "message"},
	rocketchat.CodeInvalidEmail: {codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_EMAIL_INVALID, // 4.1
		"the workspace does not take this e-mail address", ""},
	rocketchat.CodeInvalidDepartment: {codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_DEPARTMENT_UNKNOWN, // 4.1
		"there is no such department", ""},
	rocketchat.CodeNoAgentOnline: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_NO_AGENT_ONLINE, // 5.1
		"nobody is there to take the conversation", ""},
	rocketchat.CodeLivechatDisabled: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_LIVECHAT_DISABLED, // 5.1
		"livechat is switched off in the workspace", ""},
	rocketchat.CodeCloseNotAllowed: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_CLOSE_NOT_ALLOWED, // 5.2
		"the workspace does not let visitors close a conversation", ""},
	rocketchat.CodeMessageTooLong: {codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_MESSAGE_TOO_LONG, // 6.1
		"the text is longer than the workspace allows", ""},
	rocketchat.CodeActionNotAllowed: {codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_MENTION_NOT_ALLOWED, // 6.1
		"visitors may not use @all or @here", ""},
	rocketchat.CodeContactBlocked: {codes.PermissionDenied, livechatv1.ErrorReason_ERROR_REASON_NOT_PERMITTED, // 5.1, 7.x
		"the workspace has blocked this visitor", ""},
}

// From makes the caller's error of any error; nil stays nil. One that is ours already passes as it is. Whatever it does not know is
// INTERNAL with a general text: the cause is for the log.
func From(err error) error {
	if err == nil {
		return nil
	}
	var ours *Error
	if errors.As(err, &ours) {
		return ours
	}
	if st, ok := status.FromError(err); ok && st.Code() != codes.Unknown {
		return ofStatus(st, err)
	}
	var up *rocketchat.Error
	switch {
	case errors.Is(err, context.Canceled):
		return New(codes.Canceled, livechatv1.ErrorReason_ERROR_REASON_CALL_ENDED, "the caller has hung up").Because(err)
	case errors.As(err, &up):
		return ofUpstream(up, err)
	case errors.Is(err, context.DeadlineExceeded):
		return New(codes.DeadlineExceeded, livechatv1.ErrorReason_ERROR_REASON_CALL_ENDED, "the call's deadline has passed").Because(err)
	}
	return New(codes.Internal, livechatv1.ErrorReason_ERROR_REASON_INTERNAL,
		"a fault in this service; its log has this request's id").Because(err)
}

// ofStatus gives a reason to the statuses that gRPC itself makes.
func ofStatus(st *status.Status, err error) error {
	reason := livechatv1.ErrorReason_ERROR_REASON_INTERNAL
	switch st.Code() {
	case codes.Unimplemented:
		reason = livechatv1.ErrorReason_ERROR_REASON_NOT_IMPLEMENTED
	case codes.Canceled, codes.DeadlineExceeded:
		reason = livechatv1.ErrorReason_ERROR_REASON_CALL_ENDED
	case codes.Unavailable:
		reason = livechatv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN
	case codes.InvalidArgument:
		reason = livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID
	}
	return New(st.Code(), reason, st.Message()).Because(err)
}

func ofUpstream(up *rocketchat.Error, err error) error {
	switch up.Kind {
	case rocketchat.KindLimited:
		return New(codes.ResourceExhausted, livechatv1.ErrorReason_ERROR_REASON_RATE_LIMITED,
			"rocket.chat limits how often this may be called").RetryAfter(orDefault(up.RetryAfter)).Because(err)
	case rocketchat.KindUnavailable:
		return New(codes.Unavailable, livechatv1.ErrorReason_ERROR_REASON_UPSTREAM_UNAVAILABLE,
			"rocket.chat cannot be reached, or gave no usable answer").RetryAfter(orDefault(up.RetryAfter)).Because(err)
	case rocketchat.KindUnsupported:
		return New(codes.Unimplemented, livechatv1.ErrorReason_ERROR_REASON_UPSTREAM_LACKS,
			"this rocket.chat version does not have the feature").Because(err)
	}
	row, ok := refusals[up.Code]
	if !ok {
		e := New(codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_UPSTREAM_REFUSED, "rocket.chat refused")
		if up.Code != "" {
			e = e.With("upstream_code", up.Code)
		}
		return e.Because(err)
	}
	e := New(row.code, row.reason, row.text)
	if row.resource != "" {
		e = e.Resource(row.resource, "")
	}
	return e.Because(err)
}

func orDefault(d time.Duration) time.Duration {
	if d <= 0 {
		return retryUnavailable
	}
	return d
}
