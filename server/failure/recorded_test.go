package failure_test

import (
	"os"
	"strings"
	"testing"

	"github.com/rocketline/rocketline/rocketchat"
)

// reasons are what callers are told for everything that the recordings and the reference of Rocket.Chat lead to: the adapter's kind and
// code, as its testdata lists them, and the contract's reason.
var reasons = map[string]string{
	"limited error-too-many-requests": "RATE_LIMITED",
	"unavailable":                     "UPSTREAM_UNAVAILABLE",
	"unsupported":                     "UPSTREAM_LACKS",

	"refused invalid-token":                           "VISITOR_UNKNOWN",
	"refused error-invalid-token":                     "CREDENTIAL_INVALID",
	"refused error-invalid-email":                     "EMAIL_INVALID",
	"refused error-invalid-department":                "DEPARTMENT_UNKNOWN",
	"refused error-contact-channel-blocked":           "NOT_PERMITTED",
	"refused visitor-has-open-rooms":                  "VISITOR_HAS_OPEN_ROOMS",
	"refused invalid-custom-field":                    "CUSTOM_FIELD_UNKNOWN",
	"refused error-invalid-custom-field-value":        "CUSTOM_FIELD_INVALID",
	"refused error-omnichannel-is-disabled":           "LIVECHAT_DISABLED",
	"refused no-agent-online":                         "NO_AGENT_ONLINE",
	"refused agent-not-found":                         "AGENT_NOT_FOUND",
	"refused invalid-room":                            "ROOM_NOT_FOUND",
	"refused room-closed":                             "ROOM_CLOSED",
	"refused error-not-allowed-to-close-conversation": "CLOSE_NOT_ALLOWED",
	"refused error-forwarding-chat-same-department":   "TRANSFER_NOT_POSSIBLE",
	"refused not-transferred":                         "TRANSFER_NOT_POSSIBLE",
	"refused invalid-data":                            "SURVEY_INVALID",
	"refused mail-not-sent":                           "MAIL_NOT_SENT",
	"refused invalid-message":                         "MESSAGE_NOT_FOUND",
	"refused message-length-exceeds-character-limit":  "MESSAGE_TOO_LONG",
	"refused error-action-not-allowed":                "MENTION_NOT_ALLOWED",
	"refused message-locked":                          "MESSAGE_LOCKED",
	"refused unauthorized":                            "NOT_PERMITTED",
	"refused error-file-upload-disabled":              "UPLOAD_DISABLED",
	"refused error-file-too-large":                    "FILE_TOO_LARGE",
	"refused error-type-not-allowed":                  "FILE_NOT_ACCEPTED",
	"refused file-too-small":                          "FILE_NOT_ACCEPTED",
	"refused file-not-found":                          "FILE_NOT_FOUND",
	"refused file-locked":                             "FILE_LOCKED",
	"refused range-not-satisfiable":                   "RANGE_NOT_SATISFIABLE",
}

// generic are those that stay UPSTREAM_REFUSED, and why.
var generic = map[string]string{
	"refused":                   "a refusal in words only, of a request that we never send",
	"refused invalid-params":    "a request that upstream finds malformed is our mistake, and no caller can act on it",
	"refused not-stored":        "settled by SendMessage; what is left is an app's veto, which has no words",
	"refused custom-field-kept": "settled by SetCustomFields: it is an outcome, no failure",
	"refused error-room-cannot-be-closed-try-again": "the adapter makes it KindUnavailable",
	"refused error-app-prevented":                   "an app of the workspace; upstream_code tells",
	"refused error-failed-to-start-conversation":    "a fault of the workspace",
	"refused error-livechat-visitor-registration":   "a fault of the workspace",
	"refused error-saving-visitor":                  "a fault of the workspace",
	"refused error-updating-custom-fields":          "a fault of the workspace",
	"refused error-removing-visitor":                "a fault of the workspace",
	"refused error-routing-method-not-available":    "the workspace's settings contradict each other",
	"refused invalid-livechat-config":               "the workspace's settings contradict each other",
}

func TestEverythingThatUpstreamWasEverSeenToAnswerHasAReason(t *testing.T) {
	raw, err := os.ReadFile("../../rocketchat/testdata/outcomes.txt")
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]rocketchat.Kind{
		"refused": rocketchat.KindRefused, "limited": rocketchat.KindLimited,
		"unavailable": rocketchat.KindUnavailable, "unsupported": rocketchat.KindUnsupported,
	}
	outcomes := strings.Split(strings.TrimSpace(string(raw)), "\n")
	for _, outcome := range outcomes {
		kind, code, _ := strings.Cut(outcome, " ")
		want := reasons[outcome]
		if generic[outcome] != "" {
			want = "UPSTREAM_REFUSED"
		}
		got := from(t, &rocketchat.Error{Op: "test", Kind: kinds[kind], Code: code, HTTPStatus: 400})
		if got.Reason() != want {
			t.Errorf("%s: %s, want %q", outcome, got.Reason(), want)
		}
	}
	if len(outcomes) != len(reasons)+len(generic) {
		t.Errorf("%d outcomes, of which %d are here", len(outcomes), len(reasons)+len(generic))
	}
}

func TestACodesStatusIsThatOfItsReasonInTheContract(t *testing.T) {
	contract := documented(t)
	for name, code := range adapterCodes(t) {
		got := from(t, &rocketchat.Error{Op: "test", Code: code, HTTPStatus: 400})
		want := strings.ReplaceAll(contract[got.Reason()], "_", "")
		want, _, _ = strings.Cut(want, ",")
		if !strings.EqualFold(got.Code().String(), want) {
			t.Errorf("%s: %s is %s, and the contract says %s", name, got.Reason(), got.Code(), contract[got.Reason()])
		}
	}
}
