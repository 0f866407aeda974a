package rocketchat

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// transfers are the HTTP clients of files. They are apart from that of calls: a file may be under way for long, and must not take a
// connection that a call needs. Neither follows a redirect by itself, and neither has cookies: a Cookie header beside a grant makes
// Rocket.Chat ignore the grant (measured, files).
type transfers struct {
	site     *http.Client // talks to the site
	stranger *http.Client // talks to whom the site sends us
}

// maxTransfers is how many files may be under way at the same time, each on a connection of its own.
const maxTransfers = 256

func newTransfers(usual *http.Transport, o Options) transfers {
	site := usual.Clone()
	// Over HTTP/2 one connection would carry any number of files, and hold 4 MiB of each whose reader is slow.
	site.Protocols = new(http.Protocols)
	site.Protocols.SetHTTP1(true)
	if site.TLSClientConfig = o.TLS.Clone(); site.TLSClientConfig != nil {
		site.TLSClientConfig.NextProtos = nil // HTTP/2 would otherwise still be offered
	}
	site.MaxConnsPerHost = maxTransfers
	site.DisableCompression = true // the length of what comes is to be the file's
	asItIs := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return transfers{
		site:     &http.Client{Transport: site, CheckRedirect: asItIs},
		stranger: &http.Client{Transport: newStrangerTransport(o), CheckRedirect: asItIs},
	}
}

func (t transfers) close() {
	t.site.CloseIdleConnections()
	t.stranger.CloseIdleConnections()
}

// watch ends a transfer in which nothing moves for too long. It stands still while the transfer waits for its caller.
type watch struct {
	limit atomic.Int64 // a time.Duration
	timer *time.Timer
}

// watched returns a context that ends with ctx, with the client, or when the watch is up. What is returned last releases it.
func (r *rest) watched(ctx context.Context) (context.Context, *watch, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{timer: time.AfterFunc(r.timeout, func() { cancel(errTimedOut) })}
	w.limit.Store(int64(r.timeout))
	stop := context.AfterFunc(r.life, func() { cancel(errClosed) })
	return ctx, w, func() {
		w.timer.Stop()
		stop()
		cancel(context.Canceled)
	}
}

// run lets the time of upstream run anew, stop lets it stand still.
func (w *watch) run()  { w.timer.Reset(time.Duration(w.limit.Load())) }
func (w *watch) stop() { w.timer.Stop() }

// cutCause says why a transfer was cut, in words that name no address: the end of its own context explains more than what the
// connection then reported.
func cutCause(ctx context.Context, err error) error {
	if ended := context.Cause(ctx); errors.Is(ended, errTimedOut) || errors.Is(ended, errClosed) {
		return ended
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for _, ours := range []error{errStranger, errForeign} {
		if errors.Is(err, ours) {
			return ours
		}
	}
	return safeCause(err)
}

// observed tells Options.Observe of a call that began at the given time and ended with err.
func (r *rest) observed(op string, began time.Time, err error) {
	outcome := "ok"
	var failure *Error
	switch {
	case errors.As(err, &failure):
		outcome = failure.outcome()
	case err != nil:
		outcome = "abandoned"
	}
	r.observe(op, outcome, r.now().Sub(began))
}

// ownSite tells whether an address is below the site's own, which may have sent us from http to https.
func (r *rest) ownSite(to *url.URL) bool {
	site, err := url.Parse(r.base)
	if err != nil {
		return false
	}
	upgraded := site.Scheme == "http" && to.Scheme == "https" && site.Hostname() == to.Hostname()
	below := strings.HasPrefix(to.EscapedPath(), site.EscapedPath()+"/") && !slices.Contains(strings.Split(to.Path, "/"), "..")
	return below && (upgraded || site.Scheme == to.Scheme && site.Host == to.Host)
}
