package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// uploadChunk is how much of a file goes to the service at once: so much that a message with it is not more than 32 KiB, because for larger
// ones gRPC holds buffers of 1 MiB.
const uploadChunk = 31 << 10

// serveUpload serves POST /v1/rooms/{room_id}/files: a form whose file is passed on as it comes in. The answer is given as soon as there
// is one, which for a file that the service refuses is long before its end.
func (e *edge) serveUpload(w http.ResponseWriter, r *http.Request, c *call) {
	u := &upload{edge: e, w: w, r: r, body: newFileBody(w, r, e.maxBody)}
	header := &livechatv1.UploadFileHeader{RoomId: c.vars["room_id"]}
	form, err := newFileForm(r.Header.Get("Content-Type"), u.body, e.tooLarge)
	if err == nil {
		u.form = form
		u.file, err = form.begin(header)
	}
	if err == nil {
		header.RequestId, err = oneRequestID(header.GetRequestId(), r.Header.Get("Idempotency-Key"))
	}
	if err != nil {
		u.early(func() { e.fail(r.Context(), w, err) })
		u.body.discard()
		return
	}
	u.send(header)
}

// oneRequestID returns the request id that the form's field or the header gives. Both may be there, and must then agree.
func oneRequestID(field, header string) (string, error) {
	switch {
	case header == "" || header == field:
		return field, nil
	case field == "":
		return header, nil
	}
	return "", refuseField(livechatv1.ErrorReason_ERROR_REASON_FIELD_INVALID, "request_id",
		"differs from the Idempotency-Key that came with it")
}

// upload is a file on its way.
type upload struct {
	edge *edge
	w    http.ResponseWriter
	r    *http.Request
	body *fileBody
	form *fileForm
	file io.Reader
}

// send calls the service, passes the file on, and writes the answer.
func (u *upload) send(header *livechatv1.UploadFileHeader) {
	_ = http.NewResponseController(u.w).SetWriteDeadline(time.Time{}) // it is the answer's, and that may be far off
	ctx, cancel := context.WithCancel(u.r.Context())
	defer cancel()
	if least := u.form.atLeast(u.r); least > 0 {
		ctx = metadata.AppendToOutgoingContext(ctx, "x-file-at-least", strconv.FormatInt(least, 10))
	}
	stream, err := livechatv1.NewRoomServiceClient(u.edge.conn).UploadFile(ctx)
	if err != nil {
		u.early(func() { u.edge.fail(u.r.Context(), u.w, err) })
		u.body.discard()
		return
	}
	passing := make(chan error, 1)
	whole, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		defer func() {
			if fault := recover(); fault != nil { // here nobody else would
				u.edge.logPanic(ctx, fault)
				passing <- refuse(codes.Internal, livechatv1.ErrorReason_ERROR_REASON_INTERNAL, internalText)
				cancel()
			}
		}()
		switch err := u.pass(stream, header); {
		case err == nil:
			close(whole)
			_ = stream.CloseSend()
		case errors.Is(err, io.EOF): // the service has ended the call, and Recv tells how
			u.body.discard()
		default:
			passing <- err
			cancel() // the service must not take what came so far for the file
			u.body.discard()
		}
	}()
	resp := new(livechatv1.UploadFileResponse)
	if err = stream.RecvMsg(resp); err != nil {
		if u.r.Context().Err() != nil { // as it is when the body cannot be read on, which may be known here before it is there
			u.body.pace.end(time.Now())
			<-ended
		}
		select {
		case err = <-passing: // then it is why the call was cancelled
		default:
		}
	}
	answer := func() { u.answer(resp, err) }
	select {
	case <-whole:
		answer()
	default:
		u.early(answer)
	}
	<-ended // nobody may read the body when the handler is gone
}

// pass sends the header and the file. Its error is io.EOF if the service has ended the call.
func (u *upload) pass(stream grpc.ClientStreamingClient[livechatv1.UploadFileRequest, livechatv1.UploadFileResponse],
	header *livechatv1.UploadFileHeader,
) error {
	err := stream.Send(&livechatv1.UploadFileRequest{Part: &livechatv1.UploadFileRequest_Header{Header: header}})
	for err == nil {
		chunk := make([]byte, uploadChunk) // a new one each time: gRPC keeps those that it was given
		n, readErr := fill(chunk, u.file)
		if readErr != nil && readErr != io.EOF { //nolint:errorlint // a part ends with io.EOF itself
			return u.form.fault()
		}
		if n > 0 {
			err = stream.Send(&livechatv1.UploadFileRequest{Part: &livechatv1.UploadFileRequest_Chunk{Chunk: chunk[:n]}})
		}
		if err == nil && readErr != nil {
			return u.form.end()
		}
	}
	return err
}

// fill reads until p is full or r fails. Unlike io.ReadFull it leaves the error as it is, by which an end and a break are told apart.
func fill(p []byte, r io.Reader) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}

// answer writes what the service has answered, or why there is no answer.
func (u *upload) answer(resp *livechatv1.UploadFileResponse, err error) {
	_ = http.NewResponseController(u.w).SetWriteDeadline(time.Now().Add(answerTimeout))
	if err != nil {
		u.edge.fail(u.r.Context(), u.w, formError(err))
		return
	}
	body, err := appendJSON(nil, resp)
	if err != nil {
		u.edge.fail(u.r.Context(), u.w, err)
		return
	}
	u.w.Header().Set("Content-Type", "application/json")
	u.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = u.w.Write(body) // A client that has gone does not want to know.
}

// early lets write answer while the client is still sending, and sees to it that the client can read that. What it goes on to send is
// to be discarded: over HTTP/1.1 for a while, because a connection that is closed on unread bytes is reset, over HTTP/2 not at all.
func (u *upload) early(write func()) {
	rc := http.NewResponseController(u.w)
	linger := time.Duration(0)
	if u.r.ProtoMajor == 1 {
		u.w.Header().Set("Connection", "close")
		_ = rc.EnableFullDuplex() // or net/http reads the body before it writes
		linger = lingerTime
	}
	write()
	_ = rc.Flush()
	u.body.pace.end(time.Now().Add(linger))
}
