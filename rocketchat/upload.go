package rocketchat

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
)

var routeUpload = route{op: "upload file", method: http.MethodPost, path: "/api/v1/livechat/upload", writes: true}

// NewFile is what Upload sends beside the visitor's token and the content.
type NewFile struct {
	RoomID      string
	Name        string // without a path or control characters
	ContentType string // "image/png", without parameters, which upstream drops; empty is application/octet-stream
	Size        int64  // bytes; 0 if not known beforehand
	Description string
	Text        string
}

const anyType = "application/octet-stream"

// Upload sends a file into the visitor's own open room and returns the message that carries it. The content is passed on as it is read
// and never kept; it must be of the announced size, if one was. An upload cannot be repeated safely: each one stores another file.
//
// It is not bounded as a whole but by progress: it fails if upstream takes no byte for Options.Timeout, or has not answered by then after
// the last one (a second more for every 4 MiB). While it waits for content, no time runs. If ctx ends before all was sent, or content
// fails, upstream gets a torn form and stores nothing. When Upload returns early, a Read of content may still be under way, but its bytes
// go nowhere.
//
// Servers as old as 3.4 answer only that all is well. The message is then looked for among the newest of the room: the visitor's newest
// whose file has this name, type, size, description and text. Of two equal uploads that come at the same time, both may be told the
// later one.
//
// Errors: an error of content is returned as it is. CodeInvalidToken, CodeInvalidRoom, CodeRoomClosed (upstream refuses all three with
// one code; they are told apart by asking), CodeUploadUnauthorized (none of them), CodeUploadDisabled, CodeFileTooLarge,
// CodeFileTypeNotAllowed, CodeFileEmpty, CodeMessageTooLong, CodeActionNotAllowed, CodeInvalidParams (Size is not that of the content, or
// the name or type has control characters), CodeRoomMoved (the returned Message is in another room; see SendMessage). Error.Ambiguous only after all was sent.
func (c *Client) Upload(ctx context.Context, token Secret, f NewFile, content io.Reader) (Message, error) {
	if f.ContentType == "" {
		f.ContentType = anyType
	}
	raw, size, err := c.rest.upload(ctx, token, f, content)
	if err != nil {
		return Message{}, c.explainRefusal(ctx, token, f.RoomID, err)
	}
	var id struct {
		ID string `json:"_id"`
	}
	if err := unmarshal(raw, &id); err == nil && id.ID == "" {
		return c.findUploaded(ctx, token, f, size)
	}
	sent, err := decodeMessage(raw)
	if err != nil {
		return Message{}, routeUpload.misread(err)
	}
	if len(sent.Files) == 1 && sent.Files[0].Size == 0 {
		sent.Files[0].Size = size // this answer names it only for images, audio and video
	}
	if sent.RoomID != f.RoomID {
		return sent, &Error{Op: routeUpload.op, Code: CodeRoomMoved, HTTPStatus: http.StatusOK}
	}
	return sent, nil
}

// explainRefusal tells apart what upstream refuses with one code: an unknown visitor, a room that is unknown, another's, or closed.
func (c *Client) explainRefusal(ctx context.Context, token Secret, roomID string, refusal error) error {
	var e *Error
	if !errors.As(refusal, &e) || e.Code != CodeUploadUnauthorized {
		return refusal
	}
	room, err := c.Room(ctx, token, roomID)
	var known *Error
	switch {
	case err == nil && !room.Open:
		return &Error{Op: routeUpload.op, Kind: KindRefused, Code: CodeRoomClosed, HTTPStatus: e.HTTPStatus}
	case errors.As(err, &known) && known.Kind == KindRefused:
		return &Error{Op: routeUpload.op, Kind: KindRefused, Code: known.Code, HTTPStatus: e.HTTPStatus}
	}
	return refusal
}

// uploadPage is how many of the newest messages are searched for an upload that the server did not name.
const uploadPage = 50

// findUploaded looks for the message of an upload that succeeded. If it cannot be found, nobody knows which one it is.
func (c *Client) findUploaded(ctx context.Context, token Secret, f NewFile, size int64) (Message, error) {
	page, err := c.History(ctx, token, HistoryQuery{RoomID: f.RoomID, Limit: uploadPage})
	if err != nil {
		return Message{}, routeUpload.misread(errNameless)
	}
	i := slices.IndexFunc(page, func(m Message) bool { return f.isIn(m, size) })
	if i < 0 {
		return Message{}, routeUpload.misread(errNameless)
	}
	return page[i], nil
}

// errNameless is why an upload that succeeded has no message.
var errNameless = errors.New("answer does not name the message, and it was not found")

// isIn tells whether a message looks like that of the upload.
func (f NewFile) isIn(m Message, size int64) bool {
	if m.Author.Kind != AuthorVisitor || m.Text != f.Text || len(m.Files) != 1 {
		return false
	}
	got := m.Files[0]
	return got.Name == f.Name && got.ContentType == f.ContentType && got.Size == size && got.Description == f.Description
}

// upload waits for its turn, sends the form and returns the successful answer and how many bytes the file had.
func (r *rest) upload(ctx context.Context, token Secret, f NewFile, from io.Reader) (json.RawMessage, int64, error) {
	target, err := r.target(routeUpload, request{segments: []string{f.RoomID}})
	if err != nil {
		return nil, 0, err
	}
	own, err := r.turn(ctx, routeUpload)
	if err != nil {
		r.observed(routeUpload.op, r.now(), err)
		return nil, 0, err
	}
	began := r.now()
	raw, size, got, err := r.uploadNow(ctx, target, token, f, from)
	own.end(got, refusal(err, got, r.now()))
	r.observed(routeUpload.op, began, err)
	return raw, size, err
}

func (r *rest) uploadNow(ctx context.Context, target string, token Secret, f NewFile, from io.Reader) (json.RawMessage, int64, answer, error) {
	ctx, w, release := r.watched(ctx)
	defer release()
	body, err := newUploadForm(f, from, w)
	if err != nil {
		return nil, 0, answer{}, &Error{Op: routeUpload.op, Code: CodeInvalidParams, Text: "request cannot be written as a form"}
	}
	defer func() { _ = body.Close() }()

	got, err := r.sendForm(ctx, target, token, body)
	failed := body.content.failure()
	switch {
	case err == nil:
		raw, err := r.uploaded(got, body)
		return raw, body.content.read.Load(), got, err
	case errors.Is(failed, errSize):
		return nil, 0, got, &Error{Op: routeUpload.op, Code: CodeInvalidParams, Text: errSize.Error()}
	case failed != nil && !body.complete.Load():
		return nil, 0, got, failed
	}
	return nil, 0, got, &Error{Op: routeUpload.op, Kind: KindUnavailable, Ambiguous: body.complete.Load(), cause: cutCause(ctx, err)}
}

// uploaded reads an answer. A form that never came to its end was not stored, whatever the answer says.
func (r *rest) uploaded(got answer, body *uploadForm) (json.RawMessage, error) {
	raw, err := routeUpload.check(got, r.now())
	var e *Error
	if errors.As(err, &e) {
		if got.status == http.StatusRequestEntityTooLarge { // a proxy's limit
			e.Kind, e.Code = KindRefused, CodeFileTooLarge
		}
		e.Ambiguous = e.Ambiguous && body.complete.Load()
	}
	return raw, err
}

// sendForm makes the one attempt and reads the whole answer.
func (r *rest) sendForm(ctx context.Context, target string, token Secret, body *uploadForm) (answer, error) {
	req, err := http.NewRequestWithContext(ctx, routeUpload.method, target, body)
	if err != nil {
		return answer{}, err
	}
	req.ContentLength = body.length()
	req.Header.Set("Content-Type", "multipart/form-data; boundary="+body.boundary)
	req.Header.Set("X-Visitor-Token", token.Reveal())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", userAgent)
	tellClientAddress(ctx, req.Header)
	resp, err := r.transfers.site.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	body.watch.run()
	read, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && len(read) > maxAnswer {
		err = errTooLarge
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: read}, err
}
