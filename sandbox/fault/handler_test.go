package fault

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// store is a server that keeps what it is sent.
type store struct {
	mu   sync.Mutex
	kept []string
}

func (s *store) keep(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = append(s.kept, text)
}

func (s *store) texts() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.kept)
}

func (s *store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.keep(string(body))
	w.Header().Set("X-Stored", "yes")
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, "stored "+string(body))
}

// post sends a message and answers what a client sees of it. Of a broken answer the body is what arrived.
func post(server *httptest.Server, path, body string) (*http.Response, string, error) {
	resp, err := server.Client().Post(server.URL+path, "application/json", strings.NewReader(body))
	if err != nil {
		return nil, "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return resp, string(text), err
}

func isCut(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) }

func TestRequestsThatEndWithoutAnAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		kind   Kind
		stored []string
	}{
		"a request is lost before it is handled, nothing is stored": {Reset, nil},
		"an answer is lost after the write, the message is stored":  {Lost, []string{"hello"}},
	} {
		t.Run(name, func(t *testing.T) {
			var s store
			server := site(t, injector(t, Rule{Kind: c.kind, Times: 1}), &s, Hooks{})
			if _, _, err := post(server, "/message", "hello"); !isCut(err) {
				t.Fatalf("the client sees %v, not a connection that was cut", err)
			}
			if diff := cmp.Diff(c.stored, s.texts()); diff != "" {
				t.Error(diff)
			}
			resp, body, err := post(server, "/message", "again")
			if err != nil || resp.StatusCode != http.StatusCreated || body != "stored again" {
				t.Errorf("when the rule is spent, the client sees %q, %v", body, err)
			}
		})
	}
}

func TestATruncatedAnswer(t *testing.T) {
	t.Run("announces all and sends half", func(t *testing.T) {
		var s store
		server := site(t, injector(t, Rule{Kind: Truncate}), &s, Hooks{})
		resp, body, err := post(server, "/message", "12345")
		if !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatalf("the client sees %v", err)
		}
		if resp.StatusCode != http.StatusCreated || resp.ContentLength != 12 || resp.Header.Get("X-Stored") != "yes" {
			t.Errorf("status %d, length %d, headers %v", resp.StatusCode, resp.ContentLength, resp.Header)
		}
		if body != "stored" || len(s.texts()) != 1 {
			t.Errorf("half the answer is %q, %d stored", body, len(s.texts()))
		}
	})
	t.Run("is lost when it has no body", func(t *testing.T) {
		empty := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
		server := site(t, injector(t, Rule{Kind: Truncate}), empty, Hooks{})
		if _, _, err := post(server, "/", ""); !isCut(err) {
			t.Errorf("the client sees %v", err)
		}
	})
}

func TestAnswersInThePlaceOfTheServer(t *testing.T) {
	const tooMany = `{"success":false,"error":"Error, too many requests. Please slow down. You must wait 20 seconds before trying ` +
		`this endpoint again. [error-too-many-requests]"}`
	for name, c := range map[string]struct {
		rule   Rule
		status int
		kind   string
		body   string // how it begins
	}{
		"a crash is a text":                              {Rule{Kind: Status, Status: 500}, 500, "text/html", "Server error."},
		"a proxy without its upstream answers a page":    {Rule{Kind: Status, Status: 502}, 502, "text/html", "<html>\r\n<head><title>502 Bad Gateway</title>"},
		"a proxy before a busy upstream answers a page":  {Rule{Kind: Status, Status: 503}, 503, "text/html", "<html>\r\n<head><title>503 Service Temporarily Unavailable</title>"},
		"a proxy that waited in vain answers a page":     {Rule{Kind: Status, Status: 504}, 504, "text/html", "<html>\r\n<head><title>504 Gateway Time-out</title>"},
		"a status that nobody knows is a page":           {Rule{Kind: Status, Status: 599}, 599, "text/html", "<html>\r\n<head><title>599</title>"},
		"a client's error is Rocket.Chat's JSON":         {Rule{Kind: Status, Status: 403}, 403, "application/json", `{"success":false,"error":"Forbidden"}`},
		"too many requests are told as Rocket.Chat does": {Rule{Kind: Status, Status: 429}, 429, "application/json", tooMany},
		"a 200 is a web page":                            {Rule{Kind: HTML}, 200, "text/html", "<!DOCTYPE html>\n<html>\n<head>\n<title>Rocket.Chat</title>"},
		"a web page may be given":                        {Rule{Kind: HTML, Body: "<p>log in"}, 200, "text/html", "<p>log in"},
		"a body may be given":                            {Rule{Kind: Status, Status: 400, Body: `{"error":"x"}`}, 400, "application/json", `{"error":"x"}`},
	} {
		t.Run(name, func(t *testing.T) {
			var s store
			server := site(t, injector(t, c.rule), &s, Hooks{})
			resp, body, err := post(server, "/message", "hello")
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != c.status || resp.Header.Get("Content-Type") != c.kind || !strings.HasPrefix(body, c.body) {
				t.Errorf("the client sees %d, %s, %q", resp.StatusCode, resp.Header.Get("Content-Type"), body)
			}
			if len(s.texts()) != 0 {
				t.Error("the server handled the request")
			}
		})
	}
}

func TestLimitHeaders(t *testing.T) {
	at := time.UnixMilli(1_795_226_000_000)
	ask := func(t *testing.T, rule Rule) (http.Header, string) {
		i := New(1, func() time.Time { return at })
		add(t, i, rule)
		if err := i.Clock().Set(Setting{Skew: -time.Minute}); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		i.Handler(http.NotFoundHandler(), Hooks{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/x", nil))
		return w.Header(), w.Body.String()
	}
	t.Run("a 429 says when to come back, by the server's own clock", func(t *testing.T) {
		header, body := ask(t, Rule{Kind: Status, Status: 429, Wait: 1500 * time.Millisecond})
		got := []string{header.Get("X-RateLimit-Limit"), header.Get("X-RateLimit-Remaining"), header.Get("X-RateLimit-Reset")}
		if diff := cmp.Diff([]string{"10", "0", "1795225941500"}, got); diff != "" {
			t.Error(diff)
		}
		if !strings.Contains(body, "You must wait 2 seconds") {
			t.Error(body)
		}
	})
	t.Run("a 429 may say nothing", func(t *testing.T) {
		header, _ := ask(t, Rule{Kind: Status, Status: 429, NoLimitHeaders: true})
		for name := range header {
			if strings.HasPrefix(name, "X-Ratelimit") {
				t.Error(name)
			}
		}
	})
}

func TestHang(t *testing.T) {
	arrived := func(i *Injector, s *store) (*httptest.Server, <-chan struct{}) {
		in := make(chan struct{})
		outer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			close(in)
			i.Handler(s, Hooks{}).ServeHTTP(w, r)
		})
		return httptest.NewServer(outer), in
	}
	t.Run("a request that hangs ends when its client leaves", func(t *testing.T) {
		var s store
		server, in := arrived(injector(t, Rule{Kind: Hang}), &s)
		defer server.Close() // waits for the request
		ctx, leave := context.WithCancel(t.Context())
		go func() { <-in; leave() }()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := server.Client().Do(req); !errors.Is(err, context.Canceled) {
			t.Errorf("the client sees %v", err)
		}
		if len(s.texts()) != 0 {
			t.Error("the server handled the request")
		}
	})
	t.Run("a request that hangs ends when the injector is closed", func(t *testing.T) {
		var s store
		i := injector(t, Rule{Kind: Hang})
		server, in := arrived(i, &s)
		defer server.Close()
		go func() { <-in; i.Close() }()
		if _, _, err := post(server, "/", "hello"); !isCut(err) {
			t.Errorf("the client sees %v", err)
		}
	})
}

func TestCloseRace(t *testing.T) {
	var steps store
	hooks := Hooks{CloseRoom: func(r *http.Request, body []byte) {
		steps.keep("closed before " + r.URL.Path + " " + string(body))
		_, _ = io.Copy(io.Discard, r.Body) // a hook that reads takes nothing from the handler
	}}
	handler := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		steps.keep("handled " + string(body))
	})
	rule := Rule{Kind: CloseRace, Times: 1, Match: Match{Method: http.MethodPost, Path: "/message"}}
	server := site(t, injector(t, rule), handler, hooks)
	for _, text := range []string{"one", "two"} {
		if _, _, err := post(server, "/message", text); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"closed before /message one", "handled one", "handled two"}, steps.texts()); diff != "" {
		t.Error(diff)
	}
}

func TestFaultsTogether(t *testing.T) {
	t.Run("rules wrap each other in their order", func(t *testing.T) {
		var s store
		server := site(t, injector(t, Rule{Kind: Truncate}, Rule{Kind: Status, Status: 502}, Rule{Kind: Lost}), &s, Hooks{})
		resp, body, err := post(server, "/", "hello")
		if !errors.Is(err, io.ErrUnexpectedEOF) || resp.StatusCode != http.StatusBadGateway || !strings.Contains(body, "Bad Gateway") {
			t.Errorf("the client sees %q, %v", body, err)
		}
		if len(s.texts()) != 0 {
			t.Error("the server handled the request")
		}
	})
	t.Run("a cut within another fault cuts too", func(t *testing.T) {
		server := site(t, injector(t, Rule{Kind: Truncate}, Rule{Kind: Reset}), &store{}, Hooks{})
		if _, _, err := post(server, "/", "hello"); !isCut(err) {
			t.Errorf("the client sees %v", err)
		}
	})
	t.Run("a path is matched without its last slash, and with its encoding undone", func(t *testing.T) {
		i := injector(t, Rule{Kind: HTML, Match: Match{Path: "/a b"}}, Rule{ID: "root", Kind: HTML, Match: Match{Path: "/"}})
		server := site(t, i, &store{}, Hooks{})
		for _, path := range []string{"/a%20b/", "/"} {
			if resp, _, err := post(server, path, ""); err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("%s: %v", path, err)
			}
		}
	})
	t.Run("an upload that breaks off while it waits is not handled", func(t *testing.T) {
		for _, kind := range []Rule{{Kind: Delay, Delay: 1}, {Kind: CloseRace}} {
			var s store
			var asked store
			server := site(t, injector(t, kind), &s, Hooks{CloseRoom: func(*http.Request, []byte) { asked.keep("") }})
			conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
			if len(s.texts()) != 0 || len(asked.texts()) != 0 {
				t.Errorf("%s: it is handled", kind.Kind)
			}
		}
	})
	t.Run("without rules nothing is changed", func(t *testing.T) {
		server := site(t, injector(t), &store{}, Hooks{})
		if _, body, err := post(server, "/", "hello"); err != nil || body != "stored hello" {
			t.Errorf("the client sees %q, %v", body, err)
		}
	})
}
