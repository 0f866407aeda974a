package gateway

import (
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

const unknownType = "application/octet-stream"

// wantedRange reads the Range header; nil for the whole file. Of the forms that RFC 9110 has, those are read that name one part by its
// beginning: "bytes=0-99", "bytes=100-". Any other header is ignored, as it may be, and so is one beside If-Range: no answer of ours had a
// validator for it to name.
func wantedRange(h http.Header) *livechatv1.ByteRange {
	values := h.Values("Range")
	if len(values) != 1 || h.Get("If-Range") != "" {
		return nil
	}
	unit, spec, _ := strings.Cut(values[0], "=")
	first, last, ok := strings.Cut(strings.TrimSpace(spec), "-")
	if !ok || !strings.EqualFold(unit, "bytes") {
		return nil
	}
	from, err := strconv.ParseUint(first, 10, 63)
	if err != nil {
		return nil
	}
	wanted := &livechatv1.ByteRange{First: int64(from)}
	if last == "" {
		return wanted
	}
	to, err := strconv.ParseUint(last, 10, 63)
	if err != nil || to < from {
		return nil
	}
	inclusive := int64(to)
	wanted.Last = &inclusive
	return wanted
}

// contentRange tells which part follows, of how much; a size of 0 is not known.
func contentRange(part *livechatv1.ByteRange, size int64) string {
	of := "*"
	if size > 0 {
		of = strconv.FormatInt(size, 10)
	}
	return "bytes " + strconv.FormatInt(part.GetFirst(), 10) + "-" + strconv.FormatInt(part.GetLast(), 10) + "/" + of
}

// mediaType is s if that is a media type, in its usual spelling. What is made of parts is not, since browsers would take headers from it:
// of another type, and without our policy.
func mediaType(s string) string {
	name, params, err := mime.ParseMediaType(s)
	family, kind, _ := strings.Cut(name, "/")
	if err != nil || family == "" || family == "multipart" || kind == "" || strings.Contains(kind, "/") {
		return unknownType
	}
	if full := mime.FormatMediaType(name, params); full != "" {
		return full
	}
	return unknownType
}

// disposition tells a browser what to do with a file, and by which name to save it: in ASCII, and if that is not all of it, in UTF-8
// beside it (RFC 6266).
func disposition(inline bool, name string) string {
	kind := "attachment"
	if inline {
		kind = "inline"
	}
	name = savedName(name)
	plain := strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII || strings.ContainsRune(`"%`, r) { // some browsers take a % for the beginning of an escape
			return '_'
		}
		return r
	}, name)
	kind += `; filename="` + plain + `"`
	if plain != name {
		// All that is not unreserved is escaped, which is more than would have to be.
		kind += "; filename*=UTF-8''" + strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	}
	return kind
}

// savedName is a name that can be saved under: without a path, and without signs that cannot be seen, which end a header or make
// "gpj.exe" look like "exe.jpg".
func savedName(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case r == '/' || r == '\\':
			return '_'
		case unicode.In(r, unicode.C, unicode.Zl, unicode.Zp), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, name)
	if strings.Trim(name, ". ") == "" {
		return "file"
	}
	return name
}
