package rocketchat

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	neturl "net/url"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

const testToken = Secret("tok-of-this-test")

// cut drops the connection after the whole request was read.
func cut(w http.ResponseWriter, r *http.Request) {
	_, _ = io.ReadAll(r.Body)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

// says answers every call with the same status, content type and body.
func says(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestAnAnswerThatCannotBeUsed(t *testing.T) {
	const json, html = "application/json", "text/html; charset=utf-8"
	tests := []struct {
		name      string
		handler   http.HandlerFunc
		kind      Kind
		ambiguous bool // for a write
		cause     string
	}{
		{"a proxy's page for a broken server", says(502, html, "<html>private-body</html>"), KindUnavailable, true, "answer is text/html"},
		{"a page with status 200", says(200, html, "<html>private-body</html>"), KindUnavailable, true, "answer is text/html"},
		{"a page for a request that was too large", says(413, html, "<html>private-body</html>"), KindUnavailable, false, "answer is text/html"},
		{"JSON that ends early", says(200, json, `{"success":true,"message":{"_id":"private-body`), KindUnavailable, true, "answer ends early"},
		{"an empty answer", says(200, json, ""), KindUnavailable, true, "answer is empty"},
		{"JSON without its content type", says(200, "text/plain", `{"success":true}`), KindUnavailable, true, "answer is text/plain"},
		{"no content type", says(200, "", `{"success":true}`), KindUnavailable, true, "answer has no content type"},
		{"JSON that is not an object", says(200, json, `["private-body"]`), KindUnavailable, true, "answer is not Rocket.Chat's"},
		{"JSON of someone else", says(200, json, `{"private-body":1}`), KindUnavailable, true, "answer is not Rocket.Chat's"},
		{"a refusal of someone else", says(400, json, `{"private-body":1}`), KindUnavailable, false, "answer is not Rocket.Chat's"},
		{"a success without its content", says(200, json, `{"success":true,"message":7}`), KindUnavailable, true, ""},
		{"a failure of the server in JSON", says(500, json, `{"success":false,"error":"private-body"}`), KindUnavailable, true, ""},
		{"a proxy's limit", says(429, html, "<html>private-body</html>"), KindLimited, false, "answer is text/html"},
		{"a route that is not there, as JSON", says(405, json, `{"status":"error","message":"API endpoint does not exist"}`), KindUnsupported, false, ""},
		{"a route that is not there, as a page", says(404, html, "<html>private-body</html>"), KindUnsupported, false, "answer is text/html"},
		{"an answer of more than 16 MiB", tooMuch, KindUnavailable, true, "answer is too large"},
		{"a connection that is cut after the request", cut, KindUnavailable, true, "connection closed before the answer was complete"},
		{"an answer that is cut", cutShort, KindUnavailable, true, "connection closed before the answer was complete"},
		{"a redirect to another host", http.RedirectHandler("http://localhost.invalid/private-body", http.StatusTemporaryRedirect).ServeHTTP,
			KindUnavailable, false, "redirected away from the site"},
		{"a redirect that changes the method", sameHost(302), KindUnavailable, false, "redirected away from the site"},
		{"redirects without end", sameHost(307), KindUnavailable, false, "redirected away from the site"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(tt.handler)
			t.Cleanup(server.Close)
			var log bytes.Buffer
			c := newClientOf(t, server.URL, Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})

			_, err := c.SendMessage(t.Context(), testToken, NewMessage{RoomID: "room-of-this-test", ID: "id-of-this-test"})
			e := checkFailing(t, server.URL, err, tt.kind, tt.ambiguous)
			if tt.cause != "" && (errors.Unwrap(e) == nil || errors.Unwrap(e).Error() != tt.cause) {
				t.Errorf("cause is %v, want %s", errors.Unwrap(e), tt.cause)
			}
			_, err = c.Message(t.Context(), testToken, "room-of-this-test", "id-of-this-test")
			if tt.name != "a redirect that changes the method" { // of a GET it does not
				checkFailing(t, server.URL, err, tt.kind, false)
			}
			checkSilent(t, server.URL, log.String())
		})
	}
}

func tooMuch(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range maxAnswer>>20 + 1 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

func cutShort(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"success":true`)
	_ = http.NewResponseController(w).Flush()
	panic(http.ErrAbortHandler)
}

func sameHost(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), status) }
}

// checkFailing checks an error's class, and that no way of printing it shows what only the request or the answer should hold.
func checkFailing(t *testing.T, site string, err error, kind Kind, ambiguous bool) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is not an *Error", err)
	}
	if e.Kind != kind || e.Ambiguous != ambiguous {
		t.Errorf("%v: kind %d, ambiguous %v, want %d, %v", err, e.Kind, e.Ambiguous, kind, ambiguous)
	}
	checkSilent(t, site, err.Error()+fmt.Sprintf("%+v %#v", err, err))
	for cause := error(e); cause != nil; cause = errors.Unwrap(cause) {
		checkSilent(t, site, fmt.Sprintf("%+v %#v", cause, cause))
	}
	return e
}

func checkSilent(t *testing.T, site, text string) {
	t.Helper()
	host := strings.TrimPrefix(strings.TrimPrefix(site, "https://"), "http://")
	name, _, _ := net.SplitHostPort(host)
	for _, secret := range []string{string(testToken), "room-of-this-test", "id-of-this-test", "/api/", "livechat", host, name,
		"://", "private-body<", "<html", "localhost.invalid"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q shows %q", text, secret)
		}
	}
}

func TestARequestThatGetsNoAnswer(t *testing.T) {
	send := func(ctx context.Context, c *Client) error {
		_, err := c.SendMessage(ctx, testToken, NewMessage{RoomID: "room-of-this-test"})
		return err
	}
	hang := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(hang) })

	t.Run("a hang ends with the client's deadline and is ambiguous", func(t *testing.T) {
		err := send(t.Context(), newClientOf(t, server.URL, Options{Timeout: 30 * time.Millisecond}))
		checkFailing(t, server.URL, err, KindUnavailable, true)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v is no exceeded deadline", err)
		}
	})
	t.Run("a caller who gives up gets his own reason", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := send(ctx, newClientOf(t, server.URL, Options{}))
		checkFailing(t, server.URL, err, KindUnavailable, false)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v is no cancellation", err)
		}
	})
	t.Run("a closed client fails at once", func(t *testing.T) {
		c := newClientOf(t, server.URL, Options{})
		c.rest.close()
		checkFailing(t, server.URL, send(t.Context(), c), KindUnavailable, false)
	})
	t.Run("a refused connection is not ambiguous", func(t *testing.T) {
		gone := httptest.NewServer(http.NotFoundHandler())
		gone.Close()
		err := send(t.Context(), newClientOf(t, gone.URL, Options{}))
		checkFailing(t, gone.URL, err, KindUnavailable, false)
	})
	t.Run("a certificate that is not trusted is not ambiguous", func(t *testing.T) {
		secure := httptest.NewUnstartedServer(http.NotFoundHandler())
		secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
		secure.StartTLS()
		t.Cleanup(secure.Close)
		err := send(t.Context(), newClientOf(t, secure.URL, Options{}))
		e := checkFailing(t, secure.URL, err, KindUnavailable, false)
		if !errors.Is(e, errCertificate) {
			t.Errorf("%v", e)
		}
	})
}

func TestWhatIsSentAgain(t *testing.T) {
	var calls atomic.Int32
	healthy := atomic.Bool{}
	c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == routeInfo.path:
			answerJSON(w, http.StatusOK, `{"version":"6.5","success":true}`)
		case calls.Add(1) == 2 && healthy.Load():
			answerJSON(w, http.StatusOK, `{"config":{"enabled":true},"success":true}`)
		default:
			cut(w, r)
		}
	}))
	tests := []struct {
		name    string
		healthy bool
		call    func() error
		calls   int32
		fails   bool
	}{
		{"a read is repeated once", true, func() error { _, err := c.Config(t.Context(), "", ""); return err }, 2, false},
		{"and only once", false, func() error { _, err := c.Config(t.Context(), "", ""); return err }, 2, true},
		{"a write is not", false, func() error { return c.CloseRoom(t.Context(), testToken, "r") }, 1, true},
		{"neither is the GET that makes a room", false,
			func() error { _, _, err := c.OpenRoom(t.Context(), testToken, OpenRoom{}); return err }, 1, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// A connection that was used before is the one on which the transport would send a GET again by itself.
			if _, err := c.RefreshServerVersion(t.Context()); err != nil {
				t.Fatal(err)
			}
			calls.Store(0)
			healthy.Store(tt.healthy)
			err := tt.call()
			if (err != nil) != tt.fails || calls.Load() < tt.calls {
				t.Errorf("%d calls, %v", calls.Load(), err)
			}
			// The transport may add one to a read whose pooled connection broke; to a write nobody may.
			if e := (*Error)(nil); errors.As(err, &e) && e.Ambiguous && calls.Load() != 1 {
				t.Errorf("a write was sent %d times", calls.Load())
			}
			if tt.calls == 1 && calls.Load() != 1 {
				t.Errorf("%d calls", calls.Load())
			}
		})
	}
}

func TestCausesNameNoHost(t *testing.T) {
	const url, host = "https://chat.example/api/v1/livechat/visitor/tok", "chat.example"
	for _, tt := range []struct{ err, want error }{
		{&net.DNSError{Err: "no such host", Name: host}, errLookup},
		{&net.OpError{Op: "dial", Addr: &net.UnixAddr{Name: host}, Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
			syscall.ECONNREFUSED},
		{&net.OpError{Op: "read", Addr: &net.UnixAddr{Name: host}, Err: os.ErrDeadlineExceeded}, errTimedOut},
		{x509.HostnameError{Host: host, Certificate: &x509.Certificate{}}, errCertificate},
		{fmt.Errorf("%s: %w", host, io.ErrUnexpectedEOF), errCut},
		{fmt.Errorf("malformed answer of %s", host), errConnection},
		{fmt.Errorf("%s: %w", host, context.Canceled), context.Canceled},
	} {
		if got := safeCause(&neturl.Error{Op: "Get", URL: url, Err: tt.err}); got != tt.want { //nolint:errorlint // the very value: one that wraps it could name the host
			t.Errorf("%v became %v", tt.err, got)
		}
	}
}
