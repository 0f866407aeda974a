package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// transferPatience is how long a large file may take to go one way.
const transferPatience = 3 * time.Minute

// noise are n bytes that differ from each other, the same ones each time.
func noise(n int64) io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{7}), n) }

// digest reads r to its end, and returns how much that was and its SHA-256.
func digest(r io.Reader) (n int64, sum string, err error) {
	h := sha256.New()
	n, err = io.Copy(h, r)
	return n, hex.EncodeToString(h.Sum(nil)), err
}

// uploadForm is a form with fields, names and values in turn, and behind them a file of a size that is sent as it is read.
func uploadForm(t testing.TB, content io.Reader, size int64, fields ...string) (body io.Reader, length int64, contentType string) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	for i := 0; i < len(fields); i += 2 {
		if err := w.WriteField(fields[i], fields[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.CreateFormFile("file", "noise.bin"); err != nil {
		t.Fatal(err)
	}
	before := form.String()
	form.Reset()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return io.MultiReader(strings.NewReader(before), content, &form), int64(len(before)) + size + int64(form.Len()), w.FormDataContentType()
}

// upload uploads a file and returns the answer, read to its end. If it is sized, the request tells its length.
func (c caller) upload(room string, content io.Reader, size int64, sized bool, fields ...string) (status int, answer string) {
	c.t.Helper()
	body, length, contentType := uploadForm(c.t, content, size, fields...)
	ctx, cancel := context.WithTimeout(context.Background(), transferPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/v1/rooms/"+room+"/files", body)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header = c.with("Content-Type", contentType).header
	if sized {
		req.ContentLength = length
	}
	resp, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// put uploads a file that has to be taken, and returns where it can be had.
func (c caller) put(room string, content io.Reader, size int64, sized bool, fields ...string) (path string, message *livechatv1.Message) {
	c.t.Helper()
	status, answer := c.upload(room, content, size, sized, fields...)
	var sent livechatv1.UploadFileResponse
	if err := protojson.Unmarshal([]byte(answer), &sent); status != http.StatusOK || err != nil || len(sent.GetMessage().GetFiles()) != 1 {
		c.t.Fatalf("the upload answers %d %s (%v)", status, answer, err)
	}
	message = sent.GetMessage()
	return fmt.Sprintf("/v1/rooms/%s/messages/%s/files/%s", room, message.GetId(), message.GetFiles()[0].GetId()), message
}

// download gets a file and returns the response's head, and how much came and its SHA-256.
func (c caller) download(path string) (resp *http.Response, n int64, sum string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), transferPatience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header = c.header.Clone()
	if resp, err = c.client.Do(req); err != nil {
		c.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if n, sum, err = digest(resp.Body); err != nil {
		c.t.Fatal(err)
	}
	return resp, n, sum
}

func TestAFileGoesUpAndComesBackTheSame(t *testing.T) {
	t.Parallel()
	const size = 24<<20 + 11
	_, want, err := digest(noise(size))
	if err != nil {
		t.Fatal(err)
	}
	_, at := startServe(t, "--open", "--rocketchat-url="+startSite(t).url)
	visitor := rest(t, at.http, nil)
	visitor = visitor.as(visitor.register("Zoe"))
	room := visitor.open()
	for name, sized := range map[string]bool{"with a length": true, "without a length": false} {
		t.Run(name, func(t *testing.T) {
			path, message := visitor.put(room, noise(size), size, sized, "description", "All of it", "text", "See here")
			if message.GetText() != "See here" || message.GetFiles()[0].GetName() != "noise.bin" {
				t.Errorf("the message is %v", message)
			}
			resp, n, sum := visitor.download(path)
			if resp.StatusCode != http.StatusOK || n != size || sum != want || resp.ContentLength != size {
				t.Errorf("%s, %d bytes of %d, the same: %t", resp.Status, n, resp.ContentLength, sum == want)
			}
			if got := resp.Header.Get("Content-Disposition"); got != `attachment; filename="noise.bin"` {
				t.Errorf("it comes as %s", got)
			}
		})
	}
}

func TestAPartOfAFileCanBeAskedFor(t *testing.T) {
	t.Parallel()
	const size = 1 << 20
	whole := new(bytes.Buffer)
	if _, err := whole.ReadFrom(noise(size)); err != nil {
		t.Fatal(err)
	}
	_, at := startServe(t, "--open", "--rocketchat-url="+startSite(t).url)
	visitor := rest(t, at.http, nil)
	visitor = visitor.as(visitor.register("Zoe"))
	path, _ := visitor.put(visitor.open(), noise(size), size, true)
	for name, c := range map[string]struct {
		header       string
		first, last  int64
		status       int
		contentRange string
	}{
		"in the middle":      {"bytes=1000-1999", 1000, 1999, 206, "bytes 1000-1999/1048576"},
		"to the end":         {"bytes=1048000-", 1048000, size - 1, 206, "bytes 1048000-1048575/1048576"},
		"a wish too unusual": {"bytes=-10", 0, size - 1, 200, ""},
		"beyond the end":     {"bytes=1048576-", 0, -1, 416, "bytes */1048576"},
	} {
		t.Run(name, func(t *testing.T) {
			resp, _, sum := visitor.with("Range", c.header).download(path)
			_, want, _ := digest(bytes.NewReader(whole.Bytes()[c.first : c.last+1]))
			if resp.StatusCode != c.status || resp.Header.Get("Content-Range") != c.contentRange || c.status != 416 && sum != want {
				t.Errorf("%s, %s, the same: %t", resp.Status, resp.Header.Get("Content-Range"), sum == want)
			}
		})
	}
}

func TestAFileThatTheWorkspaceDoesNotTakeIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	upstream := startSiteWith(t, map[string]any{"FileUpload_MaxFileSize": 1 << 20})
	_, at := startServe(t, "--open", "--rocketchat-url="+upstream.url)
	visitor := rest(t, at.http, nil)
	visitor = visitor.as(visitor.register("Zoe"))
	room := visitor.open()
	// What comes behind the limit is held back until the answer is there.
	for name, sized := range map[string]bool{"by its length": true, "by what came of it": false} {
		t.Run(name, func(t *testing.T) {
			held, release := io.Pipe()
			defer func() { _ = release.Close() }()
			begin := int64(100)
			if !sized {
				begin = 2 << 20
			}
			status, answer := visitor.upload(room, io.MultiReader(noise(begin), held), 64<<20, sized)
			if status != http.StatusRequestEntityTooLarge || !strings.Contains(answer, "FILE_TOO_LARGE") || !strings.Contains(answer, `"limit":"1048576"`) {
				t.Errorf("answer %d %s", status, answer)
			}
		})
	}
}

func TestAFileThatBreaksOffIsNotStored(t *testing.T) {
	t.Parallel()
	p, at := startServe(t, "--open", "--rocketchat-url="+startSite(t).url)
	visitor := rest(t, at.http, nil)
	visitor = visitor.as(visitor.register("Zoe"))
	room := visitor.open()
	const size = 2 << 20
	body, length, contentType := uploadForm(t, noise(size), size)
	ctx, hangUp := context.WithCancel(t.Context())
	defer hangUp()
	// All but the end, and then the client is gone.
	cut := io.MultiReader(io.LimitReader(body, length-100), readerFunc(func([]byte) (int, error) {
		hangUp()
		return 0, ctx.Err()
	}))
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, visitor.base+"/v1/rooms/"+room+"/files", cut)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = visitor.with("Content-Type", contentType).header
	if resp, err := visitor.client.Do(req); err == nil {
		_ = resp.Body.Close()
		t.Errorf("answered %s", resp.Status)
	}
	p.logged(`UploadFile took=\S+ reason=CALL_ENDED`)
	if _, _, answer := visitor.do(http.MethodGet, "/v1/rooms/"+room+"/messages", ""); strings.Contains(answer, "noise.bin") {
		t.Errorf("the room has it: %s", answer)
	}
}

// readerFunc is a reader that is a function.
type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
