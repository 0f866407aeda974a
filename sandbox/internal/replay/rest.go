package replay

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// How long a request may take. Requests that real servers never answered are given up at once.
const (
	restPatience = 3 * time.Second
	noAnswer     = 300 * time.Millisecond
)

// answer is what our server said to a request. Err is set when it said nothing.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error
}

func newHTTPClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{DisableCompression: true}, // accept-encoding is sent only where it was recorded
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// exchange sends a recorded request in our ids and keeps the answer for the comparison at the end.
func (p *Player) exchange(ctx context.Context, e Event) answer {
	patience := restPatience
	if e.Response.Status == 0 {
		patience = noAnswer
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p.names.claim(e.Request.Path)
	p.names.claim(string(e.Request.Body))
	request := e.Request
	request.Headers = maps.Clone(request.Headers)
	maps.Copy(request.Headers, p.cfg.Headers[e.Label])
	return p.send(ctx, request)
}

func (p *Player) send(ctx context.Context, r Request) answer {
	path := strings.ReplaceAll(p.names.substitute(r.Path), "#", "%23") // the recorder's client sent it as part of the path
	req, err := http.NewRequestWithContext(ctx, r.Method, p.url+path, bytes.NewReader(p.body(r)))
	if err != nil {
		return answer{err: err}
	}
	for name, value := range r.Headers {
		req.Header.Set(name, p.names.substitute(value))
	}
	resp, err := p.http.Do(req)
	if err != nil {
		return answer{err: err}
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: data, err: err}
}

// compareAnswer lists how an answer differs from the recorded one. A wrong status says it all.
func (c comparer) compareAnswer(want Response, got answer) []Difference {
	switch {
	case want.Status == 0 && got.err != nil:
		return nil
	case want.Status == 0:
		return []Difference{{Path: "status", Want: "no answer", Got: got.summary()}}
	case got.err != nil:
		return []Difference{{Path: "status", Want: strconv.Itoa(want.Status), Got: "no answer: " + got.err.Error()}}
	case want.Status != got.status:
		return []Difference{{Path: "status", Want: want.summary(), Got: got.summary()}}
	}
	return append(c.compareHeaders(want, got), c.compareBody(want, got)...)
}

// recordedHeaders are those that the recorders kept. What is not among a recorded answer's headers was not sent.
var recordedHeaders = []string{
	"content-type", "cache-control", "vary", "content-length", "content-disposition", "last-modified", "content-range", "etag",
	"allow", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset",
	"x-deprecation-type", "x-deprecation-message", "x-deprecation-version",
	"access-control-allow-origin", "access-control-allow-headers", "access-control-allow-methods",
}

func (c comparer) compareHeaders(want Response, got answer) []Difference {
	var found []Difference
	for _, name := range recordedHeaders {
		w, inWant := want.Headers[name]
		values := got.header.Values(name)
		switch {
		case inWant && len(values) == 0:
			found = append(found, Difference{Path: "header " + name, Want: w, Got: missing})
		case inWant && !freeHeader(name) && !c.texts(w, strings.Join(values, ", ")):
			found = append(found, Difference{Path: "header " + name, Want: w, Got: strings.Join(values, ", ")})
		case !inWant && len(values) > 0 && name != "content-length": // chunked or not is up to the HTTP library
			found = append(found, Difference{Path: "header " + name, Want: extra, Got: strings.Join(values, ", ")})
		}
	}
	return found
}

func (c comparer) compareBody(want Response, got answer) []Difference {
	html := strings.HasPrefix(want.Headers["content-type"], "text/html")
	isHTML := bytes.HasPrefix(bytes.ToLower(bytes.TrimSpace(got.body)), []byte("<!doctype html"))
	switch {
	case html && want.Text != nil && strings.HasPrefix(strings.ToLower(strings.TrimSpace(*want.Text)), "<!doctype html"):
		if !isHTML {
			return []Difference{{Path: "body", Want: "a page of HTML", Got: short(string(got.body))}}
		}
	case want.SHA256 != "":
		// What the recorders could hash was a download; a JSON answer's hash would be that of its ids.
		if want.JSON == nil {
			return compareBytes(want, got.body)
		}
		return c.compareJSON(want, got)
	case want.Binary != nil:
		return compareBinary(want, got.body)
	case want.JSON != nil:
		return c.compareJSON(want, got)
	case want.Text != nil && !c.texts(*want.Text, string(got.body)):
		return []Difference{{Path: "body", Want: short(*want.Text), Got: short(string(got.body))}}
	}
	return nil
}

func (c comparer) compareJSON(want Response, got answer) []Difference {
	var w, g any
	if err := json.Unmarshal(want.JSON, &w); err != nil {
		return []Difference{{Path: "body", Want: "the recording's JSON", Got: err.Error()}}
	}
	if err := json.Unmarshal(got.body, &g); err != nil {
		return []Difference{{Path: "body", Want: brief(w), Got: short(string(got.body))}}
	}
	return c.compare("", w, g)
}

func compareBytes(want Response, got []byte) []Difference {
	sum := sha256.Sum256(got)
	if want.SHA256 == hex.EncodeToString(sum[:]) {
		return nil
	}
	expected := want.Base64
	if want.Text != nil {
		expected = []byte(*want.Text)
	}
	return []Difference{{
		Path: "body", Want: fmt.Sprintf("%d bytes %s", want.Bytes, short(strconv.Quote(string(expected)))),
		Got: fmt.Sprintf("%d bytes %s", len(got), short(strconv.Quote(string(got)))),
	}}
}

// compareBinary compares as much of a download as was recorded, and its length.
func compareBinary(want Response, got []byte) []Difference {
	if len(got) == want.Bytes && bytes.HasPrefix(got, want.Binary) {
		return nil
	}
	return []Difference{{
		Path: "body", Want: fmt.Sprintf("%d bytes %s", want.Bytes, short(strconv.Quote(string(want.Binary)))),
		Got: fmt.Sprintf("%d bytes %s", len(got), short(strconv.Quote(string(got)))),
	}}
}

func (r Response) summary() string {
	if r.JSON != nil {
		return fmt.Sprintf("%d %s", r.Status, short(compact(r.JSON)))
	}
	if r.Text != nil {
		return fmt.Sprintf("%d %s", r.Status, short(*r.Text))
	}
	return strconv.Itoa(r.Status)
}

func (a answer) summary() string {
	return fmt.Sprintf("%d %s", a.status, short(string(slices.Clone(a.body))))
}
