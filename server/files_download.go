package server

import (
	"errors"
	"io"
	"strconv"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/failure"
)

// downloadChunk is how much of a file is held while it passes: so much that a message with it is not more than 32 KiB, because for larger
// ones gRPC holds buffers of 1 MiB.
const downloadChunk = 31 << 10

// downloadIdle is how long a caller may take none of its download: it holds a connection to Rocket.Chat.
const downloadIdle = time.Minute

// DownloadFile implements RoomService. Rocket.Chat's grants open any file of the workspace, so the message proves that this one is the
// visitor's (measured, files).
func (s *rooms) DownloadFile(req *livechatv1.DownloadFileRequest, stream grpc.ServerStreamingServer[livechatv1.DownloadFileResponse]) error {
	err := s.download(req, stream)
	return fileAt(err, req.GetRoomId(), req.GetMessageId(), req.GetFileId())
}

func (s *rooms) download(req *livechatv1.DownloadFileRequest, stream grpc.ServerStreamingServer[livechatv1.DownloadFileResponse]) error {
	ctx := stream.Context()
	message, err := s.proofs.message(ctx, req.GetRoomId(), req.GetMessageId())
	if err != nil {
		return err
	}
	got, err := s.chat.Download(ctx, auth.From(ctx).Token(), rocketchat.FileRequest{
		RoomID: req.GetRoomId(), Message: message, FileID: req.GetFileId(), Range: wantedRange(req.GetRange()),
	})
	if hasCode(err, rocketchat.CodeFileNotFound) {
		err = s.proofs.disproved(ctx, req.GetRoomId(), req.GetMessageId(), err)
	}
	if err != nil {
		return explainedDownload(message, req.GetFileId(), err)
	}
	defer func() { _ = got.Body.Close() }()
	if err := sendDownload(stream, &livechatv1.DownloadFileResponse{
		Part: &livechatv1.DownloadFileResponse_Header{Header: downloadHeader(got)},
	}); err != nil {
		return err
	}
	chunk := make([]byte, downloadChunk)
	for {
		n, err := got.Body.Read(chunk)
		if n > 0 {
			// Send has written the bytes when it returns, so the next ones may take their place.
			sending := &livechatv1.DownloadFileResponse{Part: &livechatv1.DownloadFileResponse_Chunk{Chunk: chunk[:n]}}
			if err := sendDownload(stream, sending); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
	}
}

// sendDownload sends as soon as the caller takes it. A caller that takes nothing for too long is given up; what hangs in gRPC ends with
// the stream, which is when the handler returns.
func sendDownload(stream grpc.ServerStreamingServer[livechatv1.DownloadFileResponse], resp *livechatv1.DownloadFileResponse) error {
	sent := make(chan error, 1)
	go func() { sent <- stream.Send(resp) }()
	idle := time.NewTimer(downloadIdle)
	defer idle.Stop()
	select {
	case err := <-sent:
		return err
	case <-idle.C:
		return failure.New(codes.DeadlineExceeded, livechatv1.ErrorReason_ERROR_REASON_CALL_ENDED, "nobody took the download for a minute")
	}
}

func wantedRange(r *livechatv1.ByteRange) *rocketchat.FileRange {
	if r == nil {
		return nil
	}
	want := &rocketchat.FileRange{First: r.GetFirst(), Last: -1}
	if r.Last != nil {
		want.Last = r.GetLast()
	}
	return want
}

func downloadHeader(d *rocketchat.Download) *livechatv1.DownloadFileHeader {
	header := &livechatv1.DownloadFileHeader{
		File:   &livechatv1.FileHeader{Name: d.Name, ContentType: d.ContentType, SizeBytes: d.Size},
		Inline: inline(d.ContentType),
	}
	if d.Range != nil {
		header.Range = &livechatv1.ByteRange{First: d.Range.First, Last: &d.Range.Last}
	}
	return header
}

// explainedDownload adds to a refusal what the caller needs to act on it.
func explainedDownload(m rocketchat.Message, fileID string, err error) error {
	var told *failure.Error
	if !hasCode(err, rocketchat.CodeRangeNotSatisfiable) || !errors.As(failure.From(err), &told) {
		return err
	}
	for _, f := range m.Files {
		if f.ID == fileID && f.Size > 0 {
			return told.With("size", strconv.FormatInt(f.Size, 10))
		}
	}
	return told
}
