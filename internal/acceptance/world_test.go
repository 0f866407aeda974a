package acceptance_test

import (
	"bytes"
	"context"
	"testing"

	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// png is the beginning of an image, and all of it that anybody looks at.
var png = []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x02\x00\x00\x00\x03\x08\x02\x00\x00\x00")

// person is a visitor in the middle of a conversation, with something of everything that visitors can have.
type person struct {
	caller
	// name, secret and phrase are words that nobody else uses: its name, what it wrote, and what its file holds.
	name, secret, phrase string
	id                   string
	room                 string
	message              string // its own, without a file
	fileMessage, file    string
	agent                string // who serves its room, by user name
}

// newPerson makes one, in a department.
func newPerson(t *testing.T, d driver, who caller, name, department string) *person {
	t.Helper()
	p := newTalker(t, d, who, name, department)
	sent := mustDo[*livechatv1.UploadFileResponse](t, d, p.caller, p.picture(p.phrase)).GetMessage()
	if len(sent.GetFiles()) != 1 {
		t.Fatalf("the message of an upload has %d files", len(sent.GetFiles()))
	}
	p.fileMessage, p.file = sent.GetId(), sent.GetFiles()[0].GetId()
	return p
}

// newTalker makes one who has sent no file.
func newTalker(t *testing.T, d driver, who caller, name, department string) *person {
	t.Helper()
	p := &person{caller: who, name: name, secret: name + "sSecret", phrase: name + "sPicture"}
	registered := mustDo[*livechatv1.RegisterVisitorResponse](t, d, p.caller, &livechatv1.RegisterVisitorRequest{Name: name})
	p.token, p.id = registered.GetVisitorToken(), registered.GetVisitor().GetId()
	opened := mustDo[*livechatv1.OpenRoomResponse](t, d, p.caller, &livechatv1.OpenRoomRequest{Department: department})
	p.room, p.agent = opened.GetRoom().GetId(), opened.GetRoom().GetServedBy().GetUsername()
	p.message = p.says(t, d, p.secret)
	return p
}

// says sends a message, and returns its id.
func (p *person) says(t *testing.T, d driver, text string) string {
	t.Helper()
	req := &livechatv1.SendMessageRequest{RoomId: p.room, Text: text}
	return mustDo[*livechatv1.SendMessageResponse](t, d, p.caller, req).GetMessage().GetId()
}

// messages are those of the person's room.
func (p *person) messages(t *testing.T, d driver) []*livechatv1.Message {
	t.Helper()
	req := &livechatv1.ListMessagesRequest{RoomId: p.room}
	return mustDo[*livechatv1.ListMessagesResponse](t, d, p.caller, req).GetMessages()
}

// picture is an upload of an image that holds a phrase, into the person's room.
func (p *person) picture(phrase string) upload {
	content := append(bytes.Clone(png), phrase...)
	return upload{content: content, header: &livechatv1.UploadFileHeader{
		RoomId: p.room, File: &livechatv1.FileHeader{Name: phrase + ".png", ContentType: "image/png", SizeBytes: int64(len(content))},
	}}
}

// about is what the calls of a table are about: a room and what is in it, and a word that shows in what they store.
type about struct{ room, message, fileMessage, file, word string }

func (p *person) about(word string) about {
	return about{room: p.room, message: p.message, fileMessage: p.fileMessage, file: p.file, word: word}
}

// asks has a call of each method that visitors may make, as it succeeds where the ids are the caller's own and the room is open.
var asks = map[string]func(a about) any{
	"RegisterVisitor":  func(a about) any { return &livechatv1.RegisterVisitorRequest{Name: a.word} },
	"GetVisitor":       func(about) any { return &livechatv1.GetVisitorRequest{} },
	"DeleteVisitor":    func(about) any { return &livechatv1.DeleteVisitorRequest{} },
	"SetVisitorStatus": func(about) any { return &livechatv1.SetVisitorStatusRequest{Status: away} },
	"SetCustomFields": func(a about) any {
		return &livechatv1.SetCustomFieldsRequest{Fields: []*livechatv1.CustomFieldValue{{Key: "plan", Value: a.word}}}
	},
	"RecordPageVisit": func(a about) any {
		return &livechatv1.RecordPageVisitRequest{RoomId: a.room, Title: a.word, Url: "https://example.com/"}
	},

	"OpenRoom":  func(about) any { return &livechatv1.OpenRoomRequest{} },
	"GetRoom":   func(a about) any { return &livechatv1.GetRoomRequest{RoomId: a.room} },
	"ListRooms": func(about) any { return &livechatv1.ListRoomsRequest{} },
	"CloseRoom": func(a about) any { return &livechatv1.CloseRoomRequest{RoomId: a.room} },
	"TransferRoom": func(a about) any {
		return &livechatv1.TransferRoomRequest{RoomId: a.room, Target: &livechatv1.TransferRoomRequest_Department{Department: support}}
	},
	"SubmitSurvey": func(a about) any {
		answers := []*livechatv1.SurveyAnswer{{Name: "satisfaction", Value: "4"}, {Name: "additionalFeedback", Value: a.word}}
		return &livechatv1.SubmitSurveyRequest{RoomId: a.room, Answers: answers}
	},
	"RequestTranscript": func(a about) any {
		return &livechatv1.RequestTranscriptRequest{RoomId: a.room, Email: a.word + "@example.com"}
	},
	"UploadFile": func(a about) any { return (&person{room: a.room}).picture(a.word) },
	"DownloadFile": func(a about) any {
		return &livechatv1.DownloadFileRequest{RoomId: a.room, MessageId: a.fileMessage, FileId: a.file}
	},

	"SendMessage": func(a about) any { return &livechatv1.SendMessageRequest{RoomId: a.room, Text: a.word} },
	"GetMessage":  func(a about) any { return &livechatv1.GetMessageRequest{RoomId: a.room, MessageId: a.message} },
	"UpdateMessage": func(a about) any {
		return &livechatv1.UpdateMessageRequest{RoomId: a.room, MessageId: a.message, Text: a.word}
	},
	"DeleteMessage": func(a about) any { return &livechatv1.DeleteMessageRequest{RoomId: a.room, MessageId: a.message} },
	"ListMessages":  func(a about) any { return &livechatv1.ListMessagesRequest{RoomId: a.room} },
	"SetTyping":     func(a about) any { return &livechatv1.SetTypingRequest{RoomId: a.room, Typing: proto.Bool(true)} },
	"SendOfflineMessage": func(a about) any {
		return &livechatv1.SendOfflineMessageRequest{Name: a.word, Email: a.word + "@example.com", Text: a.word}
	},

	"GetRoomAgent": func(a about) any { return &livechatv1.GetRoomAgentRequest{RoomId: a.room} },
	"GetNextAgent": func(about) any { return &livechatv1.GetNextAgentRequest{} },
	"GetConfig":    func(about) any { return &livechatv1.GetConfigRequest{} },
	"Subscribe":    func(a about) any { return &livechatv1.SubscribeRequest{RoomIds: []string{a.room}} },
}

const away = livechatv1.VisitorStatus_VISITOR_STATUS_AWAY

func TestEveryMethodThatVisitorsMayCallHasACallHere(t *testing.T) {
	complete(t, asks)
	for name, ask := range asks {
		if got := methodOfAsk(ask(about{})).short(); got != name {
			t.Errorf("the row of %s calls %s", name, got)
		}
	}
}

// tries makes a call of the table.
func tries(ctx context.Context, d driver, who caller, name string, a about) reply {
	return d.do(ctx, who, asks[name](a))
}
