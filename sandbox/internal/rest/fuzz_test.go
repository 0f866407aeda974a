package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rocketline/rocketline/sandbox/fault"
	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/ddp"
	"github.com/rocketline/rocketline/sandbox/internal/files"
	"github.com/rocketline/rocketline/sandbox/internal/limit"
	"github.com/rocketline/rocketline/sandbox/internal/specimen"
)

// bench is an API over the specimen workspace.
type bench struct {
	api       *API
	workspace *specimen.Workspace
	held      bool
}

func newBench(t *testing.T, p core.Profile) *bench {
	log := slog.New(slog.DiscardHandler)
	limits, store := limit.New(specimen.Now), files.New("")
	t.Cleanup(func() { _ = store.Close() })
	methods := ddp.New(ddp.Config{
		Limits: limits, Heartbeat: time.Hour, Log: log, Faults: fault.New(1, specimen.Now), Called: func(string, string, string, time.Duration) {},
	})
	w, err := specimen.New(p, methods.Publish, core.Hooks{
		TokensDied: methods.TokensDied, UserRemoved: methods.UserRemoved, Left: methods.Left, FilesGone: func(ids []string) { store.Delete(ids...) },
	})
	if err != nil {
		t.Fatal(err)
	}
	methods.Join(w.Core)
	b := &bench{workspace: w}
	b.api = New(Config{
		Core: w.Core, Limits: limits, Now: specimen.Now, URL: "http://127.0.0.1:3000", Log: log, Files: store, Methods: methods,
		Delay: func(*http.Request, time.Duration) {}, Hold: func(*http.Request) { b.held = true },
	})
	return b
}

// ask is a request of one of the people of the workspace; nil for one that no HTTP server lets in.
func (b *bench) ask(who specimen.Who, verb, target, header string, body []byte) *http.Request {
	u, err := url.ParseRequestURI(b.workspace.Name(target))
	if err != nil || !strings.HasPrefix(target, "/") || verb == "" || strings.Trim(verb, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return nil
	}
	content := b.workspace.Name(string(body))
	r, err := http.NewRequestWithContext(context.Background(), verb, "http://127.0.0.1:3000/", strings.NewReader(content))
	if err != nil {
		return nil
	}
	r.URL, r.RequestURI, r.RemoteAddr = u, u.RequestURI(), "127.0.0.1:40000"
	for line := range strings.SplitSeq(b.workspace.Name(header), "\n") {
		name, value, isHeader := strings.Cut(line, ": ")
		if !isHeader || strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }) {
			continue
		}
		r.Header.Set(textproto.CanonicalMIMEHeaderKey(name), value)
	}
	switch who {
	case specimen.Visitor:
		r.Header.Set("X-Visitor-Token", specimen.VisitorToken)
	case specimen.Agent:
		r.Header.Set("X-User-Id", specimen.AgentID)
		r.Header.Set("X-Auth-Token", specimen.AgentToken)
	case specimen.Admin:
		r.Header.Set("X-User-Id", specimen.AdminID)
		r.Header.Set("X-Auth-Token", specimen.AdminToken)
	}
	return r
}

// statuses are those that real servers, and the sandbox where it has to refuse, answer.
var statuses = map[int]bool{
	http.StatusOK: true, http.StatusPartialContent: true, http.StatusBadRequest: true, http.StatusUnauthorized: true, http.StatusForbidden: true,
	http.StatusNotFound: true, http.StatusMethodNotAllowed: true, http.StatusRequestedRangeNotSatisfiable: true,
	http.StatusTooManyRequests: true, http.StatusNotImplemented: true,
}

// answer serves a request and says what is wrong with what comes of it.
func (b *bench) answer(r *http.Request) error {
	w := httptest.NewRecorder()
	b.held = false
	aborted := b.serve(w, r)
	if !b.api.core.TryLock() {
		return errors.New("the workspace is locked")
	}
	b.api.core.Unlock()
	file := strings.HasPrefix(r.URL.Path, "/file-upload") || strings.HasPrefix(r.URL.Path, "/ufs")
	switch {
	case aborted && !b.held:
		return errors.New("the connection was cut")
	case aborted:
		return nil
	case !statuses[w.Code]:
		return fmt.Errorf("status %d", w.Code)
	case file || w.Header().Get("Content-Type") != "application/json":
		return nil
	case !json.Valid(w.Body.Bytes()) || !utf8.Valid(w.Body.Bytes()):
		return fmt.Errorf("no JSON: %q", w.Body)
	}
	return nil
}

// serve says whether the handler cut the connection, as it does with requests that real servers never answer.
func (b *bench) serve(w http.ResponseWriter, r *http.Request) (aborted bool) {
	defer func() {
		switch caught := recover(); caught {
		case nil:
		case http.ErrAbortHandler:
			aborted = true
		default:
			panic(caught)
		}
	}()
	b.api.ServeHTTP(w, r)
	return false
}

// afterwards is what an admin looks at once a request is over: whatever it changed must be fit to be shown. So must
// be what was asked for itself.
var afterwards = []string{
	"/api/v1/livechat/rooms?offset=1", "/api/v1/settings.public?offset=1", "/api/v1/livechat/config?token=$token",
	"/api/v1/livechat/messages.history/$room?token=$token", "/api/v1/livechat/department", "/api/v1/subscriptions.get", "/api/v1/rooms.get",
	"/api/v1/channels.history?roomId=GENERAL", "/api/v1/livechat/inquiries.list?offset=1", "/api/v1/livechat/users/agent", "/api/v1/me",
}

// Whatever is asked, in whoever's name, is answered in a way that HTTP clients understand, and leaves a workspace that can be looked at.
func FuzzAPI(f *testing.F) {
	seedAPI(f)
	f.Fuzz(func(t *testing.T, first byte, twist uint16, verb, target, header string, body []byte) {
		watchdog := time.AfterFunc(time.Minute, func() { panic("the request hangs") })
		defer watchdog.Stop()
		b := newBench(t, core.Profiles[first&3])
		if strings.Contains(target, "$file") {
			target = strings.ReplaceAll(target, "$file", b.upload(t))
		}
		r := b.ask(specimen.Who(first>>2&3), verb, target, header, []byte(specimen.Twist(string(body), twist)))
		if r == nil {
			return
		}
		if err := b.answer(r); err != nil {
			t.Fatalf("%s %s: %v", verb, target, err)
		}
		for _, look := range append([]string{target}, afterwards...) {
			if err := b.answer(b.ask(specimen.Admin, http.MethodGet, look, "", nil)); err != nil {
				t.Fatalf("%s after %s %s: %v", look, verb, target, err)
			}
		}
	})
}

// upload sends a visitor's file and answers its id.
func (b *bench) upload(t *testing.T) string {
	r := b.ask(specimen.Visitor, http.MethodPost, "/api/v1/livechat/upload/$room", "Content-Type: multipart/form-data; boundary=b",
		[]byte("--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n"+
			strings.Repeat("content ", 200)+"\r\n--b--\r\n"))
	w := httptest.NewRecorder()
	b.serve(w, r)
	var out struct {
		File struct {
			ID string `json:"_id"`
		} `json:"file"`
	}
	if err := json.Unmarshal(bytes.TrimSpace(w.Body.Bytes()), &out); err != nil {
		t.Fatal(err)
	}
	return out.File.ID
}
