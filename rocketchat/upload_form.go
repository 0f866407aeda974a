package rocketchat

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
)

// Why an upload's content cannot be sent on.
var (
	errSize   = errors.New("content is not of the size that was announced")
	errUnread = errors.New("the upload is over")
	errHeader = errors.New("name or type holds a control character")
)

// answerRate is how fast a server is expected to store what it has received, in bytes a second: an upload's answer may take that much
// longer than another's.
const answerRate = 4 << 20

// uploadForm is the multipart body of an upload, made while it is read: text fields, the file, the end. It never holds the file.
type uploadForm struct {
	boundary string
	head     []byte
	tail     []byte
	content  *uploadContent
	watch    *watch

	parts    io.Reader
	complete atomic.Bool // the end has been read: upstream may have all of it

	mu     sync.Mutex
	closed bool
}

// uploadContent is the file while it passes.
type uploadContent struct {
	from io.Reader
	size int64 // as announced; 0 if it was not
	read atomic.Int64

	mu  sync.Mutex
	err error // why it could not be read to its end
}

// newUploadForm writes what stands around the file. Fields come before the file: what reads a form as it comes knows them by then.
func newUploadForm(f NewFile, from io.Reader, w *watch) (*uploadForm, error) {
	if strings.ContainsFunc(f.Name+f.ContentType, unicode.IsControl) {
		return nil, errHeader
	}
	var text bytes.Buffer
	m := multipart.NewWriter(&text)
	for _, field := range []struct{ name, value string }{{"description", f.Description}, {"msg", f.Text}} {
		if field.value == "" {
			continue
		}
		if err := m.WriteField(field.name, field.value); err != nil {
			return nil, err
		}
	}
	if _, err := m.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {fmt.Sprintf(`form-data; name="file"; filename="%s"`, quotes.Replace(f.Name))},
		"Content-Type":        {f.ContentType},
	}); err != nil {
		return nil, err
	}
	b := &uploadForm{
		boundary: m.Boundary(),
		head:     text.Bytes(),
		tail:     []byte("\r\n--" + m.Boundary() + "--\r\n"),
		content:  &uploadContent{from: from, size: f.Size},
		watch:    w,
	}
	b.parts = io.MultiReader(bytes.NewReader(b.head), b.content, &uploadEnd{b, bytes.NewReader(b.tail)})
	return b, nil
}

// quotes escapes a name inside the quotes of a header.
var quotes = strings.NewReplacer(`\`, `\\`, `"`, `\"`)

// length is the body's, -1 if the file's size is not known.
func (b *uploadForm) length() int64 {
	if b.content.size == 0 {
		return -1
	}
	return int64(len(b.head)) + b.content.size + int64(len(b.tail))
}

// Read implements io.Reader for the HTTP client, which asks for more when upstream has taken what was there: the time in between is
// upstream's, and that of the reading itself the caller's.
func (b *uploadForm) Read(p []byte) (int, error) {
	if b.isClosed() {
		return 0, errUnread
	}
	b.watch.stop()
	n, err := b.parts.Read(p)
	b.watch.run()
	if b.isClosed() {
		return 0, errUnread
	}
	return n, err
}

func (b *uploadForm) isClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.closed
}

// Close implements io.Closer: the file is not read any more.
func (b *uploadForm) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	return nil
}

// uploadEnd is the end of a form.
type uploadEnd struct {
	of   *uploadForm
	text *bytes.Reader
}

// Read implements io.Reader. From now on upstream may have stored the file; that it says so may take the longer the larger the file is.
func (l *uploadEnd) Read(p []byte) (int, error) {
	if !l.of.complete.Swap(true) {
		l.of.watch.limit.Add(int64(float64(l.of.content.read.Load()) / answerRate * float64(time.Second)))
	}
	return l.text.Read(p)
}

// Read implements io.Reader. A content that is shorter or longer than announced ends the upload before upstream has it.
func (c *uploadContent) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	read := c.read.Add(int64(n))
	switch {
	case c.size != 0 && read > c.size, c.size != 0 && read < c.size && errors.Is(err, io.EOF):
		n, err = 0, errSize
	case err == nil || errors.Is(err, io.EOF):
		return n, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	return n, err
}

// failure is why the content could not be read; nil if that was not it.
func (c *uploadContent) failure() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}
