package server_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"testing"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// What files fail with.
var (
	roomUnknown     = told{Code: codes.NotFound, Reason: "ROOM_NOT_FOUND", Resource: "room"}
	roomClosedTo    = told{Code: codes.FailedPrecondition, Reason: "ROOM_CLOSED"}
	messageUnknown  = told{Code: codes.NotFound, Reason: "MESSAGE_NOT_FOUND", Resource: "message"}
	fileUnknown     = told{Code: codes.NotFound, Reason: "FILE_NOT_FOUND", Resource: "file"}
	fileLocked      = told{Code: codes.FailedPrecondition, Reason: "FILE_LOCKED"}
	fileNotAccepted = told{Code: codes.InvalidArgument, Reason: "FILE_NOT_ACCEPTED"}
	uploadDisabled  = told{Code: codes.FailedPrecondition, Reason: "UPLOAD_DISABLED"}
	uploadUnknown   = told{Code: codes.Unavailable, Reason: "OUTCOME_UNKNOWN"}
)

func fileTooLarge(limit string) told {
	return told{Code: codes.InvalidArgument, Reason: "FILE_TOO_LARGE", Metadata: map[string]string{"limit": limit}}
}

func wrongField(name string) told {
	return told{Code: codes.InvalidArgument, Reason: "FIELD_INVALID", Fields: []string{name}}
}

// header is that of a file of the usual kind.
func header(roomID, name string) *livechatv1.UploadFileHeader {
	return &livechatv1.UploadFileHeader{RoomId: roomID, File: &livechatv1.FileHeader{Name: name}}
}

func headerPart(h *livechatv1.UploadFileHeader) *livechatv1.UploadFileRequest {
	return &livechatv1.UploadFileRequest{Part: &livechatv1.UploadFileRequest_Header{Header: h}}
}

func chunkPart(b []byte) *livechatv1.UploadFileRequest {
	return &livechatv1.UploadFileRequest{Part: &livechatv1.UploadFileRequest_Chunk{Chunk: b}}
}

// sendParts sends the parts of an upload and returns what it came to.
func (s *site) sendParts(ctx context.Context, parts ...*livechatv1.UploadFileRequest) (*livechatv1.Message, error) {
	s.t.Helper()
	stream, err := s.rooms.UploadFile(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range parts {
		if err := stream.Send(p); err != nil {
			if errors.Is(err, io.EOF) {
				break // it was answered already
			}
			return nil, err
		}
	}
	resp, err := stream.CloseAndRecv()
	return resp.GetMessage(), err
}

// upload sends a file in chunks of up to 100,000 bytes.
func (s *site) upload(ctx context.Context, h *livechatv1.UploadFileHeader, content []byte) (*livechatv1.Message, error) {
	s.t.Helper()
	parts := []*livechatv1.UploadFileRequest{headerPart(h)}
	for len(content) > 0 {
		n := min(len(content), 100_000)
		parts, content = append(parts, chunkPart(content[:n])), content[n:]
	}
	return s.sendParts(ctx, parts...)
}

// uploaded sends a file that must be stored.
func (s *site) uploaded(ctx context.Context, h *livechatv1.UploadFileHeader, content string) *livechatv1.Message {
	s.t.Helper()
	m, err := s.upload(ctx, h, []byte(content))
	if err != nil {
		s.t.Fatalf("upload: %v", err)
	}
	return m
}

// fetched is what a download came to.
type fetched struct {
	header *livechatv1.DownloadFileHeader
	text   string
	chunks int
}

func (s *site) fetch(ctx context.Context, roomID, messageID, fileID string, r *livechatv1.ByteRange) (fetched, error) {
	s.t.Helper()
	stream, err := s.rooms.DownloadFile(ctx, &livechatv1.DownloadFileRequest{
		RoomId: roomID, MessageId: messageID, FileId: fileID, Range: r,
	})
	if err != nil {
		return fetched{}, err
	}
	var got fetched
	var text bytes.Buffer
	for {
		resp, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			got.text = text.String()
			return got, nil
		case err != nil:
			got.text = text.String()
			return got, err
		case resp.GetHeader() != nil && got.header == nil && got.chunks == 0:
			got.header = resp.GetHeader()
		case resp.GetHeader() != nil || got.header == nil:
			s.t.Errorf("%v is out of place", resp)
		default:
			got.chunks++
			text.Write(resp.GetChunk())
		}
	}
}

// fetchFile fetches the one file of a message.
func (s *site) fetchFile(ctx context.Context, m *livechatv1.Message, r *livechatv1.ByteRange) (fetched, error) {
	s.t.Helper()
	if len(m.GetFiles()) != 1 {
		s.t.Fatalf("%d files in %v", len(m.GetFiles()), m)
	}
	return s.fetch(ctx, m.GetRoomId(), m.GetId(), m.GetFiles()[0].GetId(), r)
}

// messagesIn counts what people wrote in a room, whoever may see it.
func (s *site) messagesIn(ctx context.Context, roomID string) int {
	s.t.Helper()
	return len(s.list(ctx, roomID))
}

// uploadsSeen counts the uploads that Rocket.Chat was sent.
func (s *site) uploadsSeen() int {
	s.t.Helper()
	n := 0
	for _, r := range s.chat.Requests() {
		if r.Route == "livechat/upload/:rid" {
			n++
		}
	}
	return n
}

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
