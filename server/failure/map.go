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
	rocketchat.CodeNoAgentOnline: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_NO_AGENT_ONLINE, // 5.1, 5.3
		"nobody is there to take the conversation", ""},
	rocketchat.CodeLivechatDisabled: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_LIVECHAT_DISABLED, // 5.1
		"livechat is switched off in the workspace", ""},
	rocketchat.CodeCloseNotAllowed: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_CLOSE_NOT_ALLOWED, // 5.2
		"the workspace does not let visitors close a conversation", ""},
	rocketchat.CodeMessageTooLong: {codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_MESSAGE_TOO_LONG, // 6.1
		"the text is longer than the workspace allows", ""},
	rocketchat.CodeActionNotAllowed: {codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_MENTION_NOT_ALLOWED, // 6.1
		"visitors may not use @all or @here", ""},
	rocketchat.CodeMessageLocked: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_MESSAGE_LOCKED, // 6.3, 6.4
		"the message is somebody else's, or the workspace does not let it be edited or deleted", ""},
	rocketchat.CodeContactBlocked: {codes.PermissionDenied, livechatv1.ErrorReason_ERROR_REASON_NOT_PERMITTED, // 5.1, 7.x
		"the workspace has blocked this visitor", ""},
	rocketchat.CodeHasOpenRooms: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_VISITOR_HAS_OPEN_ROOMS, // 4.3
		"the visitor still has open rooms", ""},
	rocketchat.CodeInvalidCustomField: {codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_CUSTOM_FIELD_UNKNOWN, // 7.6
		"the workspace has no such custom field", ""},
	rocketchat.CodeInvalidFieldValue: {codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_CUSTOM_FIELD_INVALID, // 7.6
		"the value breaks the rule that the workspace sets for this custom field", ""},
	rocketchat.CodeAgentNotFound: {codes.NotFound, livechatv1.ErrorReason_ERROR_REASON_AGENT_NOT_FOUND, // 7.1, 7.2
		"nobody serves the room, or nobody would get the next one", "agent"},
	rocketchat.CodeSameDepartment: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_TRANSFER_NOT_POSSIBLE, // 5.3
		"the room is in this department already", ""},
	rocketchat.CodeNotTransferred: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_TRANSFER_NOT_POSSIBLE, // 5.3
		"the room cannot go there", ""},
	rocketchat.CodeInvalidSurvey: {codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_SURVEY_INVALID, // 5.4
		"none of the answers names an item and a value that the workspace knows", ""},
	rocketchat.CodeMailNotSent: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_MAIL_NOT_SENT, // 7.3, 7.5
		"the workspace could not send the mail", ""},
	rocketchat.CodeUploadDisabled: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_UPLOAD_DISABLED, // 8.1
		"uploads are switched off in the workspace", ""},
	rocketchat.CodeUploadUnauthorized: {codes.PermissionDenied, livechatv1.ErrorReason_ERROR_REASON_NOT_PERMITTED, // 8.1
		"this visitor may not upload into this room", ""},
	rocketchat.CodeFileTooLarge: {codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_FILE_TOO_LARGE, // 8.1
		"the file is larger than the workspace allows", ""},
	rocketchat.CodeFileTypeNotAllowed: {codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_FILE_NOT_ACCEPTED, // 8.1
		"the workspace does not take files of this type", ""},
	rocketchat.CodeFileEmpty: {codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_FILE_NOT_ACCEPTED, // 8.1
		"the file is empty", ""},
	rocketchat.CodeFileNotFound: {codes.NotFound, livechatv1.ErrorReason_ERROR_REASON_FILE_NOT_FOUND, // 8.2
		"there is no such file", "file"},
	rocketchat.CodeFileLocked: {codes.FailedPrecondition, livechatv1.ErrorReason_ERROR_REASON_FILE_LOCKED, // 8.2
		"the workspace does not give visitors this file any more", ""},
	rocketchat.CodeRangeNotSatisfiable: {codes.OutOfRange, livechatv1.ErrorReason_ERROR_REASON_RANGE_NOT_SATISFIABLE, // measured, files
		"the file has no such part", ""},
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
			"rocket.chat limits how often this may be called").With(LimitKey, "upstream").RetryAfter(orDefault(up.RetryAfter)).Because(err)
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
