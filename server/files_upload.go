package server

import (
	"context"
	"errors"
	"unicode/utf16"

	"google.golang.org/grpc"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/failure"
	"github.com/rocketline/rocketline/server/once"
)

// UploadFile implements RoomService. All that can be refused without the content is refused before the first byte goes to Rocket.Chat,
// which itself judges a file only when it has all of it. An upload that was done before under the same request id is answered at once: what
// the stream still brings is not read.
func (s *rooms) UploadFile(stream grpc.ClientStreamingServer[livechatv1.UploadFileRequest, livechatv1.UploadFileResponse]) error {
	ctx := stream.Context()
	content := newIncoming(stream)
	header, err := content.header()
	if err != nil {
		return err
	}
	key := once.Key{Caller: auth.From(ctx).ID(), Method: livechatv1.RoomService_UploadFile_FullMethodName, RequestID: header.GetRequestId()}
	sent, err := once.Do(ctx, s.book, key, once.Of(header), func(ctx context.Context) (rocketchat.Message, error) {
		return s.upload(ctx, header, content)
	})
	if err != nil {
		return fileAt(err, header.GetRoomId(), "", "")
	}
	return stream.SendAndClose(&livechatv1.UploadFileResponse{Message: s.workspace.audience(ctx).Message(sent)})
}

// upload checks a file as it comes and passes it on.
func (s *rooms) upload(ctx context.Context, header *livechatv1.UploadFileHeader, content *incoming) (rocketchat.Message, error) {
	file := rocketchat.NewFile{
		RoomID: header.GetRoomId(), Name: header.GetFile().GetName(), Size: header.GetFile().GetSizeBytes(),
		Description: header.GetDescription(), Text: header.GetText(),
	}
	if err := checkName(file.Name); err != nil {
		return rocketchat.Message{}, err
	}
	var err error
	if file.ContentType, err = contentTypeOf(header.GetFile().GetContentType(), file.Name); err != nil {
		return rocketchat.Message{}, err
	}
	rules := s.files.current(ctx)
	if err := checkFile(rules, file.ContentType, max(file.Size, leastSize(ctx))); err != nil {
		return rocketchat.Message{}, err
	}
	if err := s.checkText(ctx, file.Text); err != nil {
		return rocketchat.Message{}, err
	}
	token := auth.From(ctx).Token()
	room, err := s.chat.Room(ctx, token, file.RoomID)
	if err == nil && !room.Open {
		err = &rocketchat.Error{Op: "upload file", Code: rocketchat.CodeRoomClosed}
	}
	if err != nil {
		return rocketchat.Message{}, err
	}
	if err := content.begin(file.Size, rules); err != nil {
		return rocketchat.Message{}, err
	}
	sent, err := s.chat.Upload(ctx, token, file, content)
	return sent, s.explainedUpload(sent, rules, err)
}

// checkText refuses a text that Rocket.Chat would refuse only when it has the file, which it then keeps without a message.
func (s *rooms) checkText(ctx context.Context, text string) error {
	settings, known := s.workspace.current(ctx)
	if !known || settings.MessageLimit <= 0 || len(utf16.Encode([]rune(text))) <= settings.MessageLimit {
		return nil
	}
	return withLimit(&rocketchat.Error{Op: "check text", Code: rocketchat.CodeMessageTooLong}, int64(settings.MessageLimit))
}

// explainedUpload adds to a refusal what the caller needs to act on it. A refusal that the rules did not foresee makes them doubtful.
func (s *rooms) explainedUpload(sent rocketchat.Message, rules rocketchat.FileRules, err error) error {
	var told *failure.Error
	switch {
	case hasCode(err, rocketchat.CodeRoomMoved) && errors.As(failure.From(err), &told):
		return told.With("room_id", sent.RoomID)
	case hasCode(err, rocketchat.CodeFileTooLarge):
		s.files.forget()
		return withLimit(err, rules.MaxSize)
	case hasCode(err, rocketchat.CodeFileTypeNotAllowed), hasCode(err, rocketchat.CodeUploadDisabled):
		s.files.forget()
	}
	return err
}
