package rocketchat

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// FileRange is a part of a file: the bytes from First to Last, both included. As a wish, a Last of -1 means the file's last.
type FileRange struct{ First, Last int64 }

func (r FileRange) length() int64 { return r.Last - r.First + 1 }

// errNoSuchPart is what a wish for bytes behind the end of the file ends with.
func errNoSuchPart(status int) *Error {
	return &Error{Op: routeFile.op, Kind: KindRefused, Code: CodeRangeNotSatisfiable, HTTPStatus: status}
}

// within makes a wish exact for a file of that size; false if the file has no such part.
func (r FileRange) within(size int64) (FileRange, bool) {
	if r.Last < 0 || r.Last >= size {
		r.Last = size - 1
	}
	return r, r.First >= 0 && r.First <= r.Last
}

// asked is the part that is asked of upstream for an exact wish. Rocket.Chat answers only ranges with both ends, and takes one of a
// single byte for none (6.5.3 files; read in its source): such a one is asked for with a neighbour. False asks for the whole file,
// which is a single byte.
func (r FileRange) asked(size int64) (FileRange, bool) {
	switch {
	case r.First < r.Last:
		return r, true
	case r.Last+1 < size:
		return FileRange{r.First, r.Last + 1}, true
	case r.First > 0:
		return FileRange{r.First - 1, r.Last}, true
	}
	return FileRange{}, false
}

// String is the Range header's value.
func (r FileRange) String() string { return fmt.Sprintf("bytes=%d-%d", r.First, r.Last) }

// contentRange reads the header of a 206, "bytes 0-3/21", or of a 416, "bytes */21". What is not told is -1.
func contentRange(h http.Header) (part FileRange, size int64, ok bool) {
	part, size = FileRange{-1, -1}, -1
	unit, rest, _ := strings.Cut(h.Get("Content-Range"), " ")
	extent, total, found := strings.Cut(strings.TrimSpace(rest), "/")
	if !strings.EqualFold(unit, "bytes") || !found {
		return part, size, false
	}
	if n, good := digits(total); good {
		size = n
	}
	if extent == "*" {
		return part, size, size >= 0
	}
	from, to, _ := strings.Cut(extent, "-")
	first, good1 := digits(from)
	last, good2 := digits(to)
	if !good1 || !good2 || last < first || size >= 0 && last >= size {
		return part, size, false
	}
	return FileRange{first, last}, size, true
}

func digits(s string) (int64, bool) {
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err == nil
}
