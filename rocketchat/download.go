package rocketchat

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

var routeFile = route{op: "download file", method: http.MethodGet, path: "/file-upload"}

// FileRequest says which file Download fetches.
type FileRequest struct {
	RoomID string
	// Message carries the file. It must have been read with the same token: Rocket.Chat's grants are for rooms and open any file of the
	// workspace (measured, files), so that the message is the proof that this one is the visitor's.
	Message Message
	FileID  string
	Range   *FileRange // nil for the whole file
}

// Download is a file, or a part of it, on its way.
type Download struct {
	Name        string // as the message names it
	ContentType string // as the message names it, else as upstream does; may be empty
	Size        int64  // bytes of the whole file; 0 where unknown
	Range       *FileRange
	// Body must be closed. It ends with io.EOF only after every byte that was announced; anything else is an *Error. It fails if no byte
	// comes for Options.Timeout while it is being read.
	Body io.ReadCloser
}

// Download fetches a file of a message of the visitor's own room. A range is a wish: Range of the answer is nil where the whole file
// comes all the same, as it does from 3.4, and for a file whose size the message does not tell.
//
// A file of a closed room is not given for that room's grant below 6.9. Then a link that the message still carries is tried, and then the
// visitor's open room, whose grant opens it too (6.5.3 files "png after close: fresh publicFilePath", "png of the closed room with the
// NEW room as grant").
//
// The file may be elsewhere: one redirect is followed, without any of our headers. It must lead to the site itself, or over https to a
// public address, or to one of Options.RedirectsTo.
//
// Errors: CodeFileNotFound (not of this message, or gone), CodeFileLocked (closed, as above), CodeRangeNotSatisfiable, KindLimited,
// KindUnavailable.
func (c *Client) Download(ctx context.Context, token Secret, q FileRequest) (*Download, error) {
	file, ok := q.Message.file(q.FileID)
	if !ok || q.Message.RoomID != q.RoomID {
		return nil, &Error{Op: routeFile.op, Kind: KindRefused, Code: CodeFileNotFound}
	}
	var locked error
	for _, way := range []func(context.Context, Secret, FileRequest) (url.Values, error){c.roomGrant, c.linkGrant, c.openRoomGrant} {
		grant, err := way(ctx, token, q)
		if err != nil {
			return nil, err
		}
		if grant == nil {
			continue
		}
		got, err := c.rest.download(ctx, file, grant, q.Range)
		var refused *Error
		if !errors.As(err, &refused) || refused.Code != CodeFileLocked {
			return got, err
		}
		locked = err
	}
	return nil, locked
}

// file finds a file of the message by its id.
func (m Message) file(id string) (File, bool) {
	i := slices.IndexFunc(m.Files, func(f File) bool { return f.ID == id })
	if i < 0 {
		return File{}, false
	}
	return m.Files[i], true
}

func grantOf(roomID string, token Secret) url.Values {
	return url.Values{"rc_room_type": {"l"}, "rc_rid": {roomID}, "rc_token": {token.Reveal()}}
}

// roomGrant opens files by the right to their room. Open rooms alone have it below 6.9.
func (c *Client) roomGrant(_ context.Context, token Secret, q FileRequest) (url.Values, error) {
	return grantOf(q.RoomID, token), nil
}

// linkAnswer is the part of a message that leads to its file without another grant.
type linkAnswer struct {
	Message struct {
		RoomID     string `json:"rid"`
		FileUpload struct {
			PublicFilePath string `json:"publicFilePath"`
		} `json:"fileUpload"`
	} `json:"message"`
}

// linkGrant opens a file by the token of the link in its message, which is good for an hour and so read anew. Only the token is taken
// from the link: its address is the one under which the workspace knows itself, which need not be one that we should call.
func (c *Client) linkGrant(ctx context.Context, token Secret, q FileRequest) (url.Values, error) {
	with := request{segments: []string{q.Message.ID}, query: url.Values{"token": {token.Reveal()}, "rid": {q.RoomID}}}
	var got linkAnswer
	if err := c.rest.call(ctx, routeMessage, with, &got); err != nil {
		return nil, err
	}
	if signed := got.token(q); signed != "" {
		return url.Values{"token": {signed}}, nil
	}
	return nil, nil
}

// token is that of the link; empty if there is none, or if the link is not the file's.
func (a linkAnswer) token(q FileRequest) string {
	link, err := url.Parse(a.Message.FileUpload.PublicFilePath)
	if err != nil || a.Message.RoomID != q.RoomID || !strings.Contains(link.Path, "/file-upload/"+q.FileID+"/") {
		return ""
	}
	return link.Query().Get("token")
}

// openRoomGrant opens a file by the right to another room of the same visitor.
func (c *Client) openRoomGrant(ctx context.Context, token Secret, q FileRequest) (url.Values, error) {
	config, err := c.Config(ctx, token, "")
	if err != nil {
		return nil, err
	}
	open, ok := config.openRoom()
	if !ok || open.ID == q.RoomID {
		return nil, nil
	}
	return grantOf(open.ID, token), nil
}

// download asks for a file with a grant.
func (r *rest) download(ctx context.Context, file File, grant url.Values, wish *FileRange) (*Download, error) {
	name := file.Name
	if strings.Trim(name, ".") == "" {
		name = "file" // it is not looked at, but must be there
	}
	target, err := r.target(routeFile, request{segments: []string{file.ID, name}, query: grant})
	if err != nil {
		return nil, err
	}
	began := r.now()
	got, err := r.downloadPart(ctx, target, file, wish)
	r.observed(routeFile.op, began, err)
	return got, err
}

// downloadPart asks for the file, or its part. A message may tell a size that is no longer the file's; the refusal then tells the true
// one, and the part is asked for once more.
func (r *rest) downloadPart(ctx context.Context, target string, file File, wish *FileRange) (*Download, error) {
	size := file.Size
	for again := true; ; again = false {
		var want, ask *FileRange
		if wish != nil && size > 0 {
			exact, ok := wish.within(size)
			if !ok {
				return nil, errNoSuchPart(0)
			}
			want = &exact
			if part, some := exact.asked(size); some {
				ask = &part
			}
		}
		t, err := r.askForFile(ctx, target, ask)
		if err != nil {
			return nil, err
		}
		if _, told, ok := contentRange(t.header()); ok && again && t.status() == http.StatusRequestedRangeNotSatisfiable && told > 0 && told != size {
			t.close()
			size = told
			continue
		}
		got, err := t.receive(file, want, ask)
		if err != nil {
			t.close()
			return nil, err
		}
		return got, nil
	}
}

// contentType is a header's type, without its parameters; empty if it cannot be read.
func contentType(h http.Header) string {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return kind
}

// refusedFile makes the error for an answer that is not the file. Rocket.Chat's own have no body (rest-visitor 8.2).
func (r *rest) refusedFile(status int, h http.Header) error {
	e := &Error{Op: routeFile.op, Kind: KindRefused, HTTPStatus: status}
	switch {
	case status == http.StatusNotFound:
		e.Code = CodeFileNotFound
	case status == http.StatusForbidden:
		e.Code = CodeFileLocked
	case status == http.StatusRequestedRangeNotSatisfiable:
		e.Code = CodeRangeNotSatisfiable
	case status == http.StatusTooManyRequests:
		e.Kind, e.Code, e.RetryAfter = KindLimited, CodeTooManyRequests, retryAfter(h, "", r.now())
	case status < http.StatusBadRequest, status >= http.StatusInternalServerError:
		e.Kind, e.cause = KindUnavailable, errForeign
	}
	return e
}
