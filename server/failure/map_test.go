package failure_test

import (
	"context"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/failure"
)

// withoutReason are the adapter's codes that have no reason of their own, and why.
var withoutReason = map[string]string{
	"CodeInvalidParams":   "a request that upstream finds malformed is our mistake, and no caller can act on it",
	"CodeNotStored":       "settled by SendMessage; what is left is an app's veto, which has no words",
	"CodeTooManyRequests": "its kind says more",
	"CodeCloseRaced":      "its kind says more",
	"CodeFieldKept":       "settled by SetCustomFields: it is an outcome, no failure",
}

// adapterCodes reads the names and values of the adapter's codes from its source, so that a new one cannot be forgotten here.
func adapterCodes(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "rocketchat", "error_codes.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || !strings.HasPrefix(spec.Names[0].Name, "Code") || len(spec.Values) != 1 {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok && literal.Kind == token.STRING {
			found[spec.Names[0].Name], _ = strconv.Unquote(literal.Value)
		}
		return true
	})
	if len(found) < 15 || found["CodeRoomClosed"] != rocketchat.CodeRoomClosed {
		t.Fatalf("these are not the adapter's codes: %v", found)
	}
	return found
}

func from(t *testing.T, err error) *failure.Error {
	t.Helper()
	var got *failure.Error
	if !errors.As(failure.From(err), &got) {
		t.Fatalf("%v", failure.From(err))
	}
	return got
}

func TestEveryCodeOfTheAdapterHasAReason(t *testing.T) {
	for name, code := range adapterCodes(t) {
		t.Run(name, func(t *testing.T) {
			got := from(t, &rocketchat.Error{Op: "test", Code: code, HTTPStatus: 400})
			generic := got.Reason() == "UPSTREAM_REFUSED"
			if _, deliberate := withoutReason[name]; generic != deliberate {
				t.Errorf("%v; deliberately without a reason: %v", got, deliberate)
			}
			if _, known := livechatv1.ErrorReason_value["ERROR_REASON_"+got.Reason()]; !known || got.Reason() == "UNSPECIFIED" {
				t.Errorf("%s is not in the contract", got.Reason())
			}
			resource := false
			for _, d := range details(t, got) {
				switch d := d.(type) {
				case *errdetails.ResourceInfo:
					resource = d.GetResourceType() != ""
				case *errdetails.RetryInfo:
					t.Error("advises to retry what would be refused again")
				}
			}
			if resource != (got.Code() == codes.NotFound) {
				t.Errorf("%v: with a ResourceInfo: %v", got, resource)
			}
		})
	}
}

func TestTheKindOfAFailureComesBeforeItsCode(t *testing.T) {
	for name, tt := range map[string]struct {
		err    rocketchat.Error
		code   codes.Code
		reason string
		retry  time.Duration // 0: no advice
	}{
		"limited":             {rocketchat.Error{Kind: rocketchat.KindLimited, RetryAfter: time.Minute}, codes.ResourceExhausted, "RATE_LIMITED", time.Minute},
		"limited, for how":    {rocketchat.Error{Kind: rocketchat.KindLimited}, codes.ResourceExhausted, "RATE_LIMITED", 2 * time.Second},
		"down":                {rocketchat.Error{Kind: rocketchat.KindUnavailable}, codes.Unavailable, "UPSTREAM_UNAVAILABLE", 2 * time.Second},
		"down, with a code":   {rocketchat.Error{Kind: rocketchat.KindUnavailable, Code: rocketchat.CodeRoomClosed}, codes.Unavailable, "UPSTREAM_UNAVAILABLE", 2 * time.Second},
		"not there":           {rocketchat.Error{Kind: rocketchat.KindUnsupported}, codes.Unimplemented, "UPSTREAM_LACKS", 0},
		"refused, no code":    {rocketchat.Error{}, codes.FailedPrecondition, "UPSTREAM_REFUSED", 0},
		"refused, a new code": {rocketchat.Error{Code: "error-of-tomorrow"}, codes.FailedPrecondition, "UPSTREAM_REFUSED", 0},
	} {
		t.Run(name, func(t *testing.T) {
			tt.err.Text = "upstream's own words"
			got := from(t, &tt.err)
			if got.Code() != tt.code || got.Reason() != tt.reason {
				t.Errorf("%v, want %v/%s", got, tt.code, tt.reason)
			}
			var retry time.Duration
			for _, d := range details(t, got) {
				switch d := d.(type) {
				case *errdetails.RetryInfo:
					retry = d.GetRetryDelay().AsDuration()
				case *errdetails.ErrorInfo:
					if tt.reason == "UPSTREAM_REFUSED" && d.GetMetadata()["upstream_code"] != tt.err.Code {
						t.Errorf("metadata %v", d.GetMetadata())
					}
					if limit := d.GetMetadata()[failure.LimitKey]; (limit == "upstream") != (tt.reason == "RATE_LIMITED") || limit != got.Word(failure.LimitKey) {
						t.Errorf("metadata %v", d.GetMetadata())
					}
				}
			}
			if retry != tt.retry {
				t.Errorf("advises %v, want %v", retry, tt.retry)
			}
			if strings.Contains(got.GRPCStatus().String(), tt.err.Text) {
				t.Errorf("tells upstream's words: %v", got.GRPCStatus())
			}
		})
	}
}

func TestACallerWhoLeftIsNoFailureOfUpstream(t *testing.T) {
	left := errors.Join(context.Canceled, &rocketchat.Error{Kind: rocketchat.KindUnavailable})
	if got := from(t, left); got.Code() != codes.Canceled || got.Reason() != "CALL_ENDED" {
		t.Errorf("%v", got)
	}
}
