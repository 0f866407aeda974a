package rest

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"

	"github.com/rocketline/rocketline/sandbox/internal/core"
)

// What comes after /file-upload and after /ufs. Of the first only the id is looked at, but the slash behind it must be there.
var (
	filePath   = regexp.MustCompile(`^/([^/]+)/`)
	legacyPath = regexp.MustCompile(`^/FileSystem:Uploads/([^/]+)(/|$)`)
)

// download answers a file, whatever the verb (recorded in both versions).
func (a *API) download(w http.ResponseWriter, c *call) {
	m := filePath.FindStringSubmatch(strings.TrimPrefix(c.request.URL.EscapedPath(), "/file-upload"))
	if m == nil {
		a.replyEmpty(w, http.StatusNotFound)
		return
	}
	file, content := a.granted(w, c, m[1])
	if content == nil {
		return
	}
	defer func() { _ = content.Close() }()
	h := w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'")
	h.Set("Cache-Control", "max-age=31536000")
	part := wholeFile(file.Size)
	if a.core.Facts.Ranges {
		part = part.narrow(c.request.Header.Get("Range"))
	}
	if part.status != http.StatusOK {
		h.Set("Content-Range", part.String())
	}
	if part.status == http.StatusRequestedRangeNotSatisfiable {
		a.replyEmpty(w, part.status)
		return
	}
	h.Set("Content-Disposition", "attachment; filename*=UTF-8''"+core.EncodeURIComponent(file.DownloadName()))
	h.Set("Last-Modified", file.At.UTC().Format(http.TimeFormat))
	a.stream(w, c.request, file.Type, part, content)
}

// downloadLegacy answers a file under its former path, which knows no cache but a tag. What else that path can do was not recorded.
func (a *API) downloadLegacy(w http.ResponseWriter, c *call) {
	m := legacyPath.FindStringSubmatch(strings.TrimPrefix(c.request.URL.EscapedPath(), "/ufs"))
	plain := c.request.Method == http.MethodGet || c.request.Method == http.MethodHead
	for _, name := range []string{"Range", "If-Modified-Since", "If-None-Match"} {
		plain = plain && c.request.Header.Get(name) == ""
	}
	if m == nil || !plain {
		a.refuse(w, c.request, c.route)
		return
	}
	file, content := a.granted(w, c, m[1])
	if content == nil {
		return
	}
	defer func() { _ = content.Close() }()
	h := w.Header()
	h.Set("Content-Disposition", `attachment; filename="`+core.EncodeURIComponent(file.Name)+`"`)
	h.Set("Last-Modified", file.At.UTC().Format(http.TimeFormat))
	h.Set("ETag", file.ETag)
	a.stream(w, c.request, file.Type, wholeFile(file.Size), content)
}

// granted finds the file that a request may read. Where there is none it answers and returns nil.
func (a *API) granted(w http.ResponseWriter, c *call, id string) (core.Upload, io.ReadSeekCloser) {
	var (
		file    core.Upload
		content io.ReadSeekCloser
		err     error
	)
	a.locked(func() {
		if file, err = a.core.Download(id, grant(c.request)); err == nil {
			content, err = a.Files.Open(id) // with the lock held, so that nobody deletes it before
		}
	})
	switch {
	case err == nil:
		return file, content
	case errors.Is(err, core.ErrNoAnswer):
		a.Hold(c.request)
		panic(http.ErrAbortHandler)
	case errors.Is(err, core.ErrNoGrant):
		a.replyEmpty(w, http.StatusForbidden)
	case errors.Is(err, core.ErrNoFile):
		a.replyEmpty(w, http.StatusNotFound)
	default:
		a.Log.Error("a file's content is lost", slog.String("id", id), slog.Any("error", err))
		a.replyEmpty(w, http.StatusNotFound)
	}
	return core.Upload{}, nil
}

// grant is what a request shows. With any Cookie header and without rc_uid in the query, cookies stand for the whole query.
func grant(r *http.Request) core.Grant {
	query := r.URL.Query()
	value := query.Get
	if value("rc_uid") == "" && r.Header.Get("Cookie") != "" {
		value = func(name string) string {
			cookie, err := r.Cookie(name)
			if err != nil {
				return ""
			}
			return cookie.Value
		}
	}
	return core.Grant{
		UserID: value("rc_uid"), Token: value("rc_token"), RoomID: value("rc_rid"), RoomType: value("rc_room_type"),
		JWT: query.Get("token"), HeaderUserID: r.Header.Get("X-User-Id"), HeaderToken: r.Header.Get("X-Auth-Token"),
	}
}

// replyEmpty is how downloads end without a file.
func (a *API) replyEmpty(w http.ResponseWriter, status int) {
	if a.core.Facts.Cors {
		w.Header().Set("Access-Control-Allow-Origin", "*")
	}
	w.WriteHeader(status)
}
