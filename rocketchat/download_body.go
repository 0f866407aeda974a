package rocketchat

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// fileAnswer is an answer to the request for a file.
type fileAnswer struct {
	of      *rest
	ctx     context.Context
	watch   *watch
	release context.CancelFunc
	resp    *http.Response
}

func (t *fileAnswer) status() int         { return t.resp.StatusCode }
func (t *fileAnswer) header() http.Header { return t.resp.Header }

func (t *fileAnswer) close() {
	_ = t.resp.Body.Close()
	t.release()
}

// askForFile asks for a file, or a part of it, and follows one redirect. The watch stands still when it returns.
func (r *rest) askForFile(ctx context.Context, target string, part *FileRange) (*fileAnswer, error) {
	ctx, w, release := r.watched(ctx)
	resp, err := r.fetch(ctx, r.transfers.site, target, part)     //nolint:bodyclose // fileAnswer.close does, at its reader's end
	if err != nil && ctx.Err() == nil && r.retrying(ctx) == nil { // as every read, once more
		w.run()
		resp, err = r.fetch(ctx, r.transfers.site, target, part) //nolint:bodyclose // as above
	}
	if err == nil && redirects(resp) {
		w.run()
		resp, err = r.follow(ctx, resp, target, part) //nolint:bodyclose // as above
	}
	if err != nil {
		cause := cutCause(ctx, err)
		release()
		return nil, &Error{Op: routeFile.op, Kind: KindUnavailable, cause: cause}
	}
	w.stop()
	return &fileAnswer{of: r, ctx: ctx, watch: w, release: release, resp: resp}, nil
}

// fetch makes one request. What is not the site's own is told nothing of us but what part is wanted.
func (r *rest) fetch(ctx context.Context, by *http.Client, target string, part *FileRange) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept-Encoding", "identity") // lengths and ranges are to be the file's
	req.Header.Set("User-Agent", userAgent)
	if part != nil {
		req.Header.Set("Range", part.String())
	}
	if by == r.transfers.site {
		tellClientAddress(ctx, req.Header)
	}
	return by.Do(req)
}

// redirects tells an answer that sends us elsewhere.
func redirects(resp *http.Response) bool {
	return slices.Contains([]int{
		http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect,
	}, resp.StatusCode)
}

// follow goes where an answer sends us: a store beside Rocket.Chat (rest-visitor 8.2), which answers itself or not at all.
func (r *rest) follow(ctx context.Context, from *http.Response, sent string, part *FileRange) (*http.Response, error) {
	_ = from.Body.Close()
	to, err := from.Location()
	if err != nil || to.Hostname() == "" || to.User != nil || to.Scheme != "http" && to.Scheme != "https" {
		return nil, errStranger
	}
	to.Fragment, to.RawFragment = "", ""
	by := r.transfers.site
	if !r.ownSite(to) {
		if takesGrant(sent, to) {
			return nil, errRedirect
		}
		by = r.transfers.stranger
		host := strings.TrimSuffix(strings.ToLower(to.Hostname()), ".")
		ctx = context.WithValue(ctx, strangerKey{}, stranger{host: host, listed: to.Scheme == "http"})
	}
	resp, err := r.fetch(ctx, by, to.String(), part)
	if err != nil {
		return nil, err
	}
	switch resp.StatusCode {
	case http.StatusOK, http.StatusPartialContent, http.StatusNotFound, http.StatusRequestedRangeNotSatisfiable:
		return resp, nil
	}
	_ = resp.Body.Close()
	if redirects(resp) {
		return nil, errRedirect
	}
	return nil, errForeign
}

// takesGrant tells whether an address would carry the grant of the request that led to it to another host.
func takesGrant(sent string, to *url.URL) bool {
	from, err := url.Parse(sent)
	if err != nil {
		return true
	}
	for _, key := range []string{"rc_token", "token"} {
		if secret := from.Query().Get(key); secret != "" && (strings.Contains(to.Path, secret) || holds(to.Query(), secret)) {
			return true
		}
	}
	return false
}

func holds(query url.Values, secret string) bool {
	for _, values := range query {
		if slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, secret) }) {
			return true
		}
	}
	return false
}

// receive makes the download of an answer. Want is the part that was wished for and ask the one that was asked for; either is nil for
// the whole file.
func (t *fileAnswer) receive(file File, want, ask *FileRange) (*Download, error) {
	if t.status() != http.StatusOK && t.status() != http.StatusPartialContent {
		return nil, t.of.refusedFile(t.status(), t.header())
	}
	foreign := &Error{Op: routeFile.op, Kind: KindUnavailable, HTTPStatus: t.status(), cause: errForeign}
	if t.isPage(file) {
		return nil, foreign
	}
	d := &Download{Name: file.Name, ContentType: file.ContentType, Size: file.Size}
	if d.ContentType == "" {
		d.ContentType = contentType(t.header())
	}
	body := &fileBody{of: t, left: t.resp.ContentLength}
	decoded, err := t.decoded()
	if err != nil {
		return nil, err
	}
	if decoded {
		body.left = -1
	}
	skip, cut := int64(0), int64(-1)
	if t.status() == http.StatusPartialContent {
		part, size, ok := contentRange(t.header())
		if ask == nil || !ok || part != *ask || body.left >= 0 && body.left != part.length() {
			return nil, foreign
		}
		if size > 0 {
			d.Size = size
		}
		body.left, d.Range, skip, cut = part.length(), want, want.First-part.First, want.length()
	} else {
		if body.left < 0 && file.Size > 0 {
			body.left = file.Size
		}
		d.Size = max(body.left, 0)
	}
	body.from, d.Body = t.resp.Body, body
	if cut >= 0 && (skip > 0 || cut < body.left) {
		d.Body = &trimmedBody{body: body, skip: skip, left: cut}
	}
	return d, nil
}

// isPage tells an answer that is a proxy's page rather than the file. Rocket.Chat itself says how to save what it sends.
func (t *fileAnswer) isPage(file File) bool {
	otherType := file.ContentType != "" && file.ContentType != "text/html"
	otherSize := file.Size > 0 && t.resp.ContentLength >= 0 && t.resp.ContentLength != file.Size
	return contentType(t.header()) == "text/html" && t.header().Get("Content-Disposition") == "" && t.status() == http.StatusOK &&
		(otherType || otherSize)
}

// decoded undoes a compression that nobody asked for; true if there was one.
func (t *fileAnswer) decoded() (bool, error) {
	switch strings.ToLower(t.header().Get("Content-Encoding")) {
	case "", "identity":
		return false, nil
	case "gzip", "x-gzip":
		t.watch.run()
		plain, err := gzip.NewReader(t.resp.Body)
		t.watch.stop()
		if err != nil {
			return false, t.broken(err)
		}
		t.resp.Body = &unzipped{plain, t.resp.Body}
		return true, nil
	}
	return false, &Error{Op: routeFile.op, Kind: KindUnavailable, HTTPStatus: t.status(), cause: errForeign}
}

// unzipped reads what a body holds and closes the body.
type unzipped struct {
	io.Reader
	io.Closer
}

// broken is the error of a file that did not come whole.
func (t *fileAnswer) broken(err error) *Error {
	cause := cutCause(t.ctx, err)
	if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) {
		cause = errForeign
	}
	return &Error{Op: routeFile.op, Kind: KindUnavailable, HTTPStatus: t.status(), cause: cause}
}

// fileBody is a file on its way. It ends well only after every byte that was announced.
type fileBody struct {
	of   *fileAnswer
	from io.Reader
	left int64 // bytes that are still to come; -1 where nobody knows
}

// Read implements io.Reader.
func (b *fileBody) Read(p []byte) (int, error) {
	b.of.watch.run()
	n, err := b.from.Read(p)
	b.of.watch.stop()
	switch {
	case b.left >= 0 && int64(n) > b.left:
		return 0, b.of.broken(errForeign)
	case b.left >= 0:
		b.left -= int64(n)
	}
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, io.EOF) && b.left <= 0:
		return n, io.EOF
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return n, b.of.broken(err)
}

// Close implements io.Closer.
func (b *fileBody) Close() error {
	b.of.close()
	return nil
}

// trimmedBody is a part of a part: upstream was asked for more than is wanted.
type trimmedBody struct {
	body *fileBody
	skip int64
	left int64
}

// Read implements io.Reader.
func (s *trimmedBody) Read(p []byte) (int, error) {
	if s.skip > 0 {
		n, err := io.CopyN(io.Discard, s.body, s.skip)
		s.skip -= n
		if err != nil {
			return 0, err
		}
	}
	if s.left == 0 {
		return 0, io.EOF
	}
	n, err := s.body.Read(p[:min(int64(len(p)), s.left)])
	s.left -= int64(n)
	if s.left == 0 {
		return n, nil // the neighbour that came along is nobody's matter
	}
	return n, err
}

// Close implements io.Closer.
func (s *trimmedBody) Close() error { return s.body.Close() }
