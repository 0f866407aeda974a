package gateway_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

type downloads = grpc.ServerStreamingServer[livechatv1.DownloadFileResponse]

const filePath = "/v1/rooms/r1/messages/m1/files/f1"

// gives returns a DownloadFile that sends the header and the chunks, and ends with err.
func gives(header *livechatv1.DownloadFileHeader, err error, chunks ...string) func(*livechatv1.DownloadFileRequest, downloads) error {
	return func(_ *livechatv1.DownloadFileRequest, out downloads) error {
		if err := out.Send(&livechatv1.DownloadFileResponse{Part: &livechatv1.DownloadFileResponse_Header{Header: header}}); err != nil {
			return err
		}
		for _, c := range chunks {
			if err := out.Send(&livechatv1.DownloadFileResponse{Part: &livechatv1.DownloadFileResponse_Chunk{Chunk: []byte(c)}}); err != nil {
				return err
			}
		}
		return err
	}
}

// fileHeader is the header of a file of a size; 0 if it is not known.
func fileHeader(name, contentType string, size int64) *livechatv1.DownloadFileHeader {
	return &livechatv1.DownloadFileHeader{File: &livechatv1.FileHeader{Name: name, ContentType: contentType, SizeBytes: size}}
}

func TestADownloadsHeaders(t *testing.T) {
	inline := fileHeader("a.png", "image/png", 4)
	inline.Inline = true
	part := fileHeader("a.bin", "application/zip", 100)
	part.Range = &livechatv1.ByteRange{First: 10, Last: proto.Int64(13)}
	partOfUnknown := fileHeader("a.bin", "", 0)
	partOfUnknown.Range = &livechatv1.ByteRange{First: 0, Last: proto.Int64(3)}
	tests := map[string]struct {
		header *livechatv1.DownloadFileHeader
		status int
		want   map[string]string
	}{
		"of a file to be saved": {fileHeader("a.pdf", "application/pdf", 4), 200, map[string]string{
			"Content-Type": "application/pdf", "Content-Disposition": `attachment; filename="a.pdf"`, "Content-Length": "4", "Accept-Ranges": "bytes",
			"Content-Security-Policy": "sandbox; default-src 'none'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
			"Cross-Origin-Resource-Policy": "same-origin", "Content-Range": "",
		}},
		"of a picture":                       {inline, 200, map[string]string{"Content-Type": "image/png", "Content-Disposition": `inline; filename="a.png"`}},
		"of a part":                          {part, 206, map[string]string{"Content-Range": "bytes 10-13/100", "Content-Length": "4"}},
		"of a part of who knows how much":    {partOfUnknown, 206, map[string]string{"Content-Range": "bytes 0-3/*", "Content-Length": "4"}},
		"of a file of unknown size":          {fileHeader("a", "text/plain; charset=utf-8", 0), 200, map[string]string{"Content-Type": "text/plain; charset=utf-8"}},
		"of a type that is none":             {fileHeader("a", "nonsense", 4), 200, map[string]string{"Content-Type": "application/octet-stream"}},
		"of no type":                         {fileHeader("a", "", 4), 200, map[string]string{"Content-Type": "application/octet-stream"}},
		"of half a type":                     {fileHeader("a", "image/", 4), 200, map[string]string{"Content-Type": "application/octet-stream"}},
		"of a type with another header":      {fileHeader("a", "image/png\r\nSet-Cookie: a=b", 4), 200, map[string]string{"Content-Type": "application/octet-stream", "Set-Cookie": ""}},
		"of a type with headers of its own":  {fileHeader("a", "multipart/x-mixed-replace; boundary=b", 4), 200, map[string]string{"Content-Type": "application/octet-stream"}},
		"of a type beyond ASCII":             {fileHeader("a", "image/pñg", 4), 200, map[string]string{"Content-Type": "application/octet-stream"}},
		"of a name with a quote":             {fileHeader(`a"b\c.txt`, "", 4), 200, map[string]string{"Content-Disposition": `attachment; filename="a_b_c.txt"; filename*=UTF-8''a%22b_c.txt`}},
		"of a name with another header":      {fileHeader("a\r\nSet-Cookie: a=b", "", 4), 200, map[string]string{"Content-Disposition": `attachment; filename="aSet-Cookie: a=b"`, "Set-Cookie": ""}},
		"of a name beyond ASCII":             {fileHeader("Käse 1.txt", "", 4), 200, map[string]string{"Content-Disposition": `attachment; filename="K_se 1.txt"; filename*=UTF-8''K%C3%A4se%201.txt`}},
		"of a name that hides its ending":    {fileHeader("exe.\u202egpj.exe", "", 4), 200, map[string]string{"Content-Disposition": `attachment; filename="exe.gpj.exe"`}},
		"of a name with a path":              {fileHeader("../../etc/passwd", "", 4), 200, map[string]string{"Content-Disposition": `attachment; filename=".._.._etc_passwd"`}},
		"of a name that is a folder's":       {fileHeader("..", "", 4), 200, map[string]string{"Content-Disposition": `attachment; filename="file"`}},
		"of no name":                         {fileHeader("", "", 4), 200, map[string]string{"Content-Disposition": `attachment; filename="file"`}},
		"of a name with what looks escaped":  {fileHeader("a%20b+c.txt", "", 4), 200, map[string]string{"Content-Disposition": `attachment; filename="a_20b+c.txt"; filename*=UTF-8''a%2520b%2Bc.txt`}},
		"of a name in a script of wide sign": {fileHeader("報告.txt", "", 4), 200, map[string]string{"Content-Disposition": `attachment; filename="__.txt"; filename*=UTF-8''%E5%A0%B1%E5%91%8A.txt`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &services{download: gives(tt.header, nil, "ab", "cd")}
			got := do(t, start(t, s, gateway.Options{}), request{path: filePath})
			if got.status != tt.status || got.body != "abcd" {
				t.Errorf("answer %d %q", got.status, got.body)
			}
			for k, v := range tt.want {
				if got.header.Get(k) != v {
					t.Errorf("%s = %q, want %q", k, got.header.Get(k), v)
				}
			}
		})
	}
}

func TestRangesThatAreAskedFor(t *testing.T) {
	tests := map[string]struct {
		header http.Header
		want   *livechatv1.ByteRange
	}{
		"none":                          {nil, nil},
		"a part":                        {http.Header{"Range": {"bytes=2-5"}}, &livechatv1.ByteRange{First: 2, Last: proto.Int64(5)}},
		"one byte":                      {http.Header{"Range": {"bytes=0-0"}}, &livechatv1.ByteRange{Last: proto.Int64(0)}},
		"from a byte on":                {http.Header{"Range": {"bytes=100-"}}, &livechatv1.ByteRange{First: 100}},
		"in capitals":                   {http.Header{"Range": {"Bytes=2-5"}}, &livechatv1.ByteRange{First: 2, Last: proto.Int64(5)}},
		"the end, which is not read":    {http.Header{"Range": {"bytes=-5"}}, nil},
		"several parts":                 {http.Header{"Range": {"bytes=0-1,3-4"}}, nil},
		"several headers":               {http.Header{"Range": {"bytes=0-1", "bytes=3-4"}}, nil},
		"backwards":                     {http.Header{"Range": {"bytes=5-2"}}, nil},
		"in another unit":               {http.Header{"Range": {"pages=1-2"}}, nil},
		"of no numbers":                 {http.Header{"Range": {"bytes=a-b"}}, nil},
		"of numbers with signs":         {http.Header{"Range": {"bytes=+1-+2"}}, nil},
		"beyond all numbers":            {http.Header{"Range": {"bytes=9223372036854775808-"}}, nil},
		"of nothing":                    {http.Header{"Range": {"bytes="}}, nil},
		"if it is still the same":       {http.Header{"Range": {"bytes=2-5"}, "If-Range": {`"x"`}}, nil},
		"with a file that has no range": {http.Header{"Range": {"bytes"}}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var asked *livechatv1.DownloadFileRequest
			s := &services{download: func(req *livechatv1.DownloadFileRequest, out downloads) error {
				asked = req
				return gives(fileHeader("a", "", 4), nil, "abcd")(req, out)
			}}
			if got := do(t, start(t, s, gateway.Options{}), request{path: filePath, header: tt.header}); got.status != http.StatusOK {
				t.Errorf("answer %d", got.status)
			}
			want := &livechatv1.DownloadFileRequest{RoomId: "r1", MessageId: "m1", FileId: "f1", Range: tt.want}
			if diff := cmp.Diff(want, asked, protocmp.Transform()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestADownloadThatFailsBeforeItsFirstByte(t *testing.T) {
	tooFar := func(size string) *errdetails.ErrorInfo {
		info := reason("RANGE_NOT_SATISFIABLE")
		if size != "" {
			info.Metadata = map[string]string{"size": size}
		}
		return info
	}
	tests := map[string]struct {
		err          error
		status       int
		reason       string
		contentRange string
	}{
		"a file that there is not":           {failure(codes.NotFound, "no", reason("FILE_NOT_FOUND")), 404, "FILE_NOT_FOUND", ""},
		"a part that there is not":           {failure(codes.OutOfRange, "no", tooFar("100")), 416, "RANGE_NOT_SATISFIABLE", "bytes */100"},
		"a part of who knows how much":       {failure(codes.OutOfRange, "no", tooFar("")), 416, "RANGE_NOT_SATISFIABLE", ""},
		"a part of a size that is none":      {failure(codes.OutOfRange, "no", tooFar("1\r\nX: y")), 416, "RANGE_NOT_SATISFIABLE", ""},
		"a service that says nothing":        {nil, 500, "INTERNAL", ""},
		"a service that does not carry it":   {status.Error(codes.Unimplemented, "x"), 501, "NOT_IMPLEMENTED", ""},
		"a Rocket.Chat that is not there":    {failure(codes.Unavailable, "no", reason("UPSTREAM_UNAVAILABLE")), 503, "UPSTREAM_UNAVAILABLE", ""},
		"a failure that tells of our inside": {errors.New("dial tcp 10.1.2.3"), 500, "INTERNAL", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := &services{download: func(*livechatv1.DownloadFileRequest, downloads) error { return tt.err }}
			got := do(t, start(t, s, gateway.Options{}), request{path: filePath, header: http.Header{"Range": {"bytes=200-"}}})
			if p := got.problem(t); got.status != tt.status || p.reason() != tt.reason || got.header.Get("Content-Range") != tt.contentRange {
				t.Errorf("answer %d, Content-Range %q, %s", got.status, got.header.Get("Content-Range"), got.body)
			}
		})
	}
	t.Run("a service that begins with a chunk", func(t *testing.T) {
		s := &services{download: func(_ *livechatv1.DownloadFileRequest, out downloads) error {
			return out.Send(&livechatv1.DownloadFileResponse{Part: &livechatv1.DownloadFileResponse_Chunk{Chunk: []byte("x")}})
		}}
		if got := do(t, start(t, s, gateway.Options{}), request{path: filePath}); got.status != http.StatusInternalServerError {
			t.Errorf("answer %d %s", got.status, got.body)
		}
	})
}

func TestAFileThatEndsTooEarlyNeverLooksWhole(t *testing.T) {
	broken := failure(codes.Unavailable, "Rocket.Chat is gone", reason("UPSTREAM_UNAVAILABLE"))
	long := strings.Repeat("x", 300<<10)
	tests := map[string]func(*livechatv1.DownloadFileRequest, downloads) error{
		"of a known size, with an error":         gives(fileHeader("a", "", 1<<20), broken, long),
		"of a known size, without one":           gives(fileHeader("a", "", 1<<20), nil, long),
		"of a known size, before its first byte": gives(fileHeader("a", "", 1<<20), broken),
		"of an unknown size":                     gives(fileHeader("a", "", 0), broken, long),
		"of an unknown size, at once":            gives(fileHeader("a", "", 0), broken),
		"longer than its size":                   gives(fileHeader("a", "", 10), nil, long),
	}
	for name, tt := range tests {
		for over, two := range map[string]bool{"over HTTP/1.1": false, "over HTTP/2": true} {
			t.Run(name+" "+over, func(t *testing.T) {
				handler, err := gateway.New(gateway.Options{Conn: dial(t, &services{download: tt})})
				if err != nil {
					t.Fatal(err)
				}
				server := httptest.NewUnstartedServer(handler)
				server.EnableHTTP2 = two
				server.StartTLS()
				t.Cleanup(server.Close)
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+filePath, nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := server.Client().Do(req)
				if err != nil {
					return // cut before its headers
				}
				defer func() { _ = resp.Body.Close() }()
				body, err := io.ReadAll(resp.Body)
				if err == nil {
					t.Errorf("%d bytes look like a whole file", len(body))
				}
			})
		}
	}
}

func TestADownloadEndsWithItsReader(t *testing.T) {
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	gone := make(chan error, 1)
	s := &services{download: func(req *livechatv1.DownloadFileRequest, out downloads) error {
		err := gives(fileHeader("a", "", 1<<30), nil, "x")(req, out)
		hangUp()
		<-out.Context().Done()
		gone <- out.Context().Err()
		return err
	}}
	server := start(t, s, gateway.Options{})
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+filePath, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp, err := server.Client().Do(req); err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestADownloadTakesNoQueryAndNoBody(t *testing.T) {
	s := &services{}
	server := start(t, s, gateway.Options{})
	for name, r := range map[string]request{
		"a query":                 {path: filePath + "?download"},
		"a token in the query":    {path: filePath + "?rc_token=s3cr3t"},
		"a body":                  {path: filePath, body: "{}"},
		"an upload with a query":  {method: "POST", path: "/v1/rooms/r1/files?text=x", body: "x"},
		"a name that is not text": {path: "/v1/rooms/r1/messages/m1/files/%ff"},
	} {
		got := do(t, server, r)
		if p := got.problem(t); got.status != http.StatusBadRequest || strings.Contains(got.body, "s3cr3t") {
			t.Errorf("%s: answer %d %s", name, got.status, p.Message)
		}
	}
	if n := len(s.received()); n != 0 {
		t.Errorf("%d calls reached the services", n)
	}
}
