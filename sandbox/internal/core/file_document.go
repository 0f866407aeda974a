package core

import (
	"errors"
	"strings"
)

// errNoPreview stands for a crash of the real server.
var errNoPreview = errors.New("the image to be previewed is not there")

// SendFileDocument is sendFileLivechatMessage: a visitor's file message from a file's record as the client tells it, which is
// believed (realtime 11.1). It answers false where the room is not an open one of the visitor.
func (c *Core) SendFileDocument(rid, token string, file, data Doc) (any, error) {
	if c.uploadRoom(rid, token) == nil {
		return false, nil
	}
	in := FileText{}
	for key, value := range data {
		text, isText := value.(string)
		_, isFlag := value.(bool)
		switch {
		case key == "groupable" && isFlag:
		case key == "msg" && isText:
			in.Text = text
		case (key == "avatar" || key == "emoji" || key == "alias") && isText: // dropped
		default:
			return nil, ErrMatch
		}
	}
	told := &Upload{ID: textOf(file["_id"]), Name: textOf(file["name"]), Type: textOf(file["type"]), Description: textOf(file["description"])}
	if size, ok := file["size"].(int64); ok {
		told.Size = size
	}
	if known := c.upload(told.ID); known != nil {
		told.Image = known.Image
	} else if strings.HasPrefix(told.Type, "image/") {
		return nil, errNoPreview
	}
	return c.sendVisitorFile(rid, token, told, in)
}
