package rocketchat

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

// sentForm is a multipart form with one file in the part "file".
type sentForm struct {
	Fields     map[string]string
	Name, Type string
	Content    string
}

// readForm reads a form, and fails if it is another one.
func readForm(contentType string, body io.Reader) (sentForm, error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return sentForm{}, err
	}
	got := sentForm{Fields: make(map[string]string)}
	files := 0
	for parts := multipart.NewReader(body, params["boundary"]); ; {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return got, err
		}
		value, err := io.ReadAll(part)
		if err != nil {
			return got, err
		}
		_, disposition, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		if err != nil {
			return got, err
		}
		if name, isFile := disposition["filename"]; isFile && disposition["name"] == "file" {
			got.Name, got.Type, got.Content = name, part.Header.Get("Content-Type"), string(value)
			files++
		} else {
			got.Fields[disposition["name"]] = string(value)
		}
	}
	if files != 1 {
		return got, errors.New("not one file")
	}
	return got, nil
}

// form is the recorded one, if it is one that this package sends. The recording of 3.4.0 has a character for each byte; that of 6.5.3
// has text, in which the bytes of images are lost.
func (x exchange) form() (sentForm, bool) {
	body := []byte(x.Request.BodyText)
	if strings.HasPrefix(x.recording, "3.4.0/") {
		body = body[:0]
		for _, r := range x.Request.BodyText {
			body = append(body, byte(r))
		}
	}
	form, err := readForm(x.Request.Headers["content-type"], bytes.NewReader(body))
	for field := range form.Fields {
		if field != "description" && field != "msg" {
			return form, false
		}
	}
	return form, err == nil && form.Type != "" && x.Request.Headers["x-visitor-token"] != ""
}

// uploaded is what Upload returns beside its error.
type uploaded Message

// typedUpload returns the upload of the recorded form. Where the server does not name the message, somebody must have read the room
// afterwards.
func (x exchange) typedUpload(t *testing.T, all []exchange) called {
	t.Helper()
	form, ok := x.form()
	nameless := x.Response.Status == http.StatusOK && !strings.Contains(string(x.Response.JSON), "_id")
	if _, read := x.laterHistory(all); !ok || nameless && !read {
		return nil
	}
	f := NewFile{
		RoomID: x.segment(t, 0), Name: form.Name, ContentType: form.Type, Size: int64(len(form.Content)),
		Description: form.Fields["description"], Text: form.Fields["msg"],
	}
	return func(ctx context.Context, c *Client) (any, error) {
		m, err := c.Upload(ctx, Secret(x.Request.Headers["x-visitor-token"]), f, strings.NewReader(form.Content))
		return uploaded(m), err
	}
}

// laterHistory is the first history of the upload's room that was read after it and has a message with a file of that name.
func (x exchange) laterHistory(all []exchange) (exchange, bool) {
	form, _ := x.form()
	room := x.url().Path[strings.LastIndex(x.url().Path, "/")+1:]
	for _, y := range all {
		if y.recording != x.recording || y.T <= x.T || y.url().Path != routeHistory.path+"/"+room || y.Response.Status != http.StatusOK {
			continue
		}
		for _, m := range doc(anyJSON(y.Response.JSON).(map[string]any)).list("messages") {
			if m.sub("file").text("name") == form.Name {
				return y, true
			}
		}
	}
	return exchange{}, false
}

// refusedUploads are those that upstream refuses with 403 and one word, and what it would have said of their rooms.
var refusedUploads = map[string]string{
	"3.4.0/files 64919 closed room: visitor upload": CodeRoomClosed,
	"3.4.0/room-message 10893 upload unknown token": CodeInvalidToken,
	"3.4.0/room-message 11762 upload foreign room":  CodeInvalidRoom,
	"3.4.0/room-message 40583 upload to closed":     CodeRoomClosed,
	"6.5.3/upload 2011 unknown token":               CodeInvalidToken,
	"6.5.3/upload 2928 another visitor's token":     CodeInvalidRoom,
	"6.5.3/upload 3889 unknown rid":                 CodeInvalidRoom,
	"6.5.3/upload 6252 closed room":                 CodeRoomClosed,
}
