package rocketchat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	userAgent  = "rocketline"
	maxAnswer  = 16 << 20
	maxHops    = 3
	retryPause = 100 * time.Millisecond // at most; the pause before the one repeated read is random
)

// route is one call of the REST API.
type route struct {
	op     string // for people and metrics: "send message"
	method string
	path   string // from the site's root to the last fixed segment: "/api/v1/livechat/room"
	// writes: the call changes something, so it is never repeated and a lost answer is ambiguous. GET livechat/room is one.
	writes bool
	// newer: not every supported server has the route, so a page instead of JSON means that this one has not.
	newer bool
	// codes says what a code means on this route, where that is not what it means on the others.
	codes map[string]string
	// words is the code of a refusal that has only words for people, in whatever language the workspace has, and bare that of one
	// without a word.
	words, bare string
}

// request is one use of a route.
type request struct {
	segments []string // after route.path, escaped when sent
	query    url.Values
	body     any // marshalled as JSON; nil for none
}

// rest is the REST side of a Client: one pool of connections, one deadline per call, one way to read answers.
type rest struct {
	base     string
	http     *http.Client
	timeout  time.Duration
	observe  func(op, outcome string, took time.Duration)
	now      func() time.Time
	retrying func(context.Context) error // waits before a read is repeated

	budgets   *budgets
	limitWait time.Duration // of a call without a deadline
	log       *slog.Logger

	transfers transfers // of files

	life  context.Context // ends with close
	close context.CancelFunc

	asking  singleflight.Group // one version request at a time
	mu      sync.Mutex
	current Version // guarded by mu; zero until read
}

func newREST(site *url.URL, o Options) *rest {
	transport := &http.Transport{
		Proxy:                 o.proxy(),
		DialContext:           o.DialContext,
		TLSClientConfig:       o.TLS.Clone(),
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   256,
		MaxConnsPerHost:       256,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   o.Timeout,
		ExpectContinueTimeout: time.Second,
		// Without pings a connection that a balancer has dropped in silence would fail every call for minutes.
		HTTP2: &http.HTTP2Config{SendPingTimeout: o.Timeout / 2, PingTimeout: o.Timeout / 4},
	}
	r := &rest{
		base:     site.String(),
		http:     &http.Client{Transport: transport, CheckRedirect: checkRedirect},
		timeout:  o.Timeout,
		observe:  o.Observe,
		now:      time.Now,
		retrying: pause,

		budgets:   newBudgets(time.Now),
		limitWait: o.LimitWait,
		log:       o.Logger,

		transfers: newTransfers(transport, o),
	}
	life, end := context.WithCancel(context.Background())
	r.life = life
	r.close = func() {
		end()
		transport.CloseIdleConnections()
		r.transfers.close()
	}
	return r
}

// checkRedirect follows a few redirects on the same host, to https if it was http. It refuses to leave the host, whose answers
// hold visitors' tokens, to fall back to http, and to turn a POST into a GET. The address that redirected, token and all, does
// not travel on as Referer.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	upgraded := first.URL.Scheme == "http" && req.URL.Scheme == "https" && first.URL.Hostname() == req.URL.Hostname()
	same := first.URL.Scheme == req.URL.Scheme && first.URL.Host == req.URL.Host
	if len(via) > maxHops || req.Method != first.Method || !same && !upgraded {
		return errRedirect
	}
	req.Header.Del("Referer")
	return nil
}

func pause(ctx context.Context) error {
	timer := time.NewTimer(rand.N(retryPause))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// call makes one call and decodes the successful answer into out, which may be nil. Every failure is an *Error.
func (r *rest) call(ctx context.Context, to route, with request, out any) error {
	took, err := r.exchange(ctx, to, with, out)
	outcome := "ok"
	var failure *Error
	if errors.As(err, &failure) {
		outcome = failure.outcome()
	}
	r.observe(to.op, outcome, took)
	return err
}

// exchange waits for the call's turn and makes it. A call that Rocket.Chat refuses for its rate limit was not carried out, so it is made
// once more, a write too, if it can wait that long. took is without the waits.
func (r *rest) exchange(ctx context.Context, to route, with request, out any) (took time.Duration, err error) {
	target, err := r.target(to, with)
	if err != nil {
		return 0, err
	}
	var body []byte
	if with.body != nil {
		if body, err = json.Marshal(with.body); err != nil {
			return 0, &Error{Op: to.op, Code: CodeInvalidParams, Text: "request cannot be written as JSON"}
		}
	}
	for again := false; ; again = true {
		own, refused := r.turn(ctx, to)
		if refused != nil {
			if !again || !errors.Is(refused, errSpent) { // otherwise what Rocket.Chat itself said of the limit says more
				err = refused
			}
			return took, err
		}
		began := r.now()
		var got answer
		got, err = r.attempt(ctx, to, target, body, out)
		now := r.now()
		took += now.Sub(began)
		wait := refusal(err, got, now)
		own.end(got, wait)
		if wait == 0 || again {
			return took, err
		}
	}
}

// attempt makes the call within its deadline. A read that gets no answer is repeated once.
func (r *rest) attempt(ctx context.Context, to route, target string, body []byte, out any) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	defer context.AfterFunc(r.life, cancel)()

	got, err := r.send(ctx, to, target, body)
	if err != nil && !to.writes && ctx.Err() == nil && !errors.Is(err, errRedirect) && !errors.Is(err, errTooLarge) {
		if r.retrying(ctx) == nil {
			got, err = r.send(ctx, to, target, body)
		}
	}
	if err != nil {
		if failure := (*Error)(nil); r.life.Err() != nil && errors.As(err, &failure) {
			failure.cause = errClosed
		}
		return got, err
	}
	raw, err := to.check(got, r.now())
	if err == nil && out != nil && unmarshal(raw, out) != nil {
		err = to.unreadable(got, errForeign, r.now())
	}
	return got, err
}

// target builds the address of a call. A segment that is empty or made of dots would lead to another route, on the way or here.
func (r *rest) target(to route, with request) (string, error) {
	target := r.base + to.path
	for _, segment := range with.segments {
		if segment == "" || segment == "." || segment == ".." {
			return "", &Error{Op: to.op, Code: CodeInvalidParams, Text: "an id or token is empty or not one"}
		}
		target += "/" + url.PathEscape(segment)
	}
	if len(with.query) > 0 {
		target += "?" + with.query.Encode()
	}
	return target, nil
}

// send makes one attempt and reads the whole answer. Its errors are *Error of KindUnavailable.
func (r *rest) send(ctx context.Context, to route, target string, body []byte) (answer, error) {
	var sent atomic.Bool
	failed := func(err error) (answer, error) {
		cause := safeCause(err)
		// A call that was redirected was not carried out: the server answered with where to go instead.
		ambiguous := to.writes && sent.Load() && !errors.Is(cause, errRedirect)
		return answer{}, &Error{Op: to.op, Kind: KindUnavailable, Ambiguous: ambiguous, cause: cause}
	}
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		// Headers and a short body leave together, so this is the first moment at which the server may have all of it.
		WroteHeaders: func() { sent.Store(true) },
	})
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(traced, to.method, target, reader)
	if err != nil {
		return failed(err)
	}
	if to.writes && body == nil {
		// The transport repeats a GET by itself when a pooled connection breaks, unless it has a body that cannot be read twice.
		// GET livechat/room creates a room: an empty body of that sort keeps it from being sent twice.
		req.Body = io.NopCloser(io.LimitReader(bytes.NewReader(nil), 0))
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	tellClientAddress(ctx, req.Header)
	tellAccount(ctx, req.Header)

	resp, err := r.http.Do(req)
	if err != nil {
		if resp != nil && resp.Body != nil {
			_ = resp.Body.Close() // a refused redirect comes with its answer
		}
		return failed(err)
	}
	defer func() { _ = resp.Body.Close() }()
	read, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return failed(err)
	}
	if len(read) > maxAnswer {
		return failed(errTooLarge)
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: read}, nil
}
