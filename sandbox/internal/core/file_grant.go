package core

import "errors"

// How a download ends when it does not succeed.
var (
	ErrNoFile    = errors.New("no such file")
	ErrNoGrant   = errors.New("the file is not for everybody")
	ErrNoAnswer  = errors.New("the server's code fails without an answer")
	uploadedRoom = map[string]bool{livechatRoom: true, "d": false, "c": false, "p": false} // whether rc_room_type of it can open files
)

// Grant is everything with which a request may show that it is allowed to read a file.
type Grant struct {
	UserID, Token, RoomID, RoomType string // rc_uid, rc_token, rc_rid, rc_room_type
	JWT                             string
	HeaderUserID, HeaderToken       string // X-User-Id, X-Auth-Token
}

// Download finds a file for a request. Grants are for rooms, not for files: any of them opens any file (recorded in both versions).
func (c *Core) Download(id string, g Grant) (Upload, error) {
	u := c.upload(id)
	if u == nil {
		return Upload{}, ErrNoFile
	}
	if !c.flag("FileUpload_ProtectFiles") {
		return *u, nil
	}
	if _, known := uploadedRoom[g.RoomType]; g.RoomType != "" && !known {
		return Upload{}, ErrNoAnswer // recorded in both versions
	}
	if c.visitorMayRead(g) || g.JWT != "" && c.validFileToken(g.JWT) || c.userMayRead(g, u) {
		return *u, nil
	}
	return Upload{}, ErrNoGrant
}

// visitorMayRead asks for a room of the token, open but in newer versions.
func (c *Core) visitorMayRead(g Grant) bool {
	if !uploadedRoom[g.RoomType] || g.RoomID == "" || g.Token == "" {
		return false
	}
	r := c.rooms[g.RoomID]
	return r != nil && r.kind == livechatRoom && r.token == g.Token && (r.open || c.Facts.closedRoomGrant)
}

// userMayRead asks for a login, and, where the version knows that, for a subscription to the file's room. Being an administrator
// or the serving agent of a closed room is not enough then (recorded in 6.5.3 files).
func (c *Core) userMayRead(g Grant, file *Upload) bool {
	if !c.Facts.restrictedFiles {
		return c.Authenticate(g.UserID, g.Token) != nil || c.Authenticate(g.HeaderUserID, g.HeaderToken) != nil
	}
	id, token := g.UserID, g.Token
	if id == "" {
		id = g.HeaderUserID
	}
	if token == "" {
		token = g.HeaderToken
	}
	u := c.Authenticate(id, token)
	return u != nil && (!c.flag("FileUpload_Restrict_to_room_members") || c.subscriptionOf(u, file.room) != nil)
}
