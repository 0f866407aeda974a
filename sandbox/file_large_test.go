package sandbox_test

import (
	"context"
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
)

// noise is a stream of n bytes that differ from each other.
func noise(n int64) io.Reader { return io.LimitReader(rand.NewChaCha8([32]byte{7}), n) }

// formOf streams a form with one file, and breaks off behind it unless it is whole.
func formOf(content io.Reader, whole bool) (io.ReadCloser, string) {
	r, w := io.Pipe()
	m := multipart.NewWriter(w)
	go func() {
		into, err := m.CreateFormFile("file", "noise.bin")
		if err == nil {
			_, err = io.Copy(into, content)
		}
		if err == nil && !whole {
			err = io.ErrClosedPipe
		}
		if err == nil {
			err = m.Close()
		}
		_ = w.CloseWithError(err)
	}()
	return r, "Content-Type: " + m.FormDataContentType()
}

func TestALargeFileIsSpooledAndComesBackWhole(t *testing.T) {
	const size = 20 << 20
	d := newFileDesk(t, sandbox.Options{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	body, contentType := formOf(noise(size), true)
	resp, text := d.call("POST", "/api/v1/livechat/upload/"+d.room, body, contentType, "X-Visitor-Token: "+visitorToken)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", resp.StatusCode, text)
	}
	if n := d.spooled(); n != 1 {
		t.Errorf("%d temporary files, want 1", n)
	}
	message := d.history()[0]
	if got := message["fileUpload"].(map[string]any)["size"]; got != float64(size) {
		t.Errorf("size %v", got)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	down, err := client.Get(d.srv.URL() + d.granted(titleLink(message)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = down.Body.Close() }()
	got, want := sha256.New(), sha256.New()
	if n, err := io.Copy(got, down.Body); err != nil || n != size || down.ContentLength != size {
		t.Errorf("got %d bytes of %d: %v", n, down.ContentLength, err)
	}
	_, _ = io.Copy(want, noise(size))
	if string(got.Sum(nil)) != string(want.Sum(nil)) {
		t.Error("other bytes came back")
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("took %d bytes of memory for %d", used, size)
	}
	d.closeAndLook()
}

func TestAFileThatTheMessageLosesLeavesTheDisk(t *testing.T) {
	d := newFileDesk(t, sandbox.Options{})
	d.send("large.bin", "application/octet-stream", strings.Repeat("x", 1<<20))
	message := d.history()[0]
	d.json("DELETE", "livechat/message/"+message["_id"].(string), `{"token":"visitor-token","rid":"`+d.room+`"}`)
	if n := d.spooled(); n != 0 {
		t.Errorf("%d temporary files are left", n)
	}
	if resp, _ := d.call("GET", d.granted(titleLink(message)), nil); resp.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestTheFilesOfAVisitorWhoIsRemovedLeaveTheDisk(t *testing.T) {
	d := newFileDesk(t, sandbox.Options{Settings: map[string]any{
		"Livechat_Allow_collect_and_store_HTTP_header_informations": true,
	}})
	d.send("large.bin", "application/octet-stream", strings.Repeat("x", 1<<20))
	if answer := d.json("DELETE", "livechat/visitor/"+visitorToken, ""); answer["success"] != true {
		t.Fatal(answer)
	}
	if n := d.spooled(); n != 0 {
		t.Errorf("%d temporary files are left", n)
	}
}

// mounted is the sandbox inside another one, which tells when a handler has returned.
func (d *fileDesk) mounted() (site string, returned <-chan struct{}) {
	done := make(chan struct{}, 10)
	outer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { done <- struct{}{} }()
		d.srv.ServeHTTP(w, r)
	}))
	d.t.Cleanup(outer.Close)
	return outer.URL, done
}

func TestACutUploadStoresNothing(t *testing.T) {
	for name, size := range map[string]int64{"of a short file": 10, "of a large file": 2 << 20} {
		t.Run(name, func(t *testing.T) {
			d := newFileDesk(t, sandbox.Options{})
			count := len(d.history())
			site, returned := d.mounted()
			body, contentType := formOf(noise(size), false)
			req, err := http.NewRequest(http.MethodPost, site+"/api/v1/livechat/upload/"+d.room, body)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Visitor-Token", visitorToken)
			req.Header.Set("Content-Type", strings.TrimPrefix(contentType, "Content-Type: "))
			resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
			if err == nil {
				_ = resp.Body.Close()
				t.Errorf("answered %d", resp.StatusCode)
			}
			<-returned
			if n := d.spooled(); n != 0 {
				t.Errorf("%d temporary files are left", n)
			}
			if n := len(d.history()); n != count {
				t.Errorf("%d messages, want %d", n, count)
			}
			d.closeAndLook()
		})
	}
}

func TestATooLargeFileIsCutAtTheLimitAndTheSenderGetsTheAnswer(t *testing.T) {
	d := newFileDesk(t, sandbox.Options{Settings: map[string]any{"FileUpload_MaxFileSize": 1 << 20}})
	body, contentType := formOf(noise(20<<20), true)
	resp, text := d.call("POST", "/api/v1/livechat/upload/"+d.room, body, contentType, "X-Visitor-Token: "+visitorToken)
	if resp.StatusCode != http.StatusBadRequest || !strings.Contains(text, "[error-file-too-large]") {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
	if n := d.spooled(); n != 0 {
		t.Errorf("%d temporary files are left", n)
	}
}

func TestARefusedSenderOfALargeFileGetsTheAnswer(t *testing.T) {
	d := newFileDesk(t, sandbox.Options{})
	body, contentType := formOf(noise(20<<20), true)
	resp, text := d.call("POST", "/api/v1/livechat/upload/"+d.room, body, contentType, "X-Visitor-Token: nobody")
	if resp.StatusCode != http.StatusForbidden || text != `{"error":"unauthorized","success":false}` {
		t.Errorf("%d %s", resp.StatusCode, text)
	}
}

func TestARequestThatIsNeverAnswered(t *testing.T) {
	hold := func(t *testing.T, ctx context.Context, d *fileDesk, site string) {
		t.Helper()
		body, contentType := form(t, part{"upload", "a.txt", "text/plain", "x"})
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, site+"/api/v1/livechat/upload/"+d.room, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Visitor-Token", visitorToken)
		req.Header.Set("Content-Type", strings.TrimPrefix(contentType, "Content-Type: "))
		resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
		if err == nil {
			_ = resp.Body.Close()
			t.Errorf("answered %d", resp.StatusCode)
		}
	}
	t.Run("ends when the sender leaves", func(t *testing.T) {
		d := newFileDesk(t, sandbox.Options{Profile: sandbox.V3_4})
		site, returned := d.mounted()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		hold(t, ctx, d, site)
		<-returned
	})
	t.Run("ends when the server closes", func(t *testing.T) {
		d := newFileDesk(t, sandbox.Options{Profile: sandbox.V3_4})
		site, returned := d.mounted()
		gone := make(chan struct{})
		go func() { defer close(gone); hold(t, context.WithoutCancel(t.Context()), d, site) }()
		d.closeAndLook()
		<-returned
		<-gone
	})
}
