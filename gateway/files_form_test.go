package gateway

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// readForm reads a body as an upload does, and returns its header and its file.
func readForm(t *testing.T, body []byte) (*livechatv1.UploadFileHeader, []byte, error) {
	return readFormOf(t, bytes.NewReader(body))
}

func readFormOf(t *testing.T, body io.Reader) (*livechatv1.UploadFileHeader, []byte, error) {
	w, r := httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), "POST", "/", body)
	e := &edge{maxBody: 1 << 10}
	form, err := newFileForm("multipart/form-data; boundary=b", newFileBody(w, r, e.maxBody), e.tooLarge)
	if err != nil {
		t.Fatal(err)
	}
	header := &livechatv1.UploadFileHeader{}
	file, err := form.begin(header)
	if err != nil {
		return nil, nil, err
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return nil, nil, form.fault()
	}
	return header, content, form.end()
}

func FuzzFileForm(f *testing.F) {
	const line = "\r\nContent-Disposition: form-data; name="
	for _, seed := range []string{
		"", "--b--", "--b" + line + "file; filename=a\r\n\r\nx\r\n--b--\r\n", "--b" + line + "text\r\n\r\nx\r\n--b" + line + "file; filename=a\r\n\r\nx\r\n--b--",
		"x\r\n--b\nContent-Disposition: form-data; name=file; filename*=UTF-8''%ff\n\n\n--b--\n", "--b" + line + "file; filename=a\r\n\r\n\r\n--b\r\n--b--",
		"--b" + line + "file; filename=a\r\nContent-Length: 7\r\n\r\nx--b-\r\n--b --\r\n--b--\r\nx",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		header, content, err := readForm(t, body)
		if err != nil {
			if st := status.Convert(err); st.Code() != codes.InvalidArgument && st.Code() != codes.ResourceExhausted || !utf8.ValidString(st.Message()) {
				t.Errorf("%v", err)
			}
			return
		}
		if _, err := proto.Marshal(header); err != nil {
			t.Errorf("read as what gRPC cannot carry: %v", err)
		}
		theirs, err := multipart.NewReader(bytes.NewReader(body), "b").ReadForm(1 << 20)
		if err != nil || len(theirs.File["file"]) != 1 {
			t.Fatalf("taken, and the standard library says %v, %v", theirs, err)
		}
		want, err := theirs.File["file"][0].Open()
		if err != nil {
			t.Fatal(err)
		}
		if all, err := io.ReadAll(want); err != nil || !bytes.Equal(all, content) {
			t.Errorf("%q, want %q, %v", content, all, err)
		}
	})
}

func TestAFormsFaultIsTheConnectionsIfThatBroke(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/", io.MultiReader(
		bytes.NewReader([]byte("--b\r\nContent-Disposition: form-data; name=text\r\n\r\nx")), broken{errors.New("reset by 192.0.2.1")}))
	e := &edge{maxBody: 1 << 10}
	form, err := newFileForm("multipart/form-data; boundary=b", newFileBody(w, r, e.maxBody), e.tooLarge)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = form.begin(&livechatv1.UploadFileHeader{}); status.Convert(err).Message() != "the body broke off" {
		t.Error(err)
	}
}

func TestLittleIsReadOfAPartBehindTheFile(t *testing.T) {
	const start = "--b\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nx\r\n--b\r\n"
	for name, line := range map[string]string{"of many headers": "X: x\r\n", "of a long one": "x", "of a long name": strings.Repeat("x", 100) + ": x\r\n"} {
		const endless = 4 << 20
		body := strings.NewReader(start + "Y: " + strings.Repeat(line, endless/len(line)))
		_, _, err := readFormOf(t, body)
		if st := status.Convert(err); st.Code() != codes.InvalidArgument || !strings.Contains(st.Message(), "goes on behind the file") {
			t.Errorf("%s: %v", name, err)
		}
		if read := endless - body.Len(); read > 2*bodyBuffer {
			t.Errorf("%s: %d bytes were read", name, read)
		}
	}
}

// broken is a body that fails.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }
