package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// downloadPiece is how much of a file is written at once. A reader has to take so much within fileTimeout.
const downloadPiece = 32 << 10

// serveDownload serves GET /v1/rooms/{room_id}/messages/{message_id}/files/{file_id}. What fails before the file's first byte is
// answered as on every other route; afterwards the connection is cut, because a file that ends too early must not look like a whole one.
func (e *edge) serveDownload(w http.ResponseWriter, r *http.Request, c *call) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	stream, err := livechatv1.NewRoomServiceClient(e.conn).DownloadFile(ctx, &livechatv1.DownloadFileRequest{
		RoomId: c.vars["room_id"], MessageId: c.vars["message_id"], FileId: c.vars["file_id"], Range: wantedRange(r.Header),
	})
	if err != nil {
		e.fail(r.Context(), w, err)
		return
	}
	resp, err := stream.Recv()
	if err == nil && resp.GetHeader() == nil || errors.Is(err, io.EOF) {
		err = refuse(codes.Internal, livechatv1.ErrorReason_ERROR_REASON_INTERNAL, internalText)
	}
	if err != nil {
		e.fail(r.Context(), w, err)
		return
	}

	status, length := announceFile(w.Header(), resp.GetHeader())
	w.WriteHeader(status)
	out := &fileWriter{w: w, rc: http.NewResponseController(w)}
	for err == nil {
		if resp, err = stream.Recv(); err == nil {
			err = out.write(resp.GetChunk())
		}
	}
	if errors.Is(err, io.EOF) && (length < 0 || out.written == length) {
		out.close()
		return
	}
	if ctx.Err() == nil && out.failed == nil {
		e.log.WarnContext(ctx, "a download failed midway", slog.Any("error", err),
			slog.Int64("written", out.written), slog.Int64("announced", length), slog.String("request_id", c.requestID))
	}
	panic(http.ErrAbortHandler)
}

// announceFile sets the headers of a download, and returns its status and how many bytes follow; -1 if that is not known.
//
// Whoever uploaded the file has chosen its name, its type and its bytes. So browsers neither guess another type (nosniff, which every
// answer has), nor run anything in it (the policy), nor show it in place unless it is a picture, a sound or a film, nor let other sites
// embed it.
func announceFile(h http.Header, header *livechatv1.DownloadFileHeader) (status int, length int64) {
	file, part := header.GetFile(), header.GetRange()
	h.Set("Content-Type", mediaType(file.GetContentType()))
	h.Set("Content-Disposition", disposition(header.GetInline(), file.GetName()))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Accept-Ranges", "bytes")
	status, length = http.StatusOK, file.GetSizeBytes()
	if part != nil {
		status, length = http.StatusPartialContent, part.GetLast()-part.GetFirst()+1
		h.Set("Content-Range", contentRange(part, file.GetSizeBytes()))
	} else if length == 0 { // which stands for a size that is not known, too
		return status, -1
	}
	h.Set("Content-Length", strconv.FormatInt(length, 10))
	return status, length
}

// fileWriter writes a file in pieces, each within fileTimeout. Between them there is no deadline: then it is not the reader who is slow.
type fileWriter struct {
	w       http.ResponseWriter
	rc      *http.ResponseController
	written int64
	failed  error // how the reader's side ended
}

func (f *fileWriter) write(p []byte) error {
	for len(p) > 0 && f.failed == nil {
		f.deadline(time.Now().Add(fileTimeout))
		var n int
		n, f.failed = f.w.Write(p[:min(len(p), downloadPiece)])
		p, f.written = p[n:], f.written+int64(n)
	}
	f.deadline(time.Time{})
	return f.failed
}

// close bounds what net/http itself still writes.
func (f *fileWriter) close() { f.deadline(time.Now().Add(fileTimeout)) }

func (f *fileWriter) deadline(t time.Time) { _ = f.rc.SetWriteDeadline(t) }
