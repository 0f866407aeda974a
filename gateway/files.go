package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// serveUpload serves POST /v1/rooms/{room_id}/files as far as the service goes: it answers what UploadFile says to a stream that
// brings nothing.
func (e *edge) serveUpload(w http.ResponseWriter, r *http.Request, _ *call) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	stream, err := livechatv1.NewRoomServiceClient(e.conn).UploadFile(ctx)
	if err != nil {
		e.fail(ctx, w, err)
		return
	}
	_, err = stream.CloseAndRecv()
	if err == nil {
		err = filesUnserved()
	}
	e.fail(ctx, w, err)
}

// serveDownload serves GET /v1/rooms/{room_id}/messages/{message_id}/files/{file_id} as far as the service goes: it answers what
// DownloadFile fails with.
func (e *edge) serveDownload(w http.ResponseWriter, r *http.Request, c *call) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	stream, err := livechatv1.NewRoomServiceClient(e.conn).DownloadFile(ctx, &livechatv1.DownloadFileRequest{
		RoomId: c.vars["room_id"], MessageId: c.vars["message_id"], FileId: c.vars["file_id"],
	})
	if err != nil {
		e.fail(ctx, w, err)
		return
	}
	_, err = stream.Recv()
	if err == nil || errors.Is(err, io.EOF) {
		err = filesUnserved()
	}
	e.fail(ctx, w, err)
}

func filesUnserved() error {
	return refuse(codes.Unimplemented, livechatv1.ErrorReason_ERROR_REASON_NOT_IMPLEMENTED, "files are not served over HTTP yet")
}
