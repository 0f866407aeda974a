package core

import (
	"path"
	"slices"
	"strings"
)

// typeAllowed says whether files of a type may be uploaded: not if the black list has it, and if there is a white list, only if
// that has it. A list may say "image/*".
func (c *Core) typeAllowed(kind string) bool {
	black, white := mediaTypes(c.text("FileUpload_MediaTypeBlackList")), mediaTypes(c.text("FileUpload_MediaTypeWhiteList"))
	return !lists(black, kind) && (len(white) == 0 || lists(white, kind))
}

func mediaTypes(setting string) []string {
	var types []string
	for kind := range strings.SplitSeq(setting, ",") {
		if kind = strings.TrimSpace(kind); kind != "" {
			types = append(types, kind)
		}
	}
	return types
}

func lists(types []string, kind string) bool {
	family, _, _ := strings.Cut(kind, "/")
	return slices.Contains(types, kind) || slices.Contains(types, family+"/*")
}

const anyBytes = "application/octet-stream"

// extensions of the types that chats are full of, the one that is appended first. The servers know many more.
var extensions = map[string][]string{
	"application/gzip":         {"gz"},
	"application/javascript":   {"js", "mjs"},
	"application/json":         {"json", "map"},
	"application/msword":       {"doc", "dot"},
	"application/pdf":          {"pdf"},
	"application/rtf":          {"rtf"},
	"application/vnd.ms-excel": {"xls", "xlm", "xla", "xlc", "xlt", "xlw"},
	"application/vnd.openxmlformats-officedocument.presentationml.presentation": {"pptx"},
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":         {"xlsx"},
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document":   {"docx"},
	"application/xml": {"xml", "xsl", "xsd", "rng"},
	"application/zip": {"zip"},
	"audio/mpeg":      {"mpga", "mp2", "mp2a", "mp3", "m2a", "m3a"},
	"audio/ogg":       {"oga", "ogg", "spx"},
	"audio/wav":       {"wav"},
	"audio/webm":      {"weba"},
	"image/bmp":       {"bmp"},
	"image/gif":       {"gif"},
	"image/heic":      {"heic"},
	"image/jpeg":      {"jpeg", "jpg", "jpe"},
	"image/png":       {"png"},
	"image/svg+xml":   {"svg", "svgz"},
	"image/tiff":      {"tif", "tiff"},
	"image/webp":      {"webp"},
	"text/css":        {"css"},
	"text/csv":        {"csv"},
	"text/html":       {"html", "htm", "shtml"},
	"text/markdown":   {"markdown", "md"},
	"text/plain":      {"txt", "text", "conf", "def", "list", "log", "in", "ini"},
	"video/mp4":       {"mp4", "mp4v", "mpg4"},
	"video/quicktime": {"qt", "mov"},
	"video/webm":      {"webm"},
}

var typesByExtension = func() map[string]string {
	all := map[string]string{}
	for kind, names := range extensions {
		for _, name := range names {
			all[name] = kind
		}
	}
	return all
}()

// typeOf is the type that a name's extension stands for, empty for an unknown one.
func typeOf(name string) string {
	return typesByExtension[strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))]
}

// GuessedType is the type of a file that came with a name and a type.
func (c *Core) GuessedType(name, kind string) string {
	if guess := typeOf(name); kind == anyBytes && c.Facts.GuessType && guess != "" {
		return guess
	}
	return kind
}

// DownloadName is the file's name as downloads have it: with an extension that fits its type (recorded in 3.4.0 files, read in the
// source of later versions too).
func (u *Upload) DownloadName() string {
	names := extensions[u.Type]
	if u.Type == anyBytes || len(names) == 0 || typeOf(u.Name) == u.Type ||
		strings.HasSuffix(strings.ToLower(u.Name), "."+names[0]) {
		return u.Name
	}
	return u.Name + "." + names[0]
}

// formatOf is what attachments of users call the format of a file: the extension in capitals.
func formatOf(name string) string {
	parts := strings.Split(name, ".")
	if last := parts[len(parts)-1]; len(parts) > 1 && last != "" && (parts[0] != "" || len(parts) > 2) {
		return strings.ToUpper(last)
	}
	return "file"
}
