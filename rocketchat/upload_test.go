package rocketchat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// stored is what the fake servers answer to an upload: 6.5.3 upload "ok text/plain with description", cut.
const stored = `{"_id":"m1","rid":"room1","msg":"","token":"t","file":{"_id":"f1","name":"note.txt","type":"text/plain"},` +
	`"attachments":[{"title":"note.txt","title_link":"/file-upload/f1/note.txt","type":"file","description":"my note"}],` +
	`"ts":"2026-11-21T01:34:12.974Z","u":{"_id":"v1","username":"guest-31"},"newRoom":false,"success":true}`

var note = NewFile{RoomID: "room1", Name: "note.txt", ContentType: "text/plain", Description: "my note", Size: 10}

// seenPart is a part of a form as a server sees it.
type seenPart struct{ disposition, kind, text string }

func TestAnUploadIsAFormInTheOrderThatServersRead(t *testing.T) {
	for name, tt := range map[string]struct {
		file  NewFile
		parts []seenPart
	}{
		"with all there is": {
			NewFile{RoomID: "room1", Name: `a "b" ü #1?.txt`, ContentType: "text/plain", Size: 10, Description: "my note", Text: "see\r\nfile"},
			[]seenPart{
				{`form-data; name="description"`, "", "my note"}, {`form-data; name="msg"`, "", "see\r\nfile"},
				{`form-data; name="file"; filename="a \"b\" ü #1?.txt"`, "text/plain", "hello file"},
			},
		},
		"with the least, of unknown size": {
			NewFile{RoomID: "room1", Name: "x"},
			[]seenPart{{`form-data; name="file"; filename="x"`, "application/octet-stream", "hello file"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []seenPart
			c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h := r.Header
				if r.Method != http.MethodPost || r.URL.Path != "/api/v1/livechat/upload/room1" || r.URL.RawQuery != "" ||
					h.Get("X-Visitor-Token") != testToken.Reveal() || h.Get("X-Real-IP") != "203.0.113.7" || h.Get("Cookie") != "" {
					t.Errorf("%s %s %v", r.Method, r.URL, h)
				}
				if known := r.ContentLength >= 0; known != (tt.file.Size > 0) {
					t.Errorf("a length of %d", r.ContentLength)
				}
				_, params, _ := mime.ParseMediaType(h.Get("Content-Type"))
				form := multipart.NewReader(r.Body, params["boundary"])
				for {
					part, err := form.NextRawPart()
					if err != nil {
						if !errors.Is(err, io.EOF) {
							t.Error(err)
						}
						break
					}
					text, _ := io.ReadAll(part)
					seen = append(seen, seenPart{part.Header.Get("Content-Disposition"), part.Header.Get("Content-Type"), string(text)})
				}
				answerJSON(w, http.StatusOK, stored)
			}))
			ctx := WithClientAddress(t.Context(), netip.MustParseAddr("203.0.113.7"))
			got, err := c.Upload(ctx, testToken, tt.file, strings.NewReader("hello file"))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.parts, seen, cmp.AllowUnexported(seenPart{})); diff != "" {
				t.Error(diff)
			}
			want := []File{{ID: "f1", Name: "note.txt", ContentType: "text/plain", Size: 10, Description: "my note"}}
			if diff := cmp.Diff(want, got.Files); diff != "" || got.ID != "m1" || got.Author.Kind != AuthorVisitor {
				t.Errorf("%+v %s", got, diff)
			}
		})
	}
}

// saved is a message with a file as 3.4.0's history has it.
func saved(id, token, name string, size int) string {
	return fmt.Sprintf(`{"_id":%q,"rid":"room1","msg":"","token":%q,"file":{"_id":"f-%s","name":%q,"type":"text/plain"},`+
		`"attachments":[{"title":%q,"type":"file","title_link":"/file-upload/f-%s/x","description":"my note"}],`+
		`"u":{"_id":"v1","username":"guest-1"},"ts":"2026-11-21T01:34:12.974Z","fileUpload":{"size":%d}}`, id, token, id, name, name, id, size)
}

func TestAnUploadThatTheServerDoesNotNameIsLookedFor(t *testing.T) {
	agents := strings.NewReplacer(`"token":"",`, "", `"v1"`, `"a1"`).Replace(saved("m9", "", "note.txt", 10))
	for name, tt := range map[string]struct {
		history []string
		want    string // empty: nobody knows
	}{
		"it is the newest":                 {[]string{saved("m2", "t", "note.txt", 10), saved("m1", "t", "old.txt", 10)}, "m2"},
		"of two equal ones the newer":      {[]string{saved("m2", "t", "note.txt", 10), saved("m1", "t", "note.txt", 10)}, "m2"},
		"not one of another size":          {[]string{saved("m2", "t", "note.txt", 11), saved("m1", "t", "note.txt", 10)}, "m1"},
		"not one of another name":          {[]string{saved("m2", "t", "other.txt", 10), saved("m1", "t", "note.txt", 10)}, "m1"},
		"not the agent's, equal though":    {[]string{agents, saved("m1", "t", "note.txt", 10)}, "m1"},
		"it was deleted at once":           {[]string{saved("m1", "t", "old.txt", 10)}, ""},
		"the history tells nothing at all": {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, c := newCanned(t, map[string]string{
				routeUpload.path + "/room1": `{"success":true}`,
				history("room1"):            `{"messages":[` + strings.Join(tt.history, ",") + `],"success":true}`,
			})
			got, err := c.Upload(t.Context(), testToken, note, strings.NewReader("hello file"))
			var e *Error
			if tt.want == "" && (!errors.As(err, &e) || e.Kind != KindUnavailable || !e.Ambiguous) || tt.want != "" && err != nil || got.ID != tt.want {
				t.Errorf("%+v, %v", got, err)
			}
			if s.calls[routeUpload.path+"/room1"] != 1 {
				t.Errorf("sent %d times", s.calls[routeUpload.path+"/room1"])
			}
		})
	}
}

func TestWhyAnUploadIsRefused(t *testing.T) {
	const (
		unauthorized = `{"success":false,"error":"unauthorized"}`
		mine         = `{"config":{"enabled":true,"guest":{"_id":"v1","token":"t"},"room":{"_id":"room1","open":true}},"success":true}`
		nothingOpen  = `{"config":{"enabled":true,"guest":{"_id":"v1","token":"t"}},"success":true}`
		nobody       = `{"config":{"enabled":true},"success":true}`
	)
	for name, tt := range map[string]struct {
		status          int
		body            string
		config, history string // what is asked then
		code            string
	}{
		"a room that is unknown or another's": {403, unauthorized, nothingOpen, `{"success":false,"error":"invalid-room"}`, CodeInvalidRoom},
		"a closed room":                       {403, unauthorized, nothingOpen, `{"messages":[],"success":true}`, CodeRoomClosed},
		"a closed room, 8.0":                  {403, `{"success":false,"error":"forbidden"}`, nothingOpen, `{"messages":[],"success":true}`, CodeRoomClosed},
		"an unknown visitor":                  {403, unauthorized, nobody, `{"success":false,"error":"invalid-token"}`, CodeInvalidToken},
		"none of these":                       {403, unauthorized, mine, "", CodeUploadUnauthorized},
		"uploads are off":                     {400, `{"reason":"error-file-upload-disabled","success":false}`, "", "", CodeUploadDisabled},
		"a type":                              {400, `{"reason":"error-type-not-allowed","success":false}`, "", "", CodeFileTypeNotAllowed},
		"a size, 3.4":                         {400, `{"reason":"error-size-not-allowed","sizeAllowed":"100 B","success":false}`, "", "", CodeFileTooLarge},
		"a size, 6.5":                         {400, `{"success":false,"error":"[error-file-too-large]","errorType":"error-file-too-large"}`, "", "", CodeFileTooLarge},
		"a size, of a proxy":                  {413, "<html>", "", "", CodeFileTooLarge},
		"an empty file": {400, `{"success":false,"error":"File size (size = 0) is too small (min = 1) [file-too-small]","errorType":"file-too-small"}`,
			"", "", CodeFileEmpty},
		"a text that is too long": {400, `{"success":false,"error":"[message-length-exceeds-character-limit]","errorType":"message-length-exceeds-character-limit"}`,
			"", "", CodeMessageTooLong},
		"an app": {400, `{"success":false,"error":"no [error-app-prevented]","errorType":"error-app-prevented"}`, "", "", "error-app-prevented"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				switch {
				case r.URL.Path == routeConfig.path:
					answerJSON(w, http.StatusOK, tt.config)
				case strings.HasPrefix(r.URL.Path, routeHistory.path):
					answerJSON(w, http.StatusOK, tt.history)
				case strings.HasPrefix(tt.body, "<"):
					says(tt.status, "text/html", tt.body)(w, r)
				default:
					answerJSON(w, tt.status, tt.body)
				}
			}))
			_, err := c.Upload(t.Context(), testToken, note, strings.NewReader("hello file"))
			var e *Error
			if !errors.As(err, &e) || e.Kind != KindRefused || e.Code != tt.code || e.Ambiguous || e.HTTPStatus != tt.status {
				t.Errorf("%+v", e)
			}
		})
	}
}

// failing is a content that breaks.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

var errTorn = errors.New("the caller went away")

type overKey struct{}

func TestAnUploadThatFailsTellsWhetherItMayBeStored(t *testing.T) {
	whole := func(then http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			then(w, r)
		}
	}
	waits := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Value(overKey{}).(chan struct{}) }
	long := func() io.Reader { return io.LimitReader(endless{}, 64<<20) }
	for name, tt := range map[string]struct {
		handler   http.HandlerFunc
		content   io.Reader
		size      int64
		ambiguous bool
		status    int
		cause     error // nil: any
	}{
		"the answer is cut":                          {handler: cut, ambiguous: true},
		"the answer is cut short":                    {handler: whole(cutShort), ambiguous: true},
		"no answer comes":                            {handler: whole(waits), ambiguous: true, cause: errTimedOut},
		"a proxy's page":                             {handler: whole(says(502, "text/html", "<html>")), ambiguous: true, status: 502},
		"a page with status 200":                     {handler: whole(says(200, "text/html", "<html>")), ambiguous: true, status: 200},
		"a failure of the server":                    {handler: whole(says(500, "application/json", `{"success":false}`)), ambiguous: true, status: 500},
		"a redirect":                                 {handler: whole(http.RedirectHandler("/elsewhere", http.StatusFound).ServeHTTP)},
		"a proxy's page before all was sent":         {handler: says(502, "text/html", "<html>"), content: long(), size: 64 << 20},
		"a connection that breaks before":            {handler: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, content: long(), size: 64 << 20},
		"a server that stops reading, of known size": {handler: waits, content: long(), size: 64 << 20, cause: errTimedOut},
		"a server that stops reading":                {handler: waits, content: endless{}, cause: errTimedOut},
	} {
		t.Run(name, func(t *testing.T) {
			over := make(chan struct{}) // until then a handler may wait: it does not notice that a client who still had to send has left
			server := httptest.NewUnstartedServer(tt.handler)
			server.Config.BaseContext = func(net.Listener) context.Context { return context.WithValue(context.Background(), overKey{}, over) }
			server.Start()
			t.Cleanup(server.Close)
			t.Cleanup(func() { close(over) })
			c := newClientOf(t, server.URL, Options{Timeout: 300 * time.Millisecond})
			file, content := note, tt.content
			if content == nil {
				content = strings.NewReader("hello file")
			} else {
				file.Size = tt.size
			}
			_, err := c.Upload(t.Context(), testToken, file, content)
			var e *Error
			if !errors.As(err, &e) || e.Kind != KindUnavailable || e.Ambiguous != tt.ambiguous || tt.status != 0 && e.HTTPStatus != tt.status {
				t.Fatalf("%+v", e)
			}
			if tt.cause != nil && !errors.Is(err, tt.cause) || strings.Contains(err.Error(), "127.0.0.1") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestAContentThatIsNotWholeIsNeverStored(t *testing.T) {
	for name, tt := range map[string]struct {
		size    int64
		content io.Reader
		code    string
		want    error
	}{
		"it breaks":                            {0, io.MultiReader(strings.NewReader("hello"), failing{errTorn}), "", errTorn},
		"it breaks, its size known":            {10, io.MultiReader(strings.NewReader("hello"), failing{errTorn}), "", errTorn},
		"it breaks where it should have ended": {10, io.MultiReader(strings.NewReader("hello file"), failing{errTorn}), "", errTorn},
		"it is shorter than announced":         {11, strings.NewReader("hello file"), CodeInvalidParams, nil},
		"it is longer than announced":          {9, strings.NewReader("hello file"), CodeInvalidParams, nil},
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan error, 1)
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
				form := multipart.NewReader(r.Body, params["boundary"])
				var err error
				for err == nil {
					var part *multipart.Part
					if part, err = form.NextRawPart(); err == nil {
						_, err = io.Copy(io.Discard, part)
					}
				}
				ended <- err
			}))
			t.Cleanup(server.Close)
			file := note
			file.Size = tt.size
			_, err := newClientOf(t, server.URL, Options{}).Upload(t.Context(), testToken, file, tt.content)
			if code(err) != tt.code || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("%v", err)
			}
			server.Close() // after all that it was sent is handled
			close(ended)
			if err := <-ended; err == io.EOF { //nolint:errorlint // the end of a whole form; wrapped, it is that of a torn one
				t.Error("upstream got a form that was whole")
			}
		})
	}
}

func TestAFileIsNamedByNoHeaderOfItsOwn(t *testing.T) {
	c := newTestClient(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was sent") }))
	for _, f := range []NewFile{
		{RoomID: "room1", Name: "a\r\nX: y"}, {RoomID: "room1", Name: "a", ContentType: "text/plain\r\n\r\n"},
	} {
		_, err := c.Upload(t.Context(), testToken, f, strings.NewReader("x"))
		var e *Error
		if !errors.As(err, &e) || e.Code != CodeInvalidParams || e.Ambiguous {
			t.Errorf("%+v", err)
		}
	}
}
