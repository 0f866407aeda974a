package convert

import (
	"crypto/sha256"
	"encoding/base64"

	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
)

// Message converts a chat message and computes its version.
func (a Audience) Message(m rocketchat.Message) *livechatv1.Message {
	edited := m.EditedAt
	if edited.IsZero() {
		edited = m.CreatedAt
	}
	msg := &livechatv1.Message{
		Id:         m.ID,
		RoomId:     m.RoomID,
		Text:       m.Text,
		Author:     a.Author(m.Author),
		CreateTime: timestamp(m.CreatedAt),
		UpdateTime: timestamp(edited),
		ThreadId:   m.ThreadID,
	}
	for _, f := range m.Files {
		msg.Files = append(msg.Files, &livechatv1.MessageFile{
			Id: f.ID, Name: f.Name, ContentType: f.ContentType, Description: f.Description,
			Width: int32(f.Width), Height: int32(f.Height),
		})
	}
	for _, at := range m.Attachments {
		quote := &livechatv1.Attachment{Title: at.Title, TitleLink: at.TitleLink, Text: at.Text, AuthorName: at.AuthorName}
		if a.AgentsHidden {
			quote.AuthorName = "" // it may be an agent's
		}
		msg.Attachments = append(msg.Attachments, quote)
	}
	for _, r := range m.Reactions {
		reaction := &livechatv1.Reaction{Emoji: r.Emoji, Count: int32(len(r.Usernames))}
		if !a.AgentsHidden {
			reaction.Usernames = r.Usernames
		}
		msg.Reactions = append(msg.Reactions, reaction)
	}
	msg.Version = version(msg)
	for i, f := range m.Files {
		msg.Files[i].SizeBytes = f.Size // which not every answer of Rocket.Chat tells
	}
	return msg
}

// version is a hash over everything that can be seen of a message: 64 bits are plenty to tell two states of one message apart.
func version(m *livechatv1.Message) string {
	visible, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		// Only text that is not UTF-8 gets here, and that cannot come out of JSON.
		return "invalid"
	}
	sum := sha256.Sum256(visible)
	return base64.RawURLEncoding.EncodeToString(sum[:8])
}
