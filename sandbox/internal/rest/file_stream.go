package rest

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// extent is the part of a file that is answered.
type extent struct {
	status      int
	first, last int64
	size        int64
}

func wholeFile(size int64) extent { return extent{http.StatusOK, 0, size - 1, size} }

// rangeShape is all that the servers look for in a Range header, so that "lines=1-2" is a range and "bytes=5-" is none (recorded in
// 6.5.3 files).
var rangeShape = regexp.MustCompile(`(\d+)-(\d+)`)

// narrow applies a Range header. A range of one byte is out of bounds to the servers, and one that ends right behind the last byte
// is not (read in the source): the body then is shorter than its Content-Length.
func (s extent) narrow(header string) extent {
	m := rangeShape.FindStringSubmatch(header)
	if m == nil {
		return s
	}
	first, err1 := strconv.ParseInt(m[1], 10, 64)
	last, err2 := strconv.ParseInt(m[2], 10, 64)
	if err1 != nil || err2 != nil || first > s.size || last <= first || last > s.size {
		return extent{http.StatusRequestedRangeNotSatisfiable, 0, -1, s.size}
	}
	return extent{http.StatusPartialContent, first, last, s.size}
}

func (s extent) length() int64 { return s.last - s.first + 1 }

// String is the Content-Range header.
func (s extent) String() string {
	if s.status == http.StatusRequestedRangeNotSatisfiable {
		return fmt.Sprintf("bytes */%d", s.size)
	}
	return fmt.Sprintf("bytes %d-%d/%d", s.first, s.last, s.size)
}

// stream writes a part of a file while it reads it. What can be compressed is, from a kilobyte on, for those who ask.
func (a *API) stream(w http.ResponseWriter, r *http.Request, kind string, part extent, content io.ReadSeeker) {
	if _, err := content.Seek(part.first, io.SeekStart); err != nil {
		a.replyEmpty(w, http.StatusNotFound)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	if a.core.Facts.Cors {
		h.Set("Access-Control-Allow-Origin", "*")
	}
	var out io.Writer = w
	zipped := false
	if compressible(kind) {
		h.Set("Vary", "Accept-Encoding")
		if part.length() >= smallest && r.Method != http.MethodHead && acceptsGzip(r.Header.Get("Accept-Encoding")) {
			h.Set("Content-Encoding", "gzip")
			zip := gzip.NewWriter(w)
			defer func() { _ = zip.Close() }()
			out, zipped = zip, true
		}
	}
	if !zipped {
		h.Set("Content-Length", strconv.FormatInt(part.length(), 10))
	}
	w.WriteHeader(part.status)
	if zipped { // what is compressed tells no length (rest-visitor 8.2), not even where it is known soon
		_ = http.NewResponseController(w).Flush()
	}
	if r.Method != http.MethodHead {
		_, _ = io.Copy(out, io.LimitReader(content, part.length())) // a reader who left is no mistake
	}
}

// smallest is the length from which on bodies are compressed.
const smallest = 1024

var (
	textual     = regexp.MustCompile(`^text/|\+(json|text|xml)$`)
	alsoTextual = []string{
		"application/javascript", "application/json", "application/rtf", "application/xml", "image/bmp",
	}
)

// compressible types get Vary, whatever is asked (recorded in both versions: text and HTML do, PNG, PDF and bytes do not).
func compressible(kind string) bool {
	return textual.MatchString(kind) || slices.Contains(alsoTextual, kind)
}

func acceptsGzip(header string) bool {
	for item := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(item, ";")
		weight = strings.ReplaceAll(weight, " ", "")
		if name = strings.TrimSpace(name); (name == "gzip" || name == "*") && weight != "q=0" {
			return true
		}
	}
	return false
}
