package rocketchat

import (
	"context"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// fetched is a file that Download returned, read to its end.
type fetched struct {
	Download
	content string
}

func fetch(got *Download, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = got.Body.Close() }()
	content, err := io.ReadAll(got.Body)
	return fetched{*got, string(content)}, err
}

// asked is what a download of ours asks for: a file by its id and name, with the grant of a room or the token of a link.
type asked struct {
	file  File
	room  string
	token Secret
	link  bool
	part  *FileRange
}

var oneRange = regexp.MustCompile(`^bytes=(\d+)-(\d+)$`)

// file reads the recorded request for a file; false if it is not one that this package makes.
func (x exchange) file() (asked, bool) {
	query := x.url().Query()
	segments := strings.Split(strings.TrimPrefix(x.url().EscapedPath(), routeFile.path+"/"), "/")
	if len(segments) != 2 || segments[0] == "" || segments[1] == "" {
		return asked{}, false
	}
	name, err := url.PathUnescape(segments[1])
	if err != nil {
		return asked{}, false
	}
	size := int64(len(x.answer().body))
	if _, whole, ok := contentRange(x.answer().header); ok {
		size = whole
	}
	a := asked{file: File{ID: segments[0], Name: name, Size: size}, room: "room"}
	for header := range x.Request.Headers {
		if header != "range" && header != "origin" && header != "accept-encoding" && header != "if-modified-since" {
			return a, false
		}
	}
	if wish := x.Request.Headers["range"]; wish != "" {
		m := oneRange.FindStringSubmatch(wish)
		if m == nil {
			return a, false
		}
		first, _ := strconv.ParseInt(m[1], 10, 64)
		last, _ := strconv.ParseInt(m[2], 10, 64)
		a.part = &FileRange{First: first, Last: last}
		if last >= size { // refused here already
			return a, false
		}
	}
	switch {
	case keysWithin(query, "token") && query.Has("token"):
		a.link = true
	case keysWithin(query, "rc_room_type", "rc_rid", "rc_token") && len(query) == 3 && query.Get("rc_room_type") == "l":
		a.room, a.token = query.Get("rc_rid"), Secret(query.Get("rc_token"))
	default:
		return a, false
	}
	return a, true
}

// typedDownload returns the download that makes the recorded request: at once with a room's grant, or, with the token of a link, after
// the room's grant was refused.
func (x exchange) typedDownload() called {
	a, ok := x.file()
	if !ok {
		return nil
	}
	return func(ctx context.Context, c *Client) (any, error) {
		message := Message{ID: "message", RoomID: a.room, Files: []File{a.file}}
		return fetch(c.Download(ctx, a.token, FileRequest{RoomID: a.room, Message: message, FileID: a.file.ID, Range: a.part}))
	}
}

// downloadDirectly reads the answer as a download does, for requests that no call makes.
func (x exchange) downloadDirectly(ctx context.Context, c *Client) (any, error) {
	target := c.rest.base + x.url().EscapedPath()
	if query := x.url().RawQuery; query != "" {
		target += "?" + query
	}
	return fetch(c.rest.downloadPart(ctx, target, File{}, nil))
}
