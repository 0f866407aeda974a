package gateway_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

type uploads = grpc.ClientStreamingServer[livechatv1.UploadFileRequest, livechatv1.UploadFileResponse]

// taker is a service that takes uploads, and tells of each how it ended.
type taker struct {
	ended chan taken
}

// taken is an upload as the service saw it. Its err is nil only if the client said that it was whole.
type taken struct {
	header *livechatv1.UploadFileHeader
	bytes  []byte
	chunks int
	err    error
}

func newTaker() *taker { return &taker{ended: make(chan taken, 1)} }

func (k *taker) services() *services {
	return &services{upload: func(stream uploads) error {
		got := k.take(stream)
		k.ended <- got
		if got.err != nil {
			return got.err
		}
		return stream.SendAndClose(&livechatv1.UploadFileResponse{Message: &livechatv1.Message{Id: "m1", RoomId: got.header.GetRoomId()}})
	}}
}

func (k *taker) take(stream uploads) (got taken) {
	for {
		req, err := stream.Recv()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				got.err = err
			}
			return got
		}
		if h := req.GetHeader(); h != nil {
			got.header = h
			continue
		}
		got.bytes = append(got.bytes, req.GetChunk()...)
		got.chunks++
	}
}

// part is one part of a form; a file if it has a file name.
type part struct {
	name, filename, content string
	header                  textproto.MIMEHeader
}

func file(name, content string) part { return part{name: "file", filename: name, content: content} }

const boundary = "=boundary="

// form writes a form with the parts, and its end.
func form(t *testing.T, parts ...part) string {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	if err := w.SetBoundary(boundary); err != nil {
		t.Fatal(err)
	}
	for _, p := range parts {
		h := textproto.MIMEHeader{}
		for k, v := range p.header {
			h[k] = v
		}
		disposition := `form-data; name="` + p.name + `"`
		if p.filename != "" {
			disposition += `; filename="` + p.filename + `"`
		}
		h.Set("Content-Disposition", disposition)
		into, err := w.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(into, p.content)
	}
	_ = w.Close()
	return b.String()
}

func posted(body string) request {
	return request{method: "POST", path: "/v1/rooms/r1/files", body: body, header: http.Header{
		"Content-Type": {"multipart/form-data; boundary=\"" + boundary + "\""},
	}}
}

func TestAnUploadReachesTheService(t *testing.T) {
	const id = "6b1d5a3e-0a43-4a3f-9a55-1d4f4a9a0b11"
	noise := make([]byte, 3<<20+17)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(noise)
	plain := textproto.MIMEHeader{"Content-Type": {"text/plain"}}
	tests := map[string]struct {
		parts []part
		key   string
		want  *livechatv1.UploadFileHeader
	}{
		"a file alone": {
			[]part{{"file", "a.txt", "hello", plain}}, "",
			&livechatv1.UploadFileHeader{File: &livechatv1.FileHeader{Name: "a.txt", ContentType: "text/plain"}},
		},
		"fields before the file": {
			[]part{{name: "description", content: "D"}, {name: "text", content: "Grüße"}, {name: "requestId", content: id}, file("a", "x")}, "",
			&livechatv1.UploadFileHeader{File: &livechatv1.FileHeader{Name: "a"}, Description: "D", Text: "Grüße", RequestId: id},
		},
		"a request id in snake_case": {
			[]part{{name: "request_id", content: id}, file("a", "x")}, "",
			&livechatv1.UploadFileHeader{File: &livechatv1.FileHeader{Name: "a"}, RequestId: id},
		},
		"a request id in the header": {
			[]part{file("a", "x")}, id,
			&livechatv1.UploadFileHeader{File: &livechatv1.FileHeader{Name: "a"}, RequestId: id},
		},
		"a request id in both": {
			[]part{{name: "requestId", content: id}, file("a", "x")}, id,
			&livechatv1.UploadFileHeader{File: &livechatv1.FileHeader{Name: "a"}, RequestId: id},
		},
		"a name beyond ASCII": {
			[]part{file("Käse \\\"1\\\".png", "x")}, "",
			&livechatv1.UploadFileHeader{File: &livechatv1.FileHeader{Name: `Käse "1".png`}},
		},
		"a name with a path loses the path": {
			[]part{file("../../etc/passwd", "x")}, "",
			&livechatv1.UploadFileHeader{File: &livechatv1.FileHeader{Name: "passwd"}},
		},
		"a size that the client tells": {
			[]part{{"file", "a", "hello", textproto.MIMEHeader{"Content-Length": {"5"}}}}, "",
			&livechatv1.UploadFileHeader{File: &livechatv1.FileHeader{Name: "a", SizeBytes: 5}},
		},
		"an empty file, which the service judges": {
			[]part{file("a", "")}, "", &livechatv1.UploadFileHeader{File: &livechatv1.FileHeader{Name: "a"}},
		},
		"a file with what looks like an end in it": {
			[]part{file("a", "\r\n--=boundary\r\n--=boundary-=\r\n--")}, "", &livechatv1.UploadFileHeader{File: &livechatv1.FileHeader{Name: "a"}},
		},
		"a file of any length, whatever the limit of a body": {
			[]part{file("a", string(noise))}, "", &livechatv1.UploadFileHeader{File: &livechatv1.FileHeader{Name: "a"}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			k := newTaker()
			s := k.services()
			r := posted(form(t, tt.parts...))
			if tt.key != "" {
				r.header.Set("Idempotency-Key", tt.key)
			}
			got := do(t, start(t, s, gateway.Options{MaxBodyBytes: 1 << 10}), r)
			const want = `{"message":{"id":"m1","roomId":"r1",`
			if got.status != http.StatusOK || !strings.HasPrefix(got.body, want) || got.header.Get("Content-Type") != "application/json" {
				t.Fatalf("answer %d %s", got.status, got.body)
			}
			upload := <-k.ended
			tt.want.RoomId = "r1"
			if diff := cmp.Diff(tt.want, upload.header, protocmp.Transform()); diff != "" {
				t.Error(diff)
			}
			content := tt.parts[len(tt.parts)-1].content
			if string(upload.bytes) != content {
				t.Errorf("%d other bytes, of %d, arrived", len(upload.bytes), len(content))
			}
			if most := len(content)/(31<<10) + 1; upload.chunks > most {
				t.Errorf("%d chunks, want at most %d", upload.chunks, most)
			}
		})
	}
}

func TestTheLeastSizeOfAFileIsToldBeforehand(t *testing.T) {
	const size = 1 << 20
	send := func(t *testing.T, body io.Reader) []string {
		k := newTaker()
		s := k.services()
		server := start(t, s, gateway.Options{})
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/v1/rooms/r1/files", body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header = posted("").header
		if got := read(t, server, req); got.status != http.StatusOK {
			t.Fatalf("answer %d %s", got.status, got.body)
		}
		return s.received()[0].md.Get("x-file-at-least")
	}
	whole := form(t, file("a", strings.Repeat("x", size)))
	t.Run("where the body's length is known, to 4 KiB", func(t *testing.T) {
		// Whether a line break ends the form is not known beforehand.
		for _, body := range []string{whole, strings.TrimSuffix(whole, "\r\n")} {
			if got := send(t, strings.NewReader(body)); len(got) != 1 || len(got[0]) != 7 || got[0] > "1048576" || got[0] < "1044000" {
				t.Errorf("told %q, of %d", got, size)
			}
		}
	})
	t.Run("not where it is not", func(t *testing.T) {
		if got := send(t, struct{ io.Reader }{strings.NewReader(whole)}); len(got) != 0 {
			t.Errorf("told %q", got)
		}
	})
	t.Run("not where nothing is known for certain", func(t *testing.T) {
		if got := send(t, strings.NewReader(form(t, file("a", "x")))); len(got) != 0 {
			t.Errorf("told %q", got)
		}
	})
}

// panicking is a body that makes its reader panic.
type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("a fault of ours") }

func TestAFaultOfOursEndsTheUploadAndNotTheProcess(t *testing.T) {
	k, j := newTaker(), &journal{}
	o := j.options()
	o.Conn = dial(t, k.services())
	handler, err := gateway.New(o)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/rooms/r1/files", io.MultiReader(strings.NewReader(fileStart), panicking{}))
	r.Header = posted("").header
	rec := httptest.NewRecorder()
	handler.ServeHTTP(rec, r)
	if rec.Code != http.StatusInternalServerError || strings.Contains(rec.Body.String(), "ours") {
		t.Errorf("answer %d %s", rec.Code, rec.Body)
	}
	if got := <-k.ended; status.Code(got.err) != codes.Canceled || !strings.Contains(j.log.String(), "a fault of ours") {
		t.Errorf("the service: %v; logged: %s", got.err, &j.log)
	}
}
