package server

import (
	"context"
	"errors"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/follow"
	"github.com/rocketline/rocketline/server/once"
)

// messages implements MessageService.
type messages struct {
	livechatv1.UnimplementedMessageServiceServer
	chat      *rocketchat.Client
	workspace *workspace
	book      *once.Book
	claims    *once.Book // of SendMessage, apart: there are many, and none of them may push a mail out of book
	hub       *follow.Hub
	typists   *typists
	listings  turns // of visitors who list messages
}

// GetMessage implements MessageService.
func (s *messages) GetMessage(ctx context.Context, req *livechatv1.GetMessageRequest) (*livechatv1.GetMessageResponse, error) {
	m, err := s.read(ctx, req.GetRoomId(), req.GetMessageId())
	if err == nil && m.Type != rocketchat.TypeChat {
		err = noMessage()
	}
	if err != nil {
		return nil, err
	}
	return &livechatv1.GetMessageResponse{Message: s.workspace.audience(ctx).Message(m)}, nil
}

// UpdateMessage implements MessageService. The message is read first: Rocket.Chat does not check that it stands in the room, and a text
// that it has already needs no edit.
func (s *messages) UpdateMessage(ctx context.Context, req *livechatv1.UpdateMessageRequest) (*livechatv1.UpdateMessageResponse, error) {
	m, err := s.own(ctx, req.GetRoomId(), req.GetMessageId())
	if err == nil && m.Text != req.GetText() {
		m, err = s.update(ctx, req)
	}
	if err != nil {
		return nil, err
	}
	return &livechatv1.UpdateMessageResponse{Message: s.workspace.audience(ctx).Message(m)}, nil
}

// update changes the text. Where the answer is lost, the message tells whether it was done.
func (s *messages) update(ctx context.Context, req *livechatv1.UpdateMessageRequest) (rocketchat.Message, error) {
	m, err := s.chat.UpdateMessage(ctx, auth.From(ctx).Token(), req.GetRoomId(), req.GetMessageId(), req.GetText())
	if lostAnswer(err) {
		if now, readErr := s.read(ctx, req.GetRoomId(), req.GetMessageId()); readErr == nil && now.Text == req.GetText() {
			return now, nil
		}
	}
	return m, err
}

// DeleteMessage implements MessageService. The message is read first, as for an edit. Where the answer is lost, a message that is gone
// tells that it was done.
func (s *messages) DeleteMessage(ctx context.Context, req *livechatv1.DeleteMessageRequest) (*livechatv1.DeleteMessageResponse, error) {
	if _, err := s.own(ctx, req.GetRoomId(), req.GetMessageId()); err != nil {
		return nil, err
	}
	err := s.chat.DeleteMessage(ctx, auth.From(ctx).Token(), req.GetRoomId(), req.GetMessageId())
	if lostAnswer(err) {
		if _, readErr := s.read(ctx, req.GetRoomId(), req.GetMessageId()); hasCode(readErr, rocketchat.CodeInvalidMessage) {
			err = nil
		}
	}
	if err != nil {
		return nil, err
	}
	return &livechatv1.DeleteMessageResponse{}, nil
}

// read reads what stands under an id in a room of the caller's. What was deleted is not there, also where its place is kept.
func (s *messages) read(ctx context.Context, roomID, messageID string) (rocketchat.Message, error) {
	m, err := s.chat.Message(ctx, auth.From(ctx).Token(), roomID, messageID)
	if err == nil && m.Type == rocketchat.TypeDeleted {
		err = noMessage()
	}
	return m, err
}

// own reads a message that the caller may change: its own, and nothing that the server noted.
func (s *messages) own(ctx context.Context, roomID, messageID string) (rocketchat.Message, error) {
	m, err := s.read(ctx, roomID, messageID)
	if err == nil && (m.Type != rocketchat.TypeChat || m.Author.Kind != rocketchat.AuthorVisitor) {
		err = &rocketchat.Error{Op: "change message", Kind: rocketchat.KindRefused, Code: rocketchat.CodeMessageLocked}
	}
	return m, err
}

func noMessage() error {
	return &rocketchat.Error{Op: "get message", Kind: rocketchat.KindRefused, Code: rocketchat.CodeInvalidMessage}
}

// lostAnswer tells whether a write may have been carried out although it failed.
func lostAnswer(err error) bool {
	var up *rocketchat.Error
	return errors.As(err, &up) && up.Ambiguous
}
