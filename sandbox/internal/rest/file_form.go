package rest

import (
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"strings"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/files"
)

// maxField is the length at which the servers cut the text of a form field.
const maxField = 1 << 20

// multipartBoundary refuses what is no multipart body in the words of the library that the servers read them with.
func multipartBoundary(contentType string) (string, error) {
	kind, params, err := mime.ParseMediaType(contentType)
	switch {
	case contentType == "":
		return "", &core.Fault{Code: "Missing Content-Type", Plain: true}
	case kind == "application/x-www-form-urlencoded" || kind == "":
		return "", errMalformed
	case !strings.HasPrefix(kind, "multipart/"):
		return "", &core.Fault{Code: "Unsupported content type: " + contentType, Plain: true}
	case err != nil || params["boundary"] == "":
		return "", &core.Fault{Code: "Multipart: Boundary not found", Plain: true}
	}
	return params["boundary"], nil
}

// formReader takes a multipart body apart.
type formReader struct {
	facts core.FileFacts
	store *files.Store
	limit int64
	parts *multipart.Reader
	up    *upload
	found int // files under the right name
}

func (f *formReader) read() error {
	for {
		part, err := f.parts.NextRawPart()
		switch {
		case err == io.EOF: //nolint:errorlint // wrapped, it is the end of a body without its last boundary
			return nil
		case err != nil:
			return errMalformed
		}
		disposition, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		if err != nil || disposition != "form-data" {
			continue // the library passes over it too
		}
		kind := partType(part.Header.Get("Content-Type"))
		name, isFile := params["filename"]
		switch {
		case isFile:
			err = f.file(part, params["name"], name, kind)
		case kind == "application/octet-stream":
			return errMalformed // a file without a name, which nobody has tried
		default:
			err = f.text(part, params["name"])
		}
		if err != nil {
			return err
		}
	}
}

// partType is what the servers take a part for that does not tell its type.
func partType(header string) string {
	kind, _, _ := strings.Cut(header, ";")
	if kind = strings.ToLower(strings.TrimSpace(kind)); kind == "" {
		return "text/plain"
	}
	return kind
}

func (f *formReader) text(part io.Reader, name string) error {
	text, err := io.ReadAll(io.LimitReader(part, maxField))
	if err != nil {
		return errMalformed
	}
	f.up.set(name, strings.ToValidUTF8(string(text), "\uFFFD"))
	return nil
}

// file keeps the first file of the right name. What is wrong is told at once where the version reads no further.
func (f *formReader) file(part io.Reader, field, name, kind string) error {
	switch {
	case field != "file" && f.facts.WrongField == nil:
		return errSilent
	case field != "file":
		return f.facts.WrongField
	}
	f.found++
	if f.found > 1 {
		if f.facts.TooLarge != nil {
			return f.facts.ManyFiles
		}
		return nil
	}
	content, err := f.store.Receive(part, f.limit)
	if errors.Is(err, files.ErrTooLarge) {
		if f.facts.TooLarge != nil {
			return f.facts.TooLarge
		}
		// The size is judged when the rest was read, and the type before it.
		f.up.file.Size = f.limit + 1
		content, err = f.store.Receive(strings.NewReader(""), -1)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errMalformed
	}
	if err != nil {
		return err
	}
	if at := strings.LastIndexAny(name, `/\`); at >= 0 {
		name = name[at+1:]
	}
	f.up.content = content
	f.up.file.Name, f.up.file.Type = strings.ToValidUTF8(name, "\uFFFD"), kind
	return nil
}
