package acceptance_test

import (
	"net/http"
	"time"

	"github.com/rocketline/rocketline/sandbox/fault"
)

// trouble is what happens on the way.
type trouble struct {
	name string
	rule fault.Rule
	// nobody says that nobody listens where Rocket.Chat should be.
	nobody bool
	// sent says that the request got there as far as anybody can know; carriedOut that it did all that it asks for.
	sent, carriedOut bool
	// rest has it befall REST too, and versions every version: the others are told the same way in REST, and happen before anything that
	// versions differ in.
	rest, versions bool
	// timeout is how long a call to Rocket.Chat may take; 0 is the usual.
	timeout time.Duration
	want    func(h hazard) told
}

var troubles = []trouble{
	{name: "a refused connection", nobody: true},
	{name: "a connection that is cut at once", rule: fault.Rule{Kind: fault.Refuse}},
	{name: "a reset", rule: fault.Rule{Kind: fault.Reset}, sent: true},
	{name: "an answer that breaks off", rule: fault.Rule{Kind: fault.Truncate}, sent: true, carriedOut: true},
	{name: "an answer that is lost", rule: fault.Rule{Kind: fault.Lost}, sent: true, carriedOut: true, rest: true, versions: true},
	{name: "no answer", rule: fault.Rule{Kind: fault.Hang}, sent: true, timeout: 2 * time.Second},
	{name: "an answer that is slow", rule: fault.Rule{Kind: fault.Delay, Delay: 300 * time.Millisecond}, sent: true, carriedOut: true,
		timeout: time.Minute, want: inTime},
	{name: "429", rule: fault.Rule{Kind: fault.Status, Status: http.StatusTooManyRequests, Wait: time.Minute}, want: limited, rest: true},
	{name: "429 of a proxy", rule: fault.Rule{Kind: fault.Status, Status: http.StatusTooManyRequests, Wait: time.Minute,
		NoLimitHeaders: true, Body: "<html>slow down</html>"}, want: limited},
	{name: "500 in JSON", rule: fault.Rule{Kind: fault.Status, Status: http.StatusInternalServerError,
		Body: `{"success":false,"error":"Internal server error"}`}, sent: true},
	{name: "500 in plain text", rule: fault.Rule{Kind: fault.Status, Status: http.StatusInternalServerError}, sent: true},
	{name: "502 in HTML", rule: fault.Rule{Kind: fault.Status, Status: http.StatusBadGateway}, sent: true, rest: true},
}

// inTime is success: nothing that is slow is given up early, or done twice.
func inTime(hazard) told { return told{} }

func limited(h hazard) told {
	if h.method == "SetTyping" {
		return upstreamDown // a handshake has no budget
	}
	return rateLimited
}

// expected is what the caller is told; the zero value is success.
func (f trouble) expected(h hazard) told {
	switch {
	case f.want != nil:
		return f.want(h)
	case h.again == doubles && f.sent:
		return outcomeUnknown
	case h.again == settled && f.carriedOut:
		return told{}
	}
	return upstreamDown
}
