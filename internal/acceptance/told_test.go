package acceptance_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// told is what an error tells its caller.
type told struct {
	Code     codes.Code
	Reason   string
	Metadata map[string]string
	Fields   []string // of BadRequest, sorted
	Retry    bool     // there is a RetryInfo
	Resource string   // the type of ResourceInfo
	// Wrong is what an error owes its caller and does not give. It is never wanted.
	Wrong []string
}

// ofStatus reads an error, and looks for what every one owes.
func ofStatus(st *spb.Status) told {
	got := told{Code: codes.Code(st.GetCode())}
	if st.GetMessage() == "" {
		got.Wrong = append(got.Wrong, "no words for people")
	}
	infos := 0
	for _, packed := range st.GetDetails() {
		detail, err := packed.UnmarshalNew()
		if err != nil {
			got.Wrong = append(got.Wrong, err.Error())
			continue
		}
		switch d := detail.(type) {
		case *errdetails.ErrorInfo:
			infos++
			got.Reason, got.Metadata = d.GetReason(), d.GetMetadata()
			if _, known := livechatv1.ErrorReason_value["ERROR_REASON_"+d.GetReason()]; !known || d.GetDomain() != "rocketline" {
				got.Wrong = append(got.Wrong, "the reason "+d.GetDomain()+"/"+d.GetReason()+" is not in the contract")
			}
		case *errdetails.BadRequest:
			for _, v := range d.GetFieldViolations() {
				got.Fields = append(got.Fields, v.GetField())
				if v.GetDescription() == "" || v.GetField() == "" {
					got.Wrong = append(got.Wrong, fmt.Sprintf("a field without a name or without words: %q", v))
				}
			}
		case *errdetails.RetryInfo:
			got.Retry = true
			if d.GetRetryDelay().AsDuration() <= 0 {
				got.Wrong = append(got.Wrong, "advice to come back at once")
			}
		case *errdetails.ResourceInfo:
			got.Resource = d.GetResourceType()
			if d.GetResourceType() == "" || d.GetResourceName() == "" {
				got.Wrong = append(got.Wrong, "does not say what was not found")
			}
		default:
			got.Wrong = append(got.Wrong, "a detail that the contract does not name: "+packed.GetTypeUrl())
		}
	}
	if infos != 1 {
		got.Wrong = append(got.Wrong, "it has not one ErrorInfo")
	}
	slices.Sort(got.Fields)
	return got
}

// refused checks that a call was refused exactly so. Metadata is looked at where it is wanted.
func refused(t *testing.T, got reply, want told) {
	t.Helper()
	if got.err != nil {
		t.Errorf("no answer: %v", got.err)
		return
	}
	if !got.failed() {
		t.Errorf("succeeded, want %v/%s\n%s", want.Code, want.Reason, got.wire)
		return
	}
	if want.Metadata == nil {
		got.told.Metadata = nil
	}
	if diff := cmp.Diff(want, got.told, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got)\n%s%s", diff, got.wire)
	}
}

// succeeded checks that a call succeeded.
func succeeded(t *testing.T, got reply) bool {
	t.Helper()
	if got.failed() {
		t.Errorf("failed: %+v %v", got.told, got.err)
	}
	return !got.failed()
}

// The refusals that many methods share.
var (
	visitorUnknown  = told{Code: codes.Unauthenticated, Reason: "VISITOR_UNKNOWN"}
	noCredential    = told{Code: codes.Unauthenticated, Reason: "CREDENTIAL_MISSING"}
	badCredential   = told{Code: codes.Unauthenticated, Reason: "CREDENTIAL_INVALID"}
	roomNotFound    = told{Code: codes.NotFound, Reason: "ROOM_NOT_FOUND", Resource: "room"}
	messageNotFound = told{Code: codes.NotFound, Reason: "MESSAGE_NOT_FOUND", Resource: "message"}
	agentNotFound   = told{Code: codes.NotFound, Reason: "AGENT_NOT_FOUND", Resource: "agent"}
	fileNotFound    = told{Code: codes.NotFound, Reason: "FILE_NOT_FOUND", Resource: "file"}
	roomClosed      = told{Code: codes.FailedPrecondition, Reason: "ROOM_CLOSED"}
	upstreamDown    = told{Code: codes.Unavailable, Reason: "UPSTREAM_UNAVAILABLE", Retry: true}
	outcomeUnknown  = told{Code: codes.Unavailable, Reason: "OUTCOME_UNKNOWN"}
	upstreamLacks   = told{Code: codes.Unimplemented, Reason: "UPSTREAM_LACKS"}
	rateLimited     = told{Code: codes.ResourceExhausted, Reason: "RATE_LIMITED", Retry: true}
	noRoute         = told{Code: codes.NotFound, Reason: "ROUTE_NOT_FOUND"}
)

func invalid(reason string, fields ...string) told {
	return told{Code: codes.InvalidArgument, Reason: reason, Fields: fields}
}

func precondition(reason string) told { return told{Code: codes.FailedPrecondition, Reason: reason} }
