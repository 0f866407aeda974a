package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/anypb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

const (
	errorDomain  = "rocketline"
	internalText = "something failed inside Rocketline; its log has more"
)

// Reasons whose HTTP status is closer to the matter than their gRPC code's.
var statusOfReason = map[string]int{
	reasonName(livechatv1.ErrorReason_ERROR_REASON_BODY_TOO_LARGE):          http.StatusRequestEntityTooLarge,
	reasonName(livechatv1.ErrorReason_ERROR_REASON_HTTP_METHOD_NOT_ALLOWED): http.StatusMethodNotAllowed,
	reasonName(livechatv1.ErrorReason_ERROR_REASON_NOT_ACCEPTABLE):          http.StatusNotAcceptable,
	reasonName(livechatv1.ErrorReason_ERROR_REASON_FILE_TOO_LARGE):          http.StatusRequestEntityTooLarge,
	rangeUnsatisfiable: http.StatusRequestedRangeNotSatisfiable,
}

var rangeUnsatisfiable = reasonName(livechatv1.ErrorReason_ERROR_REASON_RANGE_NOT_SATISFIABLE)

// What is said of a status that came without a reason: it is gRPC's own, not one of our services'. Where there is a text, it
// stands in for the status's, which may tell of our insides.
var bareStatus = map[codes.Code]struct {
	reason livechatv1.ErrorReason
	text   string
}{
	codes.Canceled:          {livechatv1.ErrorReason_ERROR_REASON_CALL_ENDED, "the call was cancelled before there was an answer"},
	codes.DeadlineExceeded:  {livechatv1.ErrorReason_ERROR_REASON_CALL_ENDED, "the deadline passed before there was an answer"},
	codes.Unavailable:       {livechatv1.ErrorReason_ERROR_REASON_SHUTTING_DOWN, "this replica takes no calls at the moment"},
	codes.Unimplemented:     {livechatv1.ErrorReason_ERROR_REASON_NOT_IMPLEMENTED, "this version does not carry out the method yet"},
	codes.InvalidArgument:   {reason: livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID},
	codes.Unauthenticated:   {reason: livechatv1.ErrorReason_ERROR_REASON_CREDENTIAL_INVALID},
	codes.PermissionDenied:  {reason: livechatv1.ErrorReason_ERROR_REASON_NOT_PERMITTED},
	codes.ResourceExhausted: {livechatv1.ErrorReason_ERROR_REASON_INTERNAL, internalText}, // An answer larger than gRPC's limit.
}

func reasonName(r livechatv1.ErrorReason) string {
	return strings.TrimPrefix(r.String(), "ERROR_REASON_")
}

// refuse returns the error of a request that the gateway itself turns down.
func refuse(code codes.Code, reason livechatv1.ErrorReason, text string, details ...protoadapt.MessageV1) error {
	return refuseWith(code, &errdetails.ErrorInfo{Domain: errorDomain, Reason: reasonName(reason)}, text, details...)
}

func refuseWith(code codes.Code, info *errdetails.ErrorInfo, text string, details ...protoadapt.MessageV1) error {
	st, err := status.New(code, text).WithDetails(append([]protoadapt.MessageV1{info}, details...)...)
	if err != nil {
		return status.Error(codes.Internal, err.Error())
	}
	return st.Err()
}

// violation names a field and what is wrong with it.
func violation(field, what string) *errdetails.BadRequest {
	return &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{{Field: field, Description: what}}}
}

// renameField returns err with the violations of one field named after another, by which the caller knows it.
func renameField(err error, from, to string) error {
	st := status.Convert(err).Proto()
	for i, packed := range st.GetDetails() {
		bad := &errdetails.BadRequest{}
		if packed.UnmarshalTo(bad) != nil {
			continue
		}
		for _, v := range bad.GetFieldViolations() {
			if v.GetField() == from {
				v.Field = to
			}
		}
		if renamed, err := anypb.New(bad); err == nil {
			st.Details[i] = renamed
		}
	}
	return status.ErrorProto(st)
}

// fail answers with err: the status code, and the status as JSON.
func (e *edge) fail(ctx context.Context, w http.ResponseWriter, err error) {
	st := publicStatus(status.Convert(whoEnded(ctx, err)))
	body, jsonErr := appendJSON(nil, st.proto)
	if jsonErr != nil {
		e.log.ErrorContext(ctx, "encode an error's answer", slog.Any("error", jsonErr))
		body = []byte(`{"code":13,"message":"` + internalText + `","details":[]}`)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if st.retryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((st.retryAfter+time.Second-1)/time.Second), 10))
	}
	if st.http == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	if st.size != "" {
		h.Set("Content-Range", "bytes */"+st.size)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(st.http)
	_, _ = w.Write(body) // A client that has gone does not want to know.
}

// whoEnded tells a call that its client gave up from one that was cancelled on our side, because this process is ending.
func whoEnded(ctx context.Context, err error) error {
	if st := status.Convert(err); st.Code() == codes.Canceled && len(st.Details()) == 0 && ctx.Err() == nil {
		return status.Error(codes.Unavailable, "")
	}
	return err
}

// answer is a status as it may leave the house.
type answer struct {
	proto      *spb.Status
	http       int
	retryAfter time.Duration
	// size is that of the file whose part was asked for in vain, if it was told.
	size string
}

// publicStatus keeps of a status what the contract promises: the code, the message, and details of the four kinds that error_reason.proto
// names. A status without a reason of ours gets the one that fits, and says nothing of our insides.
func publicStatus(st *status.Status) answer {
	in := st.Proto()
	a := answer{proto: &spb.Status{Code: in.GetCode(), Message: in.GetMessage()}}
	reason := ""
	for _, packed := range in.GetDetails() {
		detail, err := packed.UnmarshalNew()
		if err != nil {
			continue
		}
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			if d.GetDomain() != errorDomain {
				continue
			}
			reason = d.GetReason()
			if size, err := strconv.ParseUint(d.GetMetadata()["size"], 10, 63); err == nil && reason == rangeUnsatisfiable {
				a.size = strconv.FormatUint(size, 10)
			}
		case *errdetails.RetryInfo:
			a.retryAfter = d.GetRetryDelay().AsDuration()
		case *errdetails.BadRequest, *errdetails.ResourceInfo:
		default:
			continue
		}
		a.proto.Details = append(a.proto.Details, packed)
	}
	if reason == "" {
		reason = a.addReason(st.Code())
	}
	a.http = runtime.HTTPStatusFromCode(st.Code())
	if special, ok := statusOfReason[reason]; ok {
		a.http = special
	}
	return a
}

func (a *answer) addReason(code codes.Code) string {
	bare, ok := bareStatus[code]
	if !ok {
		bare.reason = livechatv1.ErrorReason_ERROR_REASON_INTERNAL
		bare.text = internalText
	}
	if bare.text != "" {
		a.proto.Message = bare.text
	}
	info := &errdetails.ErrorInfo{Domain: errorDomain, Reason: reasonName(bare.reason)}
	if packed, err := anypb.New(info); err == nil {
		a.proto.Details = append([]*anypb.Any{packed}, a.proto.Details...)
	}
	return info.GetReason()
}
