package rocketchat

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// answer is one complete answer of the REST API, before anyone has looked into it.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// failureDoc is a failed answer in any dialect: A has error, message and maybe reason; B and C have error and maybe errorType; a
// handler that returns an object has reason or message alone; the router's own have status instead of success (rest-visitor 1.2).
type failureDoc struct {
	Success   *bool  `json:"success"`
	Status    string `json:"status"`
	Error     string `json:"error"`
	ErrorType string `json:"errorType"`
	Reason    string `json:"reason"`
	Message   string `json:"message"`
}

// check returns the JSON of a successful answer, or the *Error that the answer means for r. now is the local clock, needed where
// the advice to wait is a point in time.
func (r route) check(a answer, now time.Time) (json.RawMessage, error) {
	if unreadable := a.unreadable(); unreadable != nil {
		return nil, r.unreadable(a, unreadable, now)
	}
	var doc failureDoc
	if err := unmarshal(a.body, &doc); err != nil {
		return nil, r.unreadable(a, errForeign, now)
	}
	switch good := a.status == http.StatusOK; {
	case doc.Success == nil && doc.Status != "error", doc.Success != nil && *doc.Success && !good:
		return nil, r.unreadable(a, errForeign, now)
	case doc.Success != nil && *doc.Success:
		return a.body, nil
	}
	e := &Error{Op: r.op, Kind: KindRefused, HTTPStatus: a.status}
	e.Code, e.Text = normalise(doc.ErrorType, doc.Error, doc.Reason, doc.Message)
	if a.status == http.StatusBadRequest {
		e.Code = r.reads(e.Code, e.Text)
	}
	switch {
	case a.status == http.StatusTooManyRequests || e.Code == CodeTooManyRequests:
		e.Kind, e.Code = KindLimited, CodeTooManyRequests
		e.RetryAfter = retryAfter(a.header, e.Text, now)
	case a.status == http.StatusMethodNotAllowed || a.status == http.StatusNotFound:
		e.Kind = KindUnsupported
	case a.status >= http.StatusInternalServerError:
		e.Kind, e.Ambiguous = KindUnavailable, r.writes
	}
	return nil, e
}

// reads says what a refusal's code, or that it has none, means on this route.
func (r route) reads(code, text string) string {
	switch {
	case code == "" && text == "":
		return r.bare
	case code == "":
		return r.words
	}
	if here, ok := r.codes[code]; ok {
		return here
	}
	return code
}

// Why an answer can not be used. These texts never quote the answer.
var (
	errEmpty    = errors.New("answer is empty")
	errEndsSoon = errors.New("answer ends early")
	errForeign  = errors.New("answer is not Rocket.Chat's")
	errTooLarge = errors.New("answer is too large")
)

// unreadable says why an answer is not JSON, nil if it is.
func (a answer) unreadable() error {
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	switch {
	case len(bytes.TrimSpace(a.body)) == 0:
		return errEmpty
	case err != nil:
		return errors.New("answer has no content type")
	case kind != "application/json":
		return fmt.Errorf("answer is %.40s", kind)
	case !json.Valid(a.body):
		return errEndsSoon
	}
	return nil
}

// unreadable makes the error for an answer that is not the API's. A page instead of JSON is how servers answer for routes that
// they do not have: 6.5.3 sends its start page with status 200 (server-info "v1 info anonymous"). For a route that every server
// has, the same page means something else in the way, and only 404 and 405 say that the route is missing.
func (r route) unreadable(a answer, cause error, now time.Time) *Error {
	e := &Error{Op: r.op, Kind: KindUnavailable, HTTPStatus: a.status, cause: cause}
	kind, _, _ := mime.ParseMediaType(a.header.Get("Content-Type"))
	switch {
	case a.status == http.StatusNotFound, a.status == http.StatusMethodNotAllowed:
		e.Kind = KindUnsupported
	case a.status == http.StatusOK && kind == "text/html" && r.newer:
		e.Kind = KindUnsupported
	case a.status == http.StatusTooManyRequests:
		e.Kind, e.Code = KindLimited, CodeTooManyRequests
		e.RetryAfter = retryAfter(a.header, "", now)
	case a.status < http.StatusMultipleChoices, a.status >= http.StatusInternalServerError:
		e.Ambiguous = r.writes
	}
	return e
}

// misread makes the error for an answer that is the API's but lacks what every server sends: it succeeded, and nobody knows how.
func (r route) misread(err error) *Error {
	return &Error{Op: r.op, Kind: KindUnavailable, HTTPStatus: http.StatusOK, Ambiguous: r.writes, cause: err}
}

// waitSeconds finds the advice in "You must wait 59 seconds before trying this endpoint again" (rest-visitor 1.4).
var waitSeconds = regexp.MustCompile(`wait (\d{1,6}) seconds`)

// maxRetryAfter bounds the advice: upstream's window is a minute by default, and a clock that is off must not stop a caller for days.
const maxRetryAfter = time.Hour

// retryAfter reads how long to wait. The text comes first because it does not depend on two clocks; then a proxy's Retry-After;
// then X-RateLimit-Reset, in milliseconds since the epoch on the server's clock, which the Date header tells.
func retryAfter(h http.Header, text string, now time.Time) time.Duration {
	var wait time.Duration
	if m := waitSeconds.FindStringSubmatch(text); m != nil {
		wait = seconds(m[1])
	} else if s := h.Get("Retry-After"); s != "" {
		wait = seconds(s)
	} else if reset, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		if server, err := http.ParseTime(h.Get("Date")); err == nil {
			now = server
		}
		wait = max(time.UnixMilli(reset).Sub(now), time.Second)
	}
	return min(max(wait, 0), maxRetryAfter)
}

// seconds reads a number of seconds, at least one: advice to wait for nothing would make a caller spin.
func seconds(s string) time.Duration {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return 0
	}
	return max(time.Duration(n)*time.Second, time.Second)
}
