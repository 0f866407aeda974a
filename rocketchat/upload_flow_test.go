package rocketchat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestAnUploadThatIsGivenUpLeavesUpstreamWithATornForm(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	torn := make(chan error, 1)
	c := newTestClient(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyN(io.Discard, r.Body, 1<<20)
		cancel()
		_, err := io.Copy(io.Discard, r.Body)
		torn <- err
	}))
	_, err := c.Upload(ctx, testToken, NewFile{RoomID: "room1", Name: "x"}, endless{})
	var e *Error
	if !errors.As(err, &e) || !errors.Is(err, context.Canceled) || e.Ambiguous {
		t.Errorf("%+v", err)
	}
	if err := <-torn; err == nil {
		t.Error("upstream got a whole body")
	}
}

func TestAnUploadReadsNoFasterThanUpstream(t *testing.T) {
	const size, slack = 64 << 20, 16 << 20 // the slack is what the sockets hold
	content := &counted{from: io.LimitReader(endless{}, size)}
	c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		taken, buffer := int64(0), make([]byte, 1<<20)
		for {
			n, err := r.Body.Read(buffer)
			taken += int64(n)
			if ahead := content.n.Load() - taken; ahead > slack {
				t.Errorf("%d bytes are held somewhere", ahead)
			}
			if err != nil {
				break
			}
		}
		answerJSON(w, http.StatusOK, stored)
	}))
	if _, err := c.Upload(t.Context(), testToken, NewFile{RoomID: "room1", Name: "x", Size: size}, content); err != nil {
		t.Error(err)
	}
}

func TestAnUploadWithoutAnEndIsPassedOnAsItComes(t *testing.T) {
	c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.CopyN(io.Discard, r.Body, 8<<20)
		answerJSON(w, http.StatusBadRequest, `{"success":false,"error":"[error-file-too-large]","errorType":"error-file-too-large"}`)
	}))
	if _, err := c.Upload(t.Context(), testToken, NewFile{RoomID: "room1", Name: "x"}, endless{}); err == nil {
		t.Error("it ended well")
	}
}

func TestUploadsAreObserved(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answerJSON(w, http.StatusOK, stored)
	}))
	t.Cleanup(server.Close)
	var seen []string
	c := newClientOf(t, server.URL, Options{Observe: func(op, outcome string, _ time.Duration) { seen = append(seen, op+": "+outcome) }})
	_, _ = c.Upload(t.Context(), testToken, note, strings.NewReader("hello file"))
	_, _ = c.Upload(t.Context(), testToken, note, failing{errTorn})
	if want := []string{"upload file: ok", "upload file: abandoned"}; !slices.Equal(seen, want) {
		t.Errorf("%q", seen)
	}
}

// endless is a content without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte{'x'}, len(p))), nil }

// counted counts what is read of it.
type counted struct {
	from io.Reader
	n    atomic.Int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n.Add(int64(n))
	return n, err
}
