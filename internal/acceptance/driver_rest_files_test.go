package acceptance_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strconv"

	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

func (d *restDriver) uploads(ctx context.Context, who caller, up upload) reply {
	m := methodOf(&livechatv1.UploadFileRequest{})
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for name, value := range map[string]string{"description": up.header.GetDescription(), "text": up.header.GetText()} {
		if value != "" {
			_ = w.WriteField(name, value)
		}
	}
	if file := up.header.GetFile(); file != nil {
		part := textproto.MIMEHeader{}
		part.Set("Content-Disposition", multipart.FileContentDisposition("file", file.GetName()))
		if file.GetContentType() != "" {
			part.Set("Content-Type", file.GetContentType())
		}
		if file.GetSizeBytes() != 0 {
			part.Set("Content-Length", strconv.FormatInt(file.GetSizeBytes(), 10))
		}
		into, _ := w.CreatePart(part)
		_, _ = into.Write(up.content)
	}
	_ = w.Close()
	h := httpRequest{
		verb: m.verb, path: pathVariable.ReplaceAllString(m.template, url.PathEscape(up.header.GetRoomId())),
		header: http.Header{"Content-Type": {w.FormDataContentType()}}, body: &form,
	}
	if id := up.header.GetRequestId(); id != "" {
		h.header.Set("Idempotency-Key", id)
	}
	if up.broken {
		h.body = io.MultiReader(bytes.NewReader(form.Bytes()[:form.Len()-64]), failing{})
	}
	return d.unary(ctx, who, m, h)
}

// failing is where a caller vanishes.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("the caller has vanished") }

// downloads makes of the answer's headers the header that gRPC would have sent.
func (d *restDriver) downloads(ctx context.Context, who caller, req *livechatv1.DownloadFileRequest) reply {
	whole := proto.CloneOf(req)
	whole.Range = nil
	h := asHTTP(methodOf(req), whole)
	if part := req.GetRange(); part != nil {
		last := ""
		if part.Last != nil {
			last = strconv.FormatInt(part.GetLast(), 10)
		}
		h.header.Set("Range", fmt.Sprintf("bytes=%d-%s", part.GetFirst(), last))
	}
	resp, r := d.send(ctx, who, methodOf(req), h)
	if resp == nil {
		return r
	}
	header, err := downloadHeader(resp, int64(len(r.file)))
	if err != nil {
		return reply{err: err, wire: r.wire}
	}
	r.msg = header
	return r
}

// downloadHeader reads what HTTP says of a file.
func downloadHeader(resp *http.Response, length int64) (*livechatv1.DownloadFileHeader, error) {
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'",
	} {
		if got := resp.Header.Get(name); got != want {
			return nil, fmt.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	disposition, params, err := parseDisposition(resp.Header.Get("Content-Disposition"))
	if err != nil {
		return nil, err
	}
	header := &livechatv1.DownloadFileHeader{
		File:   &livechatv1.FileHeader{Name: params["filename"], ContentType: resp.Header.Get("Content-Type"), SizeBytes: length},
		Inline: disposition == "inline",
	}
	if resp.StatusCode != http.StatusPartialContent {
		return header, nil
	}
	var first, last, size int64
	if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &size); err != nil {
		return nil, fmt.Errorf("Content-Range %q: %w", resp.Header.Get("Content-Range"), err)
	}
	header.File.SizeBytes = size
	header.Range = &livechatv1.ByteRange{First: first, Last: &last}
	return header, nil
}
