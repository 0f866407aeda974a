package gateway

import (
	"bufio"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// fileTimeout is how long a client may send none of its upload, or take none of its download, before it is let go.
const fileTimeout = 30 * time.Second

const (
	// bodyBuffer is how much of an upload is taken from its connection at once.
	bodyBuffer = 64 << 10
	// lingerTime is how long the rest of an upload is read and thrown away behind an answer that came before its end. A connection that
	// is closed on bytes that nobody has read is reset, and the client may lose the answer with it.
	lingerTime = 5 * time.Second
)

var (
	// errTooMuch says that more stands before or behind the file than may.
	errTooMuch = errors.New("too much beside the file")
	// errBodyEnd stands for io.EOF, which mime/multipart takes for the end of a form also where a body ends in the headers of a part.
	errBodyEnd = errors.New("the end of the body")
)

// fileBody is the body of an upload. All that comes before the file is bound like any other body: by the limit of bytes, and by the
// server's own time for a request. From there on it may be of any length and take any time, as long as something comes; what comes behind
// the file is bound again.
type fileBody struct {
	pace  *pacedBody
	buf   *bufio.Reader
	all   io.Reader
	taken int64
	// left is how much may still be read; without meaning within the file.
	left    int64
	bounded bool
	// broken is what the connection failed with.
	broken error
}

func newFileBody(w http.ResponseWriter, r *http.Request, limit int64) *fileBody {
	pace := &pacedBody{body: r.Body, rc: http.NewResponseController(w)}
	buf := bufio.NewReaderSize(pace, bodyBuffer)
	// A form may end without a line break; with one, its end is read like any other's.
	return &fileBody{pace: pace, buf: buf, all: io.MultiReader(buf, strings.NewReader("\r\n"), bodyEnd{}), left: limit, bounded: true}
}

// Read implements io.Reader, but for its end, which is errBodyEnd behind a line break.
func (b *fileBody) Read(p []byte) (int, error) {
	if b.bounded {
		if b.left <= 0 {
			return 0, errTooMuch
		}
		p = p[:min(int64(len(p)), b.left)]
	}
	n, err := b.all.Read(p)
	b.taken += int64(n)
	b.left -= int64(n)
	if err != nil && !errors.Is(err, errBodyEnd) {
		b.broken = err
	}
	return n, err
}

type bodyEnd struct{}

func (bodyEnd) Read([]byte) (int, error) { return 0, errBodyEnd }

// beginFile lifts the bounds of what comes before the file.
func (b *fileBody) beginFile() {
	b.bounded = false
	b.pace.begin()
}

// endFile bounds what comes behind the file.
func (b *fileBody) endFile(limit int64) { b.bounded, b.left = true, limit }

// discard reads what is left, and throws it away.
func (b *fileBody) discard() { _, _ = io.Copy(io.Discard, b.buf) }

// pacedBody reads a body with a deadline for each read rather than for the whole. Deadlines may be changed while it reads.
type pacedBody struct {
	body io.Reader
	rc   *http.ResponseController

	mu    sync.Mutex
	paced bool
}

// Read implements io.Reader.
func (b *pacedBody) Read(p []byte) (int, error) {
	b.deadline(func() time.Time { return time.Now().Add(fileTimeout) })
	n, err := b.body.Read(p)
	b.deadline(func() time.Time { return time.Time{} }) // while nobody reads, it is not the client who is slow
	return n, err
}

func (b *pacedBody) deadline(when func() time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.paced {
		_ = b.rc.SetReadDeadline(when())
	}
}

// begin replaces the deadline of the whole request.
func (b *pacedBody) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.paced = true
	_ = b.rc.SetReadDeadline(time.Time{})
}

// end sets the last deadline, for a read that is under way too.
func (b *pacedBody) end(t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.paced = false
	_ = b.rc.SetReadDeadline(t)
}
