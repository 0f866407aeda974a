package core

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Upload is a file of the workspace. Its content is kept elsewhere under the same id.
type Upload struct {
	ID, Name, Type string
	Size           int64
	At             time.Time // when it was complete
	ETag           string
	Description    string
	Image          *Image // nil for what is no image
	Thumbnail      *Upload

	room    *room
	expires time.Time // until a message shows it, zero when one does
}

// Image is what was found out about an image.
type Image struct {
	Width, Height int
	Preview       string // a small JPEG in base64, empty where none could be made
}

// temporary is how long rooms.media keeps a file that no message shows (rest-agent B.6).
const temporary = 24 * time.Hour

// Path is the link to the file, relative to the site.
func (u *Upload) Path() string { return "/file-upload/" + u.ID + "/" + encodeURI(u.Name) }

// addUpload gives a file and its thumbnail their ids and notes them. Whoever has their contents keeps them under the ids before the
// lock is given back.
func (c *Core) addUpload(u Upload, r *room) *Upload {
	if u.Thumbnail != nil {
		u.Thumbnail = c.addUpload(*u.Thumbnail, r)
	}
	u.ID, u.At, u.ETag, u.room = c.newID(), c.millis(), c.ids.random17(), r
	c.uploads[u.ID] = &u
	return &u
}

// upload finds a file. One whose time ran out is gone.
func (c *Core) upload(id string) *Upload {
	u := c.uploads[id]
	if u != nil && !u.expires.IsZero() && c.millis().After(u.expires) {
		c.releaseFiles(u.ids()...)
		return nil
	}
	return u
}

// releaseFiles forgets files, which no message shows any more, and has their contents removed.
func (c *Core) releaseFiles(ids ...string) {
	ids = slices.DeleteFunc(ids, func(id string) bool { return c.uploads[id] == nil })
	for _, id := range ids {
		delete(c.uploads, id)
	}
	if len(ids) > 0 && c.hooks.FilesGone != nil {
		c.hooks.FilesGone(ids)
	}
}

// ids are those of the file and of its thumbnail.
func (u *Upload) ids() []string {
	if u.Thumbnail == nil {
		return []string{u.ID}
	}
	return []string{u.ID, u.Thumbnail.ID}
}

// dropUpload forgets a file whose content nobody has kept yet.
func (c *Core) dropUpload(u *Upload) {
	for _, id := range u.ids() {
		delete(c.uploads, id)
	}
}

// releaseRoomFiles forgets the files of a room that is removed.
func (c *Core) releaseRoomFiles(r *room) {
	var ids []string
	for id, u := range c.uploads {
		if u.room == r {
			ids = append(ids, id)
		}
	}
	c.releaseFiles(ids...)
}

// filesOf are the ids of the files that a message shows.
func filesOf(message doc) []string {
	var ids []string
	add := func(file doc) {
		if id, _ := file["_id"].(string); id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	if file, ok := message["file"].(doc); ok {
		add(file)
	}
	files, _ := message["files"].([]doc)
	for _, file := range files {
		add(file)
	}
	return ids
}

// UploadLimit is the largest size of a file that is read, negative for none. See FileFacts.TooLarge for when it is enforced.
func (c *Core) UploadLimit() int64 {
	limit := int64(c.number("FileUpload_MaxFileSize"))
	if c.Facts.TooLarge != nil && limit == 0 {
		limit = 104857600 // the default stands in for a zero (read in the source of 6.5)
	}
	if limit > 0 && !c.Facts.exactLimit {
		limit-- // their reader of multipart bodies gives up when the last allowed byte comes (rest-visitor 8.1)
	}
	return max(limit, -1)
}

// errTooLargeForVisitor names the size that is allowed (recorded in 3.4.0 room-message).
func (c *Core) errTooLargeForVisitor() *Fault {
	return &Fault{Body: doc{
		"success": false, "reason": "error-size-not-allowed", "sizeAllowed": humanSize(c.number("FileUpload_MaxFileSize")),
	}}
}

// humanSize writes a size as the library filesize does: in steps of 1024, with at most two decimals.
func humanSize(bytes int) string {
	size, unit := float64(bytes), 0
	units := []string{"B", "KB", "MB", "GB", "TB"}
	for size >= 1024 && unit < len(units)-1 {
		size, unit = size/1024, unit+1
	}
	number := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", size), "0"), ".")
	return number + " " + units[unit]
}

// checkFile is what the server's store looks at when a file is complete. It knows no difference between visitors and users.
func (c *Core) checkFile(u Upload, mayUpload bool) error {
	limit := c.number("FileUpload_MaxFileSize")
	switch {
	case u.Size == 0:
		return &Fault{Code: "file-too-small", Reason: "File size (size = 0) is too small (min = 1)"}
	case !mayUpload:
		return &Fault{Code: "invalid-file", Reason: "File does not match filter"}
	case !c.flag("FileUpload_Enabled"):
		return &Fault{Code: "error-file-upload-disabled", Reason: "File uploads are disabled."}
	case limit > -1 && u.Size > int64(limit) && c.Facts.bySize:
		return &Fault{Code: "error-file-too-large", Reason: "File exceeds allowed size of " + humanSize(limit) + "."}
	case !c.typeAllowed(u.Type):
		return &Fault{Code: "error-invalid-file-type", Reason: "File type is not accepted."}
	}
	return nil
}
