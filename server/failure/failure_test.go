package failure_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/failure"
)

const fieldInvalid = livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID

// details are those of the status that gRPC makes of an error.
func details(t *testing.T, err error) []proto.Message {
	t.Helper()
	st, ok := status.FromError(err)
	if !ok {
		t.Fatalf("%v is no status", err)
	}
	var all []proto.Message
	for _, d := range st.Details() {
		m, ok := d.(proto.Message)
		if !ok {
			t.Fatalf("a detail that cannot be read: %v", d)
		}
		all = append(all, m)
	}
	return all
}

func TestAnErrorCarriesWhatHelpsToActOnIt(t *testing.T) {
	cause := errors.New("a cause, with secrets")
	err := error(failure.New(codes.NotFound, livechatv1.ErrorReason_ERROR_REASON_ROOM_NOT_FOUND, "no such room").
		With("one", "1").With("two", "2").Resource("room", "").RetryAfter(3 * time.Second).Because(cause))
	want := []proto.Message{
		&errdetails.ErrorInfo{Domain: "rocketline", Reason: "ROOM_NOT_FOUND", Metadata: map[string]string{"one": "1", "two": "2"}},
		&errdetails.ResourceInfo{ResourceType: "room"},
		&errdetails.RetryInfo{RetryDelay: durationpb.New(3 * time.Second)},
	}
	if diff := cmp.Diff(want, details(t, err), protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if st := status.Convert(err); st.Code() != codes.NotFound || st.Message() != "no such room" {
		t.Errorf("status %v", st)
	}
	if !errors.Is(err, cause) {
		t.Error("the log does not get the cause")
	}
}

func TestFieldsAccumulate(t *testing.T) {
	err := failure.New(codes.InvalidArgument, fieldInvalid, "").
		Field("room_id", "is empty").RetryAfter(time.Second).Field("text", "is too long").Field("fields[2].key", "is unknown").
		Summarised("the request breaks a rule")
	want := &errdetails.BadRequest{FieldViolations: []*errdetails.BadRequest_FieldViolation{
		{Field: "room_id", Description: "is empty"}, {Field: "text", Description: "is too long"}, {Field: "fields[2].key", Description: "is unknown"},
	}}
	got := details(t, err)
	if len(got) != 3 { // ErrorInfo, one BadRequest, RetryInfo
		t.Fatalf("details %v", got)
	}
	if diff := cmp.Diff(proto.Message(want), got[1], protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	const text = "the request breaks a rule: room_id: is empty; text: is too long; fields[2].key: is unknown"
	if got := status.Convert(err).Message(); got != text {
		t.Errorf("says %q", got)
	}
}

func TestAnErrorIsNeverChangedByWhatIsMadeOfIt(t *testing.T) {
	base := failure.New(codes.InvalidArgument, fieldInvalid, "base").With("kept", "yes")
	for i := range 5 {
		base = base.Field(fmt.Sprint("field", i), "is wrong")
	}
	before := details(t, base)
	one, other := base.Field("one", "is wrong"), base.Field("other", "is wrong")
	_ = base.With("kept", "no").RetryAfter(time.Second).Because(errors.New("x")).Summarised("words")
	if diff := cmp.Diff(before, details(t, base), protocmp.Transform()); diff != "" || status.Convert(base).Message() != "base" {
		t.Errorf("the base has changed (-before +after)\n%s", diff)
	}
	last := func(err error) string {
		for _, d := range details(t, err) {
			if bad, ok := d.(*errdetails.BadRequest); ok {
				return bad.GetFieldViolations()[len(bad.GetFieldViolations())-1].GetField()
			}
		}
		return ""
	}
	if last(one) != "one" || last(other) != "other" {
		t.Errorf("two errors of one base end in %q and %q", last(one), last(other))
	}
}

func TestAnErrorThatCannotBeWrittenIsStillOne(t *testing.T) {
	err := failure.New(codes.OK, fieldInvalid, "is none")
	if got := err.GRPCStatus().Code(); got != codes.Internal {
		t.Errorf("code %v", got)
	}
}

func TestWhatIsNotOursIsMadeOurs(t *testing.T) {
	ours := failure.New(codes.NotFound, livechatv1.ErrorReason_ERROR_REASON_ROOM_NOT_FOUND, "no such room")
	for name, tt := range map[string]struct {
		err    error
		code   codes.Code
		reason string
	}{
		"ours":                   {ours, codes.NotFound, "ROOM_NOT_FOUND"},
		"ours, wrapped":          {fmt.Errorf("open room: %w", ours), codes.NotFound, "ROOM_NOT_FOUND"},
		"anything":               {errors.New("nil map"), codes.Internal, "INTERNAL"},
		"a hung-up caller":       {fmt.Errorf("read: %w", context.Canceled), codes.Canceled, "CALL_ENDED"},
		"a deadline":             {fmt.Errorf("read: %w", context.DeadlineExceeded), codes.DeadlineExceeded, "CALL_ENDED"},
		"gRPC: unimplemented":    {status.Error(codes.Unimplemented, "no"), codes.Unimplemented, "NOT_IMPLEMENTED"},
		"gRPC: canceled":         {status.Error(codes.Canceled, "gone"), codes.Canceled, "CALL_ENDED"},
		"gRPC: deadline":         {status.Error(codes.DeadlineExceeded, "late"), codes.DeadlineExceeded, "CALL_ENDED"},
		"gRPC: unavailable":      {status.Error(codes.Unavailable, "closing"), codes.Unavailable, "SHUTTING_DOWN"},
		"gRPC: invalid argument": {status.Error(codes.InvalidArgument, "no"), codes.InvalidArgument, "FIELD_INVALID"},
		"gRPC: anything":         {status.Error(codes.DataLoss, "no"), codes.DataLoss, "INTERNAL"},
		"gRPC: unknown":          {status.Error(codes.Unknown, "words"), codes.Internal, "INTERNAL"},
	} {
		t.Run(name, func(t *testing.T) {
			var got *failure.Error
			if !errors.As(failure.From(tt.err), &got) {
				t.Fatalf("%v", failure.From(tt.err))
			}
			if got.Code() != tt.code || got.Reason() != tt.reason {
				t.Errorf("%v, want %v/%s", got, tt.code, tt.reason)
			}
			if got.Code() == codes.Internal && got.Unwrap() == nil {
				t.Error("the log does not get the cause")
			}
		})
	}
	if err := failure.From(nil); err != nil {
		t.Errorf("no error became %v", err)
	}
	if text := status.Convert(failure.From(errors.New("secret words"))).Message(); text == "" || text == "secret words" {
		t.Errorf("the caller is told %q", text)
	}
}
