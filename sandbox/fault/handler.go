package fault

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxBody is how much of a request is kept while it waits. What sends more is cut off.
const maxBody = 64 << 20

// Hooks are what faults need of the server that they befall.
type Hooks struct {
	// CloseRoom lets the agent close the room that the request is about to write to, see CloseRace. It is called before the
	// handler runs, which reads the body again. Without it that kind does nothing.
	CloseRoom func(r *http.Request, body []byte)
}

// Handler puts faults around a server. The rules that fire at a request wrap the handler in their order, the first outermost:
// a delay before a 502 delays the 502, one behind it has no effect.
//
// It must also pass the websocket's handshakes to the handler that calls Open.
func (i *Injector) Handler(next http.Handler, hooks Hooks) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := strings.TrimSuffix(r.URL.Path, "/")
		if path == "" {
			path = "/"
		}
		handler := next
		if isHandshake(r) {
			handler = watched(next)
		}
		for _, a := range slices.Backward(i.decide(target{layer: onRequest, method: r.Method, path: path})) {
			handler = i.wrap(a.rule, handler, hooks)
		}
		handler.ServeHTTP(w, r)
	})
}

func isHandshake(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// wrap puts one fault around a handler.
func (i *Injector) wrap(rule Rule, next http.Handler, hooks Hooks) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kind := rule.Kind
		if isHandshake(r) && (kind == Truncate || kind == Lost) {
			kind = Reset // a handshake stores nothing, and its answer has no body to break
		}
		switch kind {
		case Delay:
			if _, ok := rewind(w, r); ok && i.pause(r, rule.Delay) {
				next.ServeHTTP(w, r)
			} else {
				cut(w, resetting)
			}
		case Status:
			i.errorAnswer(rule).write(w)
		case HTML:
			htmlAnswer(rule).write(w)
		case Truncate:
			kept := newCapture()
			next.ServeHTTP(kept, r)
			kept.writeHalf(w)
		case Lost:
			next.ServeHTTP(newCapture(), r)
			cut(w, resetting)
		case Reset:
			cut(w, resetting)
		case Hang:
			// A server sees its client leave only after it has read the whole request.
			_, _ = io.Copy(io.Discard, r.Body)
			i.pause(r, Forever)
			cut(w, resetting)
		case CloseRace:
			body, ok := rewind(w, r)
			if !ok {
				cut(w, resetting)
				return
			}
			if hooks.CloseRoom != nil {
				hooks.CloseRoom(r, body)
				r.Body = io.NopCloser(bytes.NewReader(body))
			}
			next.ServeHTTP(w, r)
		}
	})
}

// pause says whether the time went by with the client waiting. It ends early when the injector is closed.
func (i *Injector) pause(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
	case <-i.done:
	}
	return false
}

// rewind reads the whole request, so that the client's leaving is noticed from now on, and lets it be read again. False when
// it cannot be read.
func rewind(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, false
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	return body, true
}

// How a connection ends: with a TCP reset, or with its last bytes delivered first.
const (
	resetting  = true
	delivering = false
)

// cut ends the client's connection without a further answer.
func cut(w http.ResponseWriter, abruptly bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	switch {
	case err != nil: // HTTP/2, or the writer of a fault around this one
		panic(http.ErrAbortHandler)
	case abruptly:
		reset(conn)
	default:
		_ = conn.Close()
	}
}

// capture keeps an answer from the client.
type capture struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newCapture() *capture { return &capture{header: http.Header{}} }

func (c *capture) Header() http.Header { return c.header }

func (c *capture) WriteHeader(status int) {
	if c.status == 0 && status >= http.StatusOK {
		c.status = status
	}
}

func (c *capture) Write(p []byte) (int, error) {
	c.WriteHeader(http.StatusOK)
	return c.body.Write(p)
}

// writeHalf announces the whole answer and stops in its middle. An answer without a body is lost.
func (c *capture) writeHalf(w http.ResponseWriter) {
	if c.body.Len() == 0 {
		cut(w, resetting)
		return
	}
	for name, values := range c.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Length", strconv.Itoa(c.body.Len()))
	w.WriteHeader(c.status)
	_, _ = w.Write(c.body.Bytes()[:c.body.Len()/2])
	_ = http.NewResponseController(w).Flush()
	cut(w, delivering)
}
