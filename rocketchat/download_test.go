package rocketchat

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const digitsFile = "0123456789"

// fileOf asks for the file f1 of ten bytes in the message m1 of room1.
func fileOf(r *FileRange) FileRequest {
	return FileRequest{
		RoomID: "room1", FileID: "f1", Range: r,
		Message: Message{ID: "m1", RoomID: "room1", Files: []File{{ID: "f1", Name: "a #1?.txt", ContentType: "text/plain", Size: 10}}},
	}
}

// taken is what became of a download.
type taken struct {
	name, kind string
	size       int64
	part       FileRange // -1 to -1 for the whole
	text, code string    // code: of the failure, or its kind
}

func take(t testing.TB, d *Download, err error) taken {
	t.Helper()
	got := taken{part: FileRange{-1, -1}}
	if err == nil {
		got.name, got.kind, got.size = d.Name, d.ContentType, d.Size
		if d.Range != nil {
			got.part = *d.Range
		}
		var all []byte
		all, err = io.ReadAll(d.Body)
		got.text = string(all)
		if closed := d.Body.Close(); closed != nil {
			t.Error(closed)
		}
	}
	if err == nil {
		return got
	}
	var e *Error
	if !errors.As(err, &e) || strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), testToken.Reveal()) {
		t.Errorf("%v", err)
		return got
	}
	got.code = e.Code
	if e.Kind == KindUnavailable {
		got.code = "unavailable"
	}
	return got
}

// sends answers with a file as Rocket.Chat does.
func sends(status int, text string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/x-of-the-server")
		w.Header().Set("Content-Disposition", "attachment; filename*=UTF-8''a.txt")
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

func zipped(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.String()
}

func TestWhatAnAnswerToADownloadMeans(t *testing.T) {
	const name, kind = "a #1?.txt", "text/plain"
	whole := taken{name, kind, 10, FileRange{-1, -1}, digitsFile, ""}
	failed := func(code string) taken { return taken{part: FileRange{-1, -1}, code: code} }
	short := func(text string) taken { return taken{name, kind, 10, FileRange{-1, -1}, text, "unavailable"} }
	two, one := &FileRange{2, 4}, &FileRange{3, 3}
	for label, tt := range map[string]struct {
		wish    *FileRange
		handler http.HandlerFunc
		want    taken
	}{
		"the file":                                 {nil, sends(200, digitsFile), whole},
		"the file without a length":                {nil, flushed(sends(200, digitsFile)), whole},
		"the file, compressed by somebody":         {nil, sends(200, zipped(digitsFile), "Content-Encoding: gzip"), whole},
		"a file larger than its message says":      {nil, sends(200, digitsFile+"ab"), taken{name, kind, 12, FileRange{-1, -1}, digitsFile + "ab", ""}},
		"the part":                                 {two, sends(206, "234", "Content-Range: bytes 2-4/10"), taken{name, kind, 10, *two, "234", ""}},
		"the part without a length":                {two, flushed(sends(206, "234", "Content-Range: bytes 2-4/10")), taken{name, kind, 10, *two, "234", ""}},
		"the part of a file of another size":       {two, sends(206, "234", "Content-Range: bytes 2-4/20"), taken{name, kind, 20, *two, "234", ""}},
		"a byte with its neighbour":                {one, sends(206, "34", "Content-Range: bytes 3-4/10"), taken{name, kind, 10, *one, "3", ""}},
		"the last byte with its neighbour":         {&FileRange{9, -1}, sends(206, "89", "Content-Range: bytes 8-9/10"), taken{name, kind, 10, FileRange{9, 9}, "9", ""}},
		"the whole instead of the part, 3.4":       {two, sends(200, digitsFile), whole},
		"another part":                             {two, sends(206, "345", "Content-Range: bytes 3-5/10"), failed("unavailable")},
		"a part of nobody knows what":              {two, sends(206, "234"), failed("unavailable")},
		"a part that is not as long as it says":    {two, sends(206, "23", "Content-Range: bytes 2-4/10"), failed("unavailable")},
		"a part that nobody asked for":             {nil, sends(206, "234", "Content-Range: bytes 2-4/10"), failed("unavailable")},
		"no such part":                             {two, sends(416, "", "Content-Range: bytes */2"), failed(CodeRangeNotSatisfiable)},
		"no such part, of an unknown size":         {two, sends(416, ""), failed(CodeRangeNotSatisfiable)},
		"a part behind the end, not asked for":     {&FileRange{10, -1}, func(http.ResponseWriter, *http.Request) { panic("asked") }, failed(CodeRangeNotSatisfiable)},
		"an unknown file":                          {nil, sends(404, ""), failed(CodeFileNotFound)},
		"a limit":                                  {nil, sends(429, ""), failed(CodeTooManyRequests)},
		"a failure":                                {nil, sends(500, ""), failed("unavailable")},
		"a proxy's failure":                        {nil, says(502, "text/html", "<html>"), failed("unavailable")},
		"a proxy's page with status 200":           {nil, says(200, "text/html; charset=utf-8", "<html>"), failed("unavailable")},
		"an answer without content":                {nil, sends(204, ""), failed("unavailable")},
		"nothing but a cut":                        {nil, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, failed("unavailable")},
		"a file that is cut":                       {nil, sends(200, "0123", "Content-Length: 10"), short("0123")},
		"a file without a length that is cut":      {nil, flushed(aborts(sends(200, "0123"))), short("0123")},
		"a file without a length that ends early":  {nil, flushed(sends(200, "0123")), short("0123")},
		"a file without a length that is too long": {nil, flushed(sends(200, digitsFile+"ab")), short("")},
		"a compressed file that ends early":        {nil, sends(200, zipped(digitsFile)[:20], "Content-Encoding: gzip"), short("")},
		"a file compressed in another way":         {nil, sends(200, digitsFile, "Content-Encoding: br"), failed("unavailable")},
		"a compressed file that is not one":        {nil, sends(200, digitsFile, "Content-Encoding: gzip"), failed("unavailable")},
	} {
		t.Run(label, func(t *testing.T) {
			c := newTestClient(t, tt.handler)
			d, err := c.Download(t.Context(), testToken, fileOf(tt.wish))
			got := take(t, d, err)
			if strings.Contains(label, "compressed file that ends early") {
				got.text = "" // as much as could be read
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(taken{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// flushed takes an answer's length from it.
func flushed(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { h(flusher{w}, r) }
}

type flusher struct{ http.ResponseWriter }

func (f flusher) WriteHeader(status int) {
	f.ResponseWriter.WriteHeader(status)
	_ = http.NewResponseController(f.ResponseWriter).Flush()
}

func (f flusher) Unwrap() http.ResponseWriter { return f.ResponseWriter }

// aborts cuts an answer where it should have ended.
func aborts(h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		h(w, r)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}

func TestADownloadAsksWithTheGrantAndNothingElse(t *testing.T) {
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		sends(206, "234", "Content-Range: bytes 2-4/10")(w, r)
	}))
	t.Cleanup(server.Close)
	c := newClientOf(t, server.URL+"/chat", Options{})
	ctx := WithClientAddress(t.Context(), netip.MustParseAddr("203.0.113.7"))
	d, err := c.Download(ctx, testToken, fileOf(&FileRange{2, 4}))
	if text := take(t, d, err).text; text != "234" {
		t.Errorf("%q, %v", text, err)
	}
	if want := "/chat/file-upload/f1/a%20%231%3F.txt?rc_rid=room1&rc_room_type=l&rc_token=" + testToken.Reveal(); got.RequestURI != want {
		t.Errorf("asked for %s", got.RequestURI)
	}
	want := http.Header{
		"Accept-Encoding": {"identity"}, "User-Agent": {userAgent}, "Range": {"bytes=2-4"},
		"X-Real-Ip": {"203.0.113.7"}, "X-Forwarded-For": {"203.0.113.7"},
	}
	if diff := cmp.Diff(want, got.Header); diff != "" {
		t.Error(diff)
	}
}

func TestAFileOfAnotherMessageIsNotAskedFor(t *testing.T) {
	c := newTestClient(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("asked") }))
	foreign, elsewhere := fileOf(nil), fileOf(nil)
	foreign.FileID, elsewhere.Message.RoomID = "f2", "room2"
	for _, q := range []FileRequest{foreign, elsewhere} {
		if _, err := c.Download(t.Context(), testToken, q); code(err) != CodeFileNotFound {
			t.Errorf("%v", err)
		}
	}
}

func TestAFileWhoseSizeIsNotKnownComesWhole(t *testing.T) {
	c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked := r.Header.Get("Range"); asked != "" {
			t.Errorf("asked for %s", asked)
		}
		sends(200, digitsFile)(w, r)
	}))
	q := fileOf(&FileRange{2, 4})
	q.Message.Files[0].Size = 0
	d, err := c.Download(t.Context(), testToken, q)
	if got := take(t, d, err); got.text != digitsFile || got.part != (FileRange{-1, -1}) || got.size != 10 {
		t.Errorf("%+v", got)
	}
}

func TestAPartIsAskedForAgainWhenTheFileIsOfAnotherSize(t *testing.T) {
	var asked []string
	c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Header.Get("Range"))
		if len(asked) == 1 {
			sends(416, "", "Content-Range: bytes */7")(w, r)
			return
		}
		sends(206, "23456", "Content-Range: bytes 2-6/7")(w, r)
	}))
	d, err := c.Download(t.Context(), testToken, fileOf(&FileRange{2, -1}))
	if got := take(t, d, err); got.text != "23456" || got.size != 7 || got.part != (FileRange{2, 6}) {
		t.Errorf("%+v", got)
	}
	if want := []string{"bytes=2-9", "bytes=2-6"}; !slices.Equal(asked, want) {
		t.Errorf("asked for %q", asked)
	}
}

// closedRoom answers as a server below 6.9 whose room1 is closed: a file is given to one of the grants.
type closedRoom struct {
	t     *testing.T
	opens string // "link", "room2", or nothing
	link  string // publicFilePath
	open  string // the visitor's open room
	asked []string
}

func (s *closedRoom) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case strings.HasPrefix(r.URL.Path, routeMessage.path+"/m1"):
		s.asked = append(s.asked, "message")
		answerJSON(w, http.StatusOK, fmt.Sprintf(`{"message":{"_id":"m1","rid":"room1","fileUpload":{"publicFilePath":%q}},"success":true}`, s.link))
	case r.URL.Path == routeConfig.path:
		s.asked = append(s.asked, "config")
		room := ""
		if s.open != "" {
			room = fmt.Sprintf(`,"room":{"_id":%q,"open":true}`, s.open)
		}
		answerJSON(w, http.StatusOK, `{"config":{"enabled":true,"guest":{"_id":"v1","token":"t"}`+room+`},"success":true}`)
	case strings.HasPrefix(r.URL.Path, "/file-upload/f1/"):
		by := query.Get("rc_rid")
		if query.Get("token") != "" {
			by = "link"
			if query.Get("token") != "signed" || query.Has("rc_token") {
				s.t.Errorf("%v", query)
			}
		}
		s.asked = append(s.asked, by)
		if by != s.opens {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		sends(200, digitsFile)(w, r)
	default:
		s.t.Errorf("asked for %s", r.URL.Path)
	}
}

func TestAFileOfAClosedRoom(t *testing.T) {
	const link = "https://chat.example.org/prefix/file-upload/f1/a.txt?token=signed"
	for name, tt := range map[string]struct {
		server closedRoom
		text   string
		asked  string
	}{
		"is given by its link, from where we ask for everything": {closedRoom{opens: "link", link: link, open: "room2"}, digitsFile, "room1 message link"},
		"is given by the right to a new room":                    {closedRoom{opens: "room2", link: link, open: "room2"}, digitsFile, "room1 message link config room2"},
		"is locked without a new room":                           {closedRoom{link: link}, "", "room1 message link config"},
		"is locked for a room of the same id":                    {closedRoom{open: "room1"}, "", "room1 message config"},
		"has no link for another file": {closedRoom{opens: "link", link: strings.Replace(link, "f1", "f2", 1)},
			"", "room1 message config"},
		"has no link without a token": {closedRoom{opens: "link", link: "https://chat.example.org/file-upload/f1/a.txt"}, "", "room1 message config"},
		"has no link that is none":    {closedRoom{opens: "link", link: ":// none"}, "", "room1 message config"},
	} {
		t.Run(name, func(t *testing.T) {
			s := tt.server
			s.t = t
			c := newTestClient(t, &s)
			d, err := c.Download(t.Context(), testToken, fileOf(nil))
			got := take(t, d, err)
			if got.text != tt.text || (got.code == CodeFileLocked) != (tt.text == "") {
				t.Errorf("%+v", got)
			}
			if asked := strings.Join(s.asked, " "); asked != tt.asked {
				t.Errorf("asked: %s", asked)
			}
		})
	}
}
