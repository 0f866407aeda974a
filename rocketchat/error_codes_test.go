package rocketchat

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestNormalisedCodes(t *testing.T) {
	tests := []struct {
		name                             string
		errorType, code, reason, message string
		want, text                       string
	}{
		{"dialect A, code alone", "Meteor.Error", "invalid-token", "", "[invalid-token]", "invalid-token", ""},
		{"dialect A with a reason", "Meteor.Error", "no-agent-online", "Sorry, no online agents",
			"Sorry, no online agents [no-agent-online]", "no-agent-online", "Sorry, no online agents"},
		{"dialect A, Meteor's check", "Match.Error", "", "", "Match error: Missing key 'token'",
			CodeInvalidParams, "Match error: Missing key 'token'"},
		{"dialect B", "invalid-token", "[invalid-token]", "", "", "invalid-token", ""},
		{"dialect B with a reason", "error-invalid-email", "Invalid email a@b [error-invalid-email]", "", "",
			"error-invalid-email", "Invalid email a@b"},
		{"dialect B, a code of words", "Code of words", "[Code of words]", "", "", "Code of words", ""},
		{"dialect B, a code of words that is known", "No file uploaded", "[No file uploaded]", "", "", CodeInvalidParams, ""},
		{"dialect C", "", "room-closed", "", "", "room-closed", "room-closed"},
		{"dialect C, Meteor's check", "", "Match error: Unknown key in field foo", "", "",
			CodeInvalidParams, "Match error: Unknown key in field foo"},
		{"AJV", "invalid-params", "must be number [invalid-params]", "", "", CodeInvalidParams, "must be number"},
		{"typed routes of 7.x", "error-invalid-params", "must be number", "", "", CodeInvalidParams, "must be number"},
		{"the limiter has no errorType", "", "Error, too many requests. [error-too-many-requests]", "", "",
			CodeTooManyRequests, "Error, too many requests."},
		{"over several lines", "", "first\nsecond [a-code]", "", "", "a-code", "first\nsecond"},
		{"a spelling of 3.4 in a reason alone", "", "", "error-size-not-allowed", "", CodeFileTooLarge, "error-size-not-allowed"},
		{"a reason alone", "", "", "error-file-upload-disabled", "", "error-file-upload-disabled", "error-file-upload-disabled"},
		{"a message alone", "", "", "", "Error sending message", "", "Error sending message"},
		{"dialect A, words instead of a code", "Meteor.Error", "Valor inválido", "", "[Valor inválido]", "", "Valor inválido"},
		{"words only", "", "Error closing room", "", "", "", "Error closing room"},
		{"words in brackets", "", "as told [see the docs]", "", "", "", "as told"},
		{"nothing", "", "", "", "", "", ""},
		{"an id used twice, 6.5", "", "Cannot convert undefined or null to object", "", "", CodeNotStored,
			"Cannot convert undefined or null to object"},
		{"another spelling of a code", "Meteor.Error", "cannot-access-room", "", "[cannot-access-room]", CodeInvalidRoom, ""},
		{"a code out of bounds", strings.Repeat("x", 200), "", "", "", "", strings.Repeat("x", 200)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, text := normalise(tt.errorType, tt.code, tt.reason, tt.message)
			if code != tt.want || text != tt.text {
				t.Errorf("%q, %q, want %q, %q", code, text, tt.want, tt.text)
			}
		})
	}
}

func TestAdviceToWait(t *testing.T) {
	now := time.Date(2026, 11, 21, 2, 0, 0, 0, time.UTC)
	const told = "Error, too many requests. Please slow down. You must wait 59 seconds before trying this endpoint again."
	reset := "1795226425000" // 25 s after now
	tests := []struct {
		name   string
		text   string
		header map[string]string
		want   time.Duration
	}{
		{"the text counts before any clock", told, map[string]string{"X-RateLimit-Reset": reset}, 59 * time.Second},
		{"a proxy's seconds", "", map[string]string{"Retry-After": "7"}, 7 * time.Second},
		{"the reset against the server's own clock", "",
			map[string]string{"X-RateLimit-Reset": reset, "Date": "Sat, 21 Nov 2026 02:00:15 GMT"}, 10 * time.Second},
		{"the reset against ours", "", map[string]string{"X-RateLimit-Reset": reset}, 25 * time.Second},
		{"a reset that is past", "", map[string]string{"X-RateLimit-Reset": "1795226300000"}, time.Second},
		{"a reset in years", "", map[string]string{"X-RateLimit-Reset": "9995226425000"}, time.Hour},
		{"no seconds at all", "You must wait 0 seconds", nil, time.Second},
		{"no advice", "slow down", nil, 0},
		{"advice that is no number", "", map[string]string{"Retry-After": "soon"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := http.Header{}
			for k, v := range tt.header {
				h.Set(k, v)
			}
			if got := retryAfter(h, tt.text, now); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

// FuzzCheck feeds any answer to the reader of answers, for any route: it must not panic, and an error must be whole.
func FuzzCheck(f *testing.F) {
	for _, x := range recordings(f) {
		for i, r := range visitorRoutes {
			if own, ok := x.find(); ok && own.op == r.route.op && own.op != routeFile.op {
				f.Add(uint8(i), x.Response.Status, x.Response.Headers["content-type"], x.answer().body)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, status int, contentType string, body []byte) {
		a := answer{status: status, header: http.Header{"Content-Type": {contentType}}, body: body}
		to := visitorRoutes[int(which)%len(visitorRoutes)].route
		raw, err := to.check(a, time.Unix(0, 0))
		if err == nil {
			if len(raw) == 0 || status != http.StatusOK {
				t.Errorf("status %d and %q are a success", status, body)
			}
			return
		}
		var e *Error
		if !errors.As(err, &e) || e.Op == "" || e.HTTPStatus != status || len(e.Code) > 80 || e.RetryAfter < 0 || e.RetryAfter > maxRetryAfter {
			t.Errorf("%+v", err)
		}
		if e.Kind == KindUnavailable && e.cause == nil && status < 500 {
			t.Errorf("unavailable without a cause: %+v", e)
		}
		_ = e.Error()
		if !knownCodes[e.outcome()] && e.outcome() != "unavailable" && e.outcome() != "unsupported" && e.outcome() != "refused" {
			t.Errorf("outcome %q", e.outcome())
		}
	})
}
