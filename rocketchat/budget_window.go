package rocketchat

import (
	"net/http"
	"strconv"
	"time"
)

const (
	// sameWindow: two answers of one window differ by a few milliseconds in when it ends, which the server adds up anew each time.
	sameWindow = 50 // milliseconds
	// longestBelief bounds what is believed of X-RateLimit-Reset, which compares two clocks: Rocket.Chat's default window. A clock that
	// is an hour ahead must not lock a visitor out for an hour; a refusal names the wait in words, without a clock.
	longestBelief = time.Minute
	// renewed is the moment after a window's end at which the next one has certainly begun: resets are whole milliseconds, and a
	// window that is exactly over still counts.
	renewed = 5 * time.Millisecond
	// dateSlack is how far the Date header may be behind, which is cut to seconds and was written before the answer's way here.
	dateSlack = 2 * time.Second
)

// window is what an answer tells of the window in which its call was counted.
type window struct {
	limit, left int
	renews      time.Time // by our clock
	reset       int64     // milliseconds since the epoch by the server's clock; 0 where it was not told
}

// readWindow reads an answer's X-RateLimit headers, which come on allowed and refused calls alike, and not at all where the limiter is
// off or broken (rest-visitor 1.4).
func readWindow(h http.Header, now time.Time) (window, bool) {
	limit, noLimit := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	left, noLeft := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	reset, noReset := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if noLimit != nil || noLeft != nil || noReset != nil || limit <= 0 || reset <= 0 {
		return window{}, false
	}
	wait := min(untilReset(h, reset, now)+renewed, longestBelief)
	return window{limit: limit, left: max(left, 0), renews: now.Add(wait), reset: reset}, true
}

// untilReset is the time until a reset. The Date header tells the server's clock, but only in whole seconds, so our own clock counts
// where the two agree.
func untilReset(h http.Header, reset int64, now time.Time) time.Duration {
	if server, err := http.ParseTime(h.Get("Date")); err == nil {
		if behind := now.Sub(server); behind < 0 || behind > dateSlack {
			now = server
		}
	}
	return time.UnixMilli(reset).Sub(now)
}

// refusedFor is how long a refused call has to wait, 0 if the answer does not tell. The words of a refusal are right but cut to whole
// seconds upwards; the reset says it to the millisecond, and counts where it agrees with them.
func refusedFor(e *Error, h http.Header, now time.Time) time.Duration {
	if e.Kind != KindLimited || e.RetryAfter <= 0 {
		return 0
	}
	reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err != nil {
		return e.RetryAfter
	}
	if exact := untilReset(h, reset, now) + renewed; exact > e.RetryAfter-time.Second && exact < e.RetryAfter {
		return max(exact, renewed)
	}
	return e.RetryAfter
}
