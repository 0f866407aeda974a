package server

import (
	"context"
	"errors"
	"log/slog"
	"mime"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/failure"
)

// fileRules knows which files the workspace takes, and asks for that as rarely as for its other settings: as the workspace itself and
// without waiting.
type fileRules struct {
	workspace *workspace

	mu    sync.Mutex
	rules rocketchat.FileRules // what was read last; before that none
	asked time.Time            // zero: never, or to be asked again
}

// current is what is believed of the rules. While they cannot be read, and never could, Rocket.Chat alone decides.
func (f *fileRules) current(ctx context.Context) rocketchat.FileRules {
	f.mu.Lock()
	rules := f.rules
	stale := f.asked.IsZero() || time.Since(f.asked) > workspaceLife
	if stale {
		f.asked = time.Now() // one caller asks, and an error is not asked for again at once
	}
	f.mu.Unlock()
	if !stale {
		return rules
	}
	own := rocketchat.WithLimitUntil(rocketchat.WithClientAddress(ctx, f.workspace.address), time.Time{})
	read, err := f.workspace.chat.FileRules(own)
	if err != nil {
		f.workspace.logger.WarnContext(ctx, "which files the workspace takes cannot be read; it will say so itself", slog.Any("error", err))
		return rules
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules, f.asked = read, time.Now()
	return read
}

// forget has the rules read anew at the next upload: Rocket.Chat has just refused what they allowed.
func (f *fileRules) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = time.Time{}
}

// checkFile holds a file against the workspace's rules. A size of 0 is not known yet.
func checkFile(rules rocketchat.FileRules, contentType string, size int64) error {
	switch {
	case rules.Disabled:
		return failure.From(&rocketchat.Error{Op: "check file", Code: rocketchat.CodeUploadDisabled})
	case !rules.Takes(contentType):
		return failure.From(&rocketchat.Error{Op: "check file", Code: rocketchat.CodeFileTypeNotAllowed})
	}
	return checkSize(rules, size)
}

// checkSize refuses more bytes than the workspace takes.
func checkSize(rules rocketchat.FileRules, size int64) error {
	if rules.MaxSize == 0 || size <= rules.MaxSize {
		return nil
	}
	return withLimit(&rocketchat.Error{Op: "check file", Code: rocketchat.CodeFileTooLarge}, rules.MaxSize)
}

// withLimit adds to an error which limit was broken, where that is known.
func withLimit(err error, limit int64) error {
	var told *failure.Error
	if limit > 0 && errors.As(failure.From(err), &told) {
		return told.With("limit", strconv.FormatInt(limit, 10))
	}
	return err
}

// fileAt adds to an error about what was not found what that was.
func fileAt(err error, roomID, messageID, fileID string) error {
	var told *failure.Error
	if !errors.As(failure.From(err), &told) {
		return err
	}
	return told.Named(func(kind string) string {
		return map[string]string{"room": roomID, "message": messageID, "file": fileID}[kind]
	})
}

// badField is the error of one field of a request.
func badField(field, text string) error {
	return failure.New(codes.InvalidArgument, livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID, "").
		Field(field, text).Summarised("the request breaks a rule")
}

// checkName refuses names that are more than a name: with a path, or with characters that nobody sees.
func checkName(name string) error {
	switch {
	case strings.ContainsAny(name, `/\`):
		return badField("header.file.name", "must be without a path")
	case strings.Trim(name, ". ") == "":
		return badField("header.file.name", "must be a name")
	case strings.ContainsFunc(name, unicode.IsControl):
		return badField("header.file.name", "must not hold control characters")
	}
	return nil
}

const anyType = "application/octet-stream"

// contentTypeOf is the type of a file, without parameters, in lower case: as it was sent, or as the ending of the file's name says.
func contentTypeOf(sent, name string) (string, error) {
	if sent == "" {
		if kind, ok := typesByEnding[strings.ToLower(path.Ext(name))]; ok {
			return kind, nil
		}
		return anyType, nil
	}
	kind, _, err := mime.ParseMediaType(sent)
	if err != nil || !strings.Contains(kind, "/") {
		return "", badField("header.file.content_type", "must be a MIME type, such as image/png")
	}
	return kind, nil
}

// typesByEnding are the types of what people send in chats. It is a table of our own, since the one of package mime depends on the machine.
var typesByEnding = map[string]string{
	".avif": "image/avif", ".bmp": "image/bmp", ".gif": "image/gif", ".heic": "image/heic", ".jpeg": "image/jpeg", ".jpg": "image/jpeg",
	".png": "image/png", ".svg": "image/svg+xml", ".tif": "image/tiff", ".tiff": "image/tiff", ".webp": "image/webp",
	".aac": "audio/aac", ".m4a": "audio/mp4", ".mp3": "audio/mpeg", ".oga": "audio/ogg", ".ogg": "audio/ogg", ".opus": "audio/ogg",
	".wav": "audio/wav", ".weba": "audio/webm",
	".mov": "video/quicktime", ".mp4": "video/mp4", ".ogv": "video/ogg", ".webm": "video/webm",
	".css": "text/css", ".csv": "text/csv", ".htm": "text/html", ".html": "text/html", ".ics": "text/calendar", ".log": "text/plain",
	".md": "text/markdown", ".txt": "text/plain", ".vcf": "text/vcard",
	".7z": "application/x-7z-compressed", ".doc": "application/msword", ".eml": "message/rfc822", ".gz": "application/gzip",
	".js": "text/javascript", ".json": "application/json", ".pdf": "application/pdf", ".rtf": "application/rtf", ".tar": "application/x-tar",
	".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint", ".xml": "application/xml", ".zip": "application/zip",
	".odt":  "application/vnd.oasis.opendocument.text",
	".ods":  "application/vnd.oasis.opendocument.spreadsheet",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// rasters are the images that may be shown in place: they hold nothing that a browser runs. SVG does.
var rasters = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "image/avif": true, "image/bmp": true,
}

// inline tells whether a browser may show a file of that type in place.
func inline(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && (rasters[kind] || strings.HasPrefix(kind, "audio/") || strings.HasPrefix(kind, "video/"))
}
