package core

import (
	"errors"
	"maps"
	"strings"
	"time"
)

// FileText is what an upload says beside its file and that a message keeps.
type FileText struct {
	Text      string
	Groupable bool
}

// errRoomRefused is the refusal of livechat/upload.
func (c *Core) errRoomRefused() *Fault {
	return &Fault{Status: 403, Body: doc{"success": false, "error": "unauthorized"}}
}

// MayVisitorUpload is what livechat/upload looks at before it reads the body: the room must be an open one of the token.
func (c *Core) MayVisitorUpload(rid, token string) error {
	if token == "" {
		return c.errRoomRefused()
	}
	if c.Facts.switchesFirst && (!c.flag("Livechat_fileupload_enabled") || !c.flag("FileUpload_Enabled")) {
		return &Fault{Body: doc{"success": false, "reason": "error-file-upload-disabled"}}
	}
	if c.uploadRoom(rid, token) == nil {
		return c.errRoomRefused()
	}
	return nil
}

// uploadRoom is a visitor's open room, nil where there is none.
func (c *Core) uploadRoom(rid, token string) *room {
	r := c.rooms[rid]
	if c.tokens[token] == nil || r == nil || !r.isOf(token) || !r.open {
		return nil
	}
	return r
}

// CheckVisitorFile is what livechat/upload looks at in a file that it has read.
func (c *Core) CheckVisitorFile(rid, token string, u Upload) error {
	limit := c.number("FileUpload_MaxFileSize")
	switch {
	case !c.typeAllowed(u.Type):
		return &Fault{Body: doc{"success": false, "reason": "error-type-not-allowed"}}
	case c.Facts.TooLarge == nil && limit > -1 && u.Size > int64(limit):
		return c.errTooLargeForVisitor()
	}
	return c.checkFile(u, c.uploadRoom(rid, token) != nil)
}

// VisitorFile sends a visitor's file message and answers it, as sendMessageLivechat does, beside the file's id. The file has been
// checked.
func (c *Core) VisitorFile(rid, token string, u Upload, in FileText) (Doc, string, error) {
	r := c.uploadRoom(rid, token)
	if r == nil {
		return nil, "", c.errRoomRefused()
	}
	file := c.addUpload(u, r)
	answer, err := c.sendVisitorFile(rid, token, file, in)
	if err != nil {
		c.dropUpload(file)
		return nil, "", err
	}
	return answer, file.ID, nil
}

func (c *Core) sendVisitorFile(rid, token string, file *Upload, in FileText) (Doc, error) {
	parts := c.fileParts(file, false)
	if c.Facts.visitorFiles {
		parts["files"], parts["groupable"] = []doc{parts["file"].(doc)}, in.Groupable
	}
	answer, err := c.SendAnywhere(Draft{Token: token, RID: rid, Text: in.Text, Extra: parts})
	if errors.Is(err, errTooLong) { // here it has a code
		return nil, &Fault{Code: errTooLong.Code}
	}
	return answer, err
}

// errNoRoomAccess is how users are told that a room is not theirs.
var errNoRoomAccess = &Fault{Status: 403, Body: doc{"success": false, "error": "unauthorized"}}

// MayUserUpload is what rooms.upload and rooms.media look at before they read the body.
func (c *Core) MayUserUpload(u *User, rid string) error {
	r := c.rooms[rid]
	if r == nil && c.Facts.roomNotFound {
		return &Fault{Code: "error-invalid-room", Reason: "Invalid room", Details: doc{"method": "canAccessRoom"}}
	}
	if r == nil || !c.mayAccess(u, r) {
		return errNoRoomAccess
	}
	return nil
}

// CheckUserFile is what rooms.upload and rooms.media look at in a file that they have read.
func (c *Core) CheckUserFile(u *User, rid string, file Upload) error {
	r := c.rooms[rid]
	return c.checkFile(file, r != nil && c.mayAccess(u, r))
}

// UserFile sends a user's file message and answers what the routes tell of it, beside the file. The file has been checked.
func (c *Core) UserFile(u *User, rid string, file Upload, extra Doc) (Doc, *Upload, error) {
	r := c.rooms[rid]
	if r == nil {
		return nil, nil, errNoRoomAccess
	}
	stored := c.addUpload(file, r)
	answer, err := c.sendUserFile(u, rid, stored, extra)
	if err != nil {
		c.dropUpload(stored)
		return nil, nil, err
	}
	return answer, stored, nil
}

// sendUserFile takes the way of any message of a user. Extra has the keys of the message that were sent beside the file.
func (c *Core) sendUserFile(u *User, rid string, file *Upload, extra doc) (Doc, error) {
	d := withFlags(c.fileParts(file, true), extra)
	d["rid"], d["groupable"] = rid, false
	if c.Facts.userFiles {
		files := []doc{d["file"].(doc)}
		if file.Thumbnail != nil {
			files = append(files, file.Thumbnail.ref())
		}
		d["files"] = files
	}
	sent, err := c.SendMessage(u, Sending{Message: d})
	if err != nil {
		return nil, err
	}
	answer := maps.Clone(sent)
	for _, key := range []string{"groupable", "mentions", "channels"} {
		delete(answer, key)
	}
	return answer, nil
}

// KeepFile stores a user's file that no message shows yet, for a day.
func (c *Core) KeepFile(rid string, file Upload) *Upload {
	stored := c.addUpload(file, c.rooms[rid])
	stored.expires = c.millis().Add(temporary)
	return stored
}

// ConfirmFile shows a kept file in a message of the user.
func (c *Core) ConfirmFile(u *User, rid, fileID, description string, extra Doc) (Doc, error) {
	if err := c.MayUserUpload(u, rid); err != nil {
		return nil, err
	}
	file := c.upload(fileID)
	if file == nil {
		return nil, &Fault{Code: "invalid-file"}
	}
	shown := *file
	shown.Description, shown.expires = description, time.Time{}
	answer, err := c.sendUserFile(u, rid, &shown, extra)
	if err == nil {
		c.uploads[fileID] = &shown
	}
	return answer, err
}

// fileParts are the keys of a message that its file makes.
func (c *Core) fileParts(file *Upload, byUser bool) doc {
	return doc{
		"file":        file.ref(),
		"attachments": []doc{c.attachment(file, byUser)},
	}
}

// ref is the file as messages name it.
func (u *Upload) ref() doc { return doc{"_id": u.ID, "name": u.Name, "type": u.Type} }

func (c *Core) attachment(file *Upload, byUser bool) doc {
	link := file.Path()
	d := doc{"type": "file", "title": file.Name, "title_link": link, "title_link_download": true}
	family, _, _ := strings.Cut(file.Type, "/")
	switch family {
	case "image":
		d["image_url"], d["image_type"], d["image_size"] = link, file.Type, file.Size
		if file.Image != nil {
			d["image_dimensions"] = doc{"width": file.Image.Width, "height": file.Image.Height}
			d["image_preview"] = file.Image.Preview
		}
		if small := file.Thumbnail; small != nil {
			d["image_url"], d["image_type"] = "/file-upload/"+small.ID+"/"+encodeURI(file.Name), small.Type
			d["image_dimensions"] = doc{"width": small.Image.Width, "height": small.Image.Height}
		}
	case "audio", "video":
		d[family+"_url"], d[family+"_type"], d[family+"_size"] = link, file.Type, file.Size
	default:
		if byUser && c.Facts.userFormat {
			d["format"], d["size"] = formatOf(file.Name), file.Size
		}
	}
	if file.Description != "" {
		d["description"] = file.Description
	}
	if c.Facts.richAttachment {
		d["ts"] = "1970-01-01T00:00:00.000Z" // a text, on DDP too (recorded in 6.5.3)
		if file.Description != "" {
			d["descriptionMd"] = markdown(file.Description)
		}
	}
	return d
}
