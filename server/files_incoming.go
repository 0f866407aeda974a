package server

import (
	"context"
	"errors"
	"io"
	"time"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/failure"
)

// uploadIdle is how long an upload may bring nothing: it holds a connection to Rocket.Chat.
const uploadIdle = time.Minute

// uploadStream is the part of UploadFile's stream that brings the file.
type uploadStream interface {
	Context() context.Context
	Recv() (*livechatv1.UploadFileRequest, error)
}

// incoming is an upload as its stream brings it: first what is uploaded, and then the content, which is read chunk by chunk. Not more than
// one chunk is held, so that the caller sends no faster than upstream takes. Its errors are the caller's to hear.
type incoming struct {
	parts    <-chan part
	declared int64 // 0: not declared
	rules    rocketchat.FileRules
	idle     *time.Timer

	rest []byte // of the chunk that is being read
	read int64
	end  error
}

// part is what a stream brought.
type part struct {
	req *livechatv1.UploadFileRequest
	err error
}

// newIncoming begins to receive. It goes on until the stream ends, which at the latest it does when its handler returns.
func newIncoming(stream uploadStream) *incoming {
	parts := make(chan part)
	go func() {
		defer close(parts)
		for {
			req, err := stream.Recv()
			select {
			case parts <- part{req, err}:
			case <-stream.Context().Done():
				return
			}
			if err != nil {
				return
			}
		}
	}()
	return &incoming{parts: parts, idle: time.NewTimer(uploadIdle)}
}

// next waits for the next part.
func (in *incoming) next() part {
	in.idle.Reset(uploadIdle)
	defer in.idle.Stop()
	select {
	case got, ok := <-in.parts:
		if !ok {
			got.err = context.Canceled
		}
		return got
	case <-in.idle.C:
		return part{err: failure.New(codes.DeadlineExceeded, livechatv1.ErrorReason_ERROR_REASON_CALL_ENDED, "the upload brought nothing for a minute")}
	}
}

// header waits for the first part, which says what is uploaded.
func (in *incoming) header() (*livechatv1.UploadFileHeader, error) {
	first := in.next()
	switch {
	case errors.Is(first.err, io.EOF), first.err == nil && first.req.GetHeader() == nil:
		return nil, badField("header", "must come first")
	case first.err != nil:
		return nil, first.err
	}
	return first.req.GetHeader(), nil
}

// begin waits for the first bytes, so that nothing is asked of upstream for a file that has none. The content has to be of the declared
// size, if that is not 0, and of one that the rules allow.
func (in *incoming) begin(declared int64, rules rocketchat.FileRules) error {
	in.declared, in.rules = declared, rules
	in.fill()
	if len(in.rest) > 0 {
		return nil
	}
	return in.end
}

// Read implements io.Reader.
func (in *incoming) Read(p []byte) (int, error) {
	in.fill()
	if len(in.rest) == 0 {
		return 0, in.end
	}
	n := copy(p, in.rest)
	in.rest = in.rest[n:]
	return n, nil
}

// fill receives until there is something to read, or the end.
func (in *incoming) fill() {
	for len(in.rest) == 0 && in.end == nil {
		in.take(in.next())
	}
}

// take checks what came, before upstream gets any of it.
func (in *incoming) take(got part) {
	chunk := got.req.GetChunk()
	in.read += int64(len(chunk))
	switch {
	case errors.Is(got.err, io.EOF):
		in.end = in.whole()
	case got.err != nil:
		in.end = got.err
	case got.req.GetHeader() != nil:
		in.end = badField("header", "may only be sent once, and first")
	case in.declared > 0 && in.read > in.declared:
		in.end = in.wrongSize()
	default:
		in.end = checkSize(in.rules, in.read)
	}
	if in.end == nil {
		in.rest = chunk
	}
}

// whole is io.EOF if the file is what it was said to be.
func (in *incoming) whole() error {
	switch {
	case in.read == 0:
		return failure.From(&rocketchat.Error{Op: "check file", Code: rocketchat.CodeFileEmpty})
	case in.declared > 0 && in.read != in.declared:
		return in.wrongSize()
	}
	return io.EOF
}

func (in *incoming) wrongSize() error {
	return badField("header.file.size_bytes", "is not the size of what was sent")
}
