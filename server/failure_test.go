package server_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// told is what an error tells its caller.
type told struct {
	Code     codes.Code
	Reason   string
	Metadata map[string]string
	Fields   []string // of BadRequest
	Retry    bool     // there is a RetryInfo
	Resource string   // the type of ResourceInfo
}

// tells reads an error, and checks what holds for every one.
func tells(t *testing.T, err error) told {
	t.Helper()
	st, ok := status.FromError(err)
	if err == nil || !ok {
		t.Fatalf("%v is not a status", err)
	}
	got := told{Code: st.Code()}
	if st.Message() == "" {
		t.Errorf("%v has no words for people", err)
	}
	infos := 0
	for _, detail := range st.Details() {
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			infos++
			got.Reason, got.Metadata = d.GetReason(), d.GetMetadata()
			if d.GetDomain() != "rocketline" {
				t.Errorf("%v: domain %q", err, d.GetDomain())
			}
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				got.Fields = append(got.Fields, v.GetField())
				if v.GetDescription() == "" {
					t.Errorf("%v: nothing said about %s", err, v.GetField())
				}
			}
		case *errdetails.RetryInfo:
			got.Retry = true
			if d.GetRetryDelay().AsDuration() <= 0 {
				t.Errorf("%v: advice to come back after %v", err, d.GetRetryDelay().AsDuration())
			}
		case *errdetails.ResourceInfo:
			if d.GetResourceName() == "" {
				t.Errorf("%v does not say which %s was not found", st, d.GetResourceType())
			}
			got.Resource = d.GetResourceType()
		default:
			t.Errorf("%v: a detail of type %T", err, detail)
		}
	}
	if infos != 1 {
		t.Errorf("%v: %d ErrorInfos, want one", err, infos)
	}
	slices.Sort(got.Fields)
	return got
}

// refuses checks that an error tells exactly that.
func refuses(t *testing.T, err error, want told) {
	t.Helper()
	if err == nil {
		t.Fatalf("succeeded, want %v/%s", want.Code, want.Reason)
	}
	if diff := cmp.Diff(want, tells(t, err)); diff != "" {
		t.Fatalf("%v (-want +got)\n%s", err, diff)
	}
}

// The refusals that many methods share.
var (
	visitorUnknown = told{Code: codes.Unauthenticated, Reason: "VISITOR_UNKNOWN"}
	noCredential   = told{Code: codes.Unauthenticated, Reason: "CREDENTIAL_MISSING"}
	badCredential  = told{Code: codes.Unauthenticated, Reason: "CREDENTIAL_INVALID"}
	roomNotFound   = told{Code: codes.NotFound, Reason: "ROOM_NOT_FOUND", Resource: "room"}
	roomClosed     = told{Code: codes.FailedPrecondition, Reason: "ROOM_CLOSED"}
	upstreamDown   = told{Code: codes.Unavailable, Reason: "UPSTREAM_UNAVAILABLE", Retry: true}
)

func badFields(names ...string) told {
	return told{Code: codes.InvalidArgument, Reason: "FIELD_INVALID", Fields: names}
}
