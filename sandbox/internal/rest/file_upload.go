package rest

import (
	"errors"
	"image"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"

	"github.com/rocketline/rocketline/sandbox/internal/core"
	"github.com/rocketline/rocketline/sandbox/internal/files"
	"github.com/rocketline/rocketline/sandbox/internal/wire"
)

// upload is a multipart body with one file.
type upload struct {
	file      core.Upload
	content   *files.Content // the caller's
	thumbnail *files.Content // the caller's too, nil where there is none
	fields    wire.Object
}

// discard gives up what was not kept.
func (u *upload) discard() {
	u.content.Discard()
	if u.thumbnail != nil {
		u.thumbnail.Discard()
	}
}

// keep stores the contents of what the core has noted, whose lock is held.
func (u *upload) keep(store *files.Store, noted *core.Upload) {
	store.Put(noted.ID, u.content)
	if u.thumbnail != nil {
		store.Put(noted.Thumbnail.ID, u.thumbnail)
	}
}

// thumbnailBox is the size from which on an image gets a thumbnail: the default of the settings for it.
var thumbnailBox = image.Pt(480, 360)

// How reading a multipart body ends early.
var (
	errSilent    = errors.New("the server waits for ever for this part")
	errMalformed = errors.New("no multipart body that was ever recorded")
	errCut       = errors.New("the sender is gone")
)

// receive reads the body of an upload while it comes, keeping at most the file, and answers what is wrong with it; then it
// returns nil. A call that is refused anyway has its body read to the end too, as the real servers do, so that the sender gets to the
// answer. The lock is not held: the sender may take his time.
func (a *API) receive(w http.ResponseWriter, c *call, limit int64, refusal error) *upload {
	up, err := &upload{}, refusal
	if err == nil {
		up, err = a.readUpload(c, limit)
	}
	if err == nil {
		return up
	}
	_, _ = io.Copy(io.Discard, c.request.Body)
	switch {
	case errors.Is(err, errSilent):
		a.Hold(c.request)
		panic(http.ErrAbortHandler)
	case errors.Is(err, errCut), errors.Is(err, files.ErrClosed):
		panic(http.ErrAbortHandler)
	case errors.Is(err, errMalformed):
		a.refuse(w, c.request, c.route)
	default:
		var f *core.Fault
		if !errors.As(err, &f) {
			a.Log.Error("an upload could not be kept", slog.Any("error", err))
		}
		a.replyError(w, c.request, codedError{err})
	}
	return nil
}

// readUpload reads the parts in the order in which they come. What it answers with an error is empty.
func (a *API) readUpload(c *call, limit int64) (*upload, error) {
	r := c.request
	boundary, err := multipartBoundary(r.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	body := &watched{Reader: r.Body}
	form := &formReader{
		facts: a.core.Facts.FileFacts, store: a.Files, limit: limit,
		parts: multipart.NewReader(body, boundary), up: &upload{},
	}
	err = form.read()
	switch {
	case body.broken:
		err = errCut
	case err != nil:
	case form.found == 0:
		err = form.facts.NoFile
	case form.found > 1:
		err = form.facts.ManyFiles
	default:
		form.up.file.Type = a.core.GuessedType(form.up.file.Name, form.up.file.Type)
		if form.up.file.Size == 0 {
			form.up.file.Size = form.up.content.Size()
		}
		form.up.file.Description = form.up.fields.Str("description")
		var box image.Point
		if c.user != nil && a.core.Facts.Thumbnails {
			box = thumbnailBox
		}
		form.up.look(box)
		return form.up, nil
	}
	if form.up.content != nil {
		form.up.content.Discard()
	}
	return nil, err
}

// watched notices when a body ends in another way than by its end.
type watched struct {
	io.Reader
	broken bool
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if err != nil && err != io.EOF {
		w.broken = true
	}
	return n, err
}

func (u *upload) set(name, text string) {
	if u.fields.Values == nil {
		u.fields.Values = map[string]any{}
	}
	if _, there := u.fields.Values[name]; !there {
		u.fields.Keys = append(u.fields.Keys, name)
	}
	u.fields.Values[name] = text
}

// look finds out about the image that the file may be.
func (u *upload) look(box image.Point) {
	if !strings.HasPrefix(u.file.Type, "image/") {
		return
	}
	found := files.Inspect(u.content, box)
	if found == nil {
		return
	}
	u.file.Image = &core.Image{Width: found.Width, Height: found.Height, Preview: found.Preview}
	if u.thumbnail = found.Thumbnail; u.thumbnail != nil {
		u.file.Thumbnail = &core.Upload{
			Name: "thumb-" + u.file.Name, Type: u.file.Type, Size: u.thumbnail.Size(),
			Image: &core.Image{Width: found.ThumbnailWidth, Height: found.ThumbnailHeight},
		}
	}
}

// What a form may say beside its file and description. All of it is text, so that groupable can never be right.
var (
	visitorFields = []field{
		{name: "avatar", optional: true}, {name: "emoji", optional: true}, {name: "alias", optional: true},
		{name: "groupable", kind: aBoolean, optional: true}, {name: "msg", optional: true},
	}
	userFields = append([]field{
		{name: "tmid", optional: true}, {name: "customFields", optional: true}, {name: "t", optional: true}, {name: "content", optional: true},
	}, visitorFields...)
)

// check looks at the other fields. A real server has stored the file by then, and nobody ever learns under which id.
func (u *upload) check(fields []field) error {
	keys := slices.DeleteFunc(slices.Clone(u.fields.Keys), func(key string) bool { return key == "description" })
	if err := match(fields, false, &wire.Object{Keys: keys, Values: u.fields.Values}, ""); err != nil {
		return err
	}
	return nil
}
