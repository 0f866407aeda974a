package acceptance_test

import (
	"bytes"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

func (s *script) looksAround() {
	got := of[*livechatv1.GetConfigResponse](s, &livechatv1.GetConfigRequest{Department: sales})
	config := got.GetConfig()
	s.is("enabled, online", [2]bool{config.GetEnabled(), config.GetOnline()}, [2]bool{true, true})
	var names []string
	for _, d := range config.GetDepartments() {
		names = append(names, d.GetName())
	}
	slices.Sort(names)
	s.is("departments", names, []string{sales, support})
	s.is("survey values", config.GetSurveyValues(), []string{"1", "2", "3", "4", "5"})
	s.is("a visitor", got.GetVisitor() != nil || got.GetRoom() != nil, false)
	s.refuses(&livechatv1.GetVisitorRequest{}, noCredential)
}

func (s *script) registers() {
	got := of[*livechatv1.RegisterVisitorResponse](s, &livechatv1.RegisterVisitorRequest{
		Name: "Vera", Email: "vera." + s.d.name() + "@example.com", CustomFields: map[string]string{"plan": "gold", "horoscope": "lion"},
	})
	s.is("name", got.GetVisitor().GetName(), "Vera")
	if len(got.GetVisitorToken()) < 22 {
		s.t.Fatalf("the token has %d characters", len(got.GetVisitorToken()))
	}
	outcomes := map[string]livechatv1.CustomFieldResult{}
	for _, o := range got.GetCustomFields() {
		outcomes[o.GetKey()] = o.GetResult()
	}
	s.is("custom fields", outcomes, map[string]livechatv1.CustomFieldResult{
		"plan":      livechatv1.CustomFieldResult_CUSTOM_FIELD_RESULT_STORED,
		"horoscope": livechatv1.CustomFieldResult_CUSTOM_FIELD_RESULT_IGNORED,
	})
	s.who.token = got.GetVisitorToken()
	again := of[*livechatv1.RegisterVisitorResponse](s, &livechatv1.RegisterVisitorRequest{Name: "Vera Lind"})
	s.is("the same visitor", again.GetVisitor().GetId(), got.GetVisitor().GetId())
	s.is("the same token", again.GetVisitorToken(), got.GetVisitorToken())
	visitor := of[*livechatv1.GetVisitorResponse](s, &livechatv1.GetVisitorRequest{}).GetVisitor()
	s.is("name", visitor.GetName(), "Vera Lind")
	s.is("custom fields", visitor.GetCustomFields(), map[string]string{"plan": "gold"})
}

func (s *script) waits() {
	next := of[*livechatv1.GetNextAgentResponse](s, &livechatv1.GetNextAgentRequest{Department: sales})
	s.is("who would serve Sales", next.GetAgent().GetUsername(), "ann")
	visit := of[*livechatv1.RecordPageVisitResponse](s, &livechatv1.RecordPageVisitRequest{Title: "Prices", Url: "https://example.com/prices"})
	s.is("recorded", visit.GetRecorded(), true)
	rooms := of[*livechatv1.ListRoomsResponse](s, &livechatv1.ListRoomsRequest{})
	s.is("rooms", len(rooms.GetRooms()), 0)
	s.refuses(&livechatv1.SubscribeRequest{}, precondition("NO_OPEN_ROOM"))
}

func (s *script) opens() {
	got := of[*livechatv1.OpenRoomResponse](s, &livechatv1.OpenRoomRequest{Department: support})
	s.is("created", got.GetCreated(), true)
	s.is("department", got.GetRoom().GetDepartmentId(), supportID)
	s.is("agent", got.GetRoom().GetServedBy().GetUsername(), "bob")
	s.room = got.GetRoom().GetId()
	again := of[*livechatv1.OpenRoomResponse](s, &livechatv1.OpenRoomRequest{})
	s.is("created again", again.GetCreated(), false)
	s.is("the same room", again.GetRoom().GetId(), s.room)
	rooms := of[*livechatv1.ListRoomsResponse](s, &livechatv1.ListRoomsRequest{}).GetRooms()
	if len(rooms) != 1 || rooms[0].GetId() != s.room {
		s.t.Errorf("rooms %v", rooms)
	}
	room := of[*livechatv1.GetRoomResponse](s, &livechatv1.GetRoomRequest{RoomId: s.room}).GetRoom()
	s.is("open", room.GetOpen(), true)
	config := of[*livechatv1.GetConfigResponse](s, &livechatv1.GetConfigRequest{})
	s.is("the room that the configuration tells of", config.GetRoom().GetId(), s.room)
	s.is("the visitor that it tells of", config.GetVisitor().GetName(), "Vera Lind")
	agent := of[*livechatv1.GetRoomAgentResponse](s, &livechatv1.GetRoomAgentRequest{RoomId: s.room}).GetAgent()
	s.is("agent", [2]string{agent.GetId(), agent.GetName()}, [2]string{bobID, bobName})
	next := of[*livechatv1.GetNextAgentResponse](s, &livechatv1.GetNextAgentRequest{})
	s.is("a next agent beside an open room", next.GetAgent() != nil, false)
}

func (s *script) follows() {
	s.called["Subscribe"] = true
	s.stream = listen(s.whole, s.d, s.who, &livechatv1.SubscribeRequest{
		IncludeTyping: true, HeartbeatInterval: durationpb.New(time.Minute), History: proto.Int32(100),
	})
	s.stream.wait(s.t, "caught_up", func(e *livechatv1.SubscribeResponse) bool { return e.GetCaughtUp() != nil })
}

const aRequestID = "7f1c1f5e-6f0e-4b62-9a60-1f5f6a2f9c01"

func (s *script) writes() {
	send := &livechatv1.SendMessageRequest{RoomId: s.room, Text: "Hello, is anybody there?", RequestId: aRequestID}
	sent := of[*livechatv1.SendMessageResponse](s, send).GetMessage()
	again := of[*livechatv1.SendMessageResponse](s, send).GetMessage()
	s.is("the message of the retry", again.GetId(), sent.GetId())
	s.is("author", sent.GetAuthor().GetKind(), livechatv1.AuthorKind_AUTHOR_KIND_VISITOR)
	s.stream.wait(s.t, "its message", func(e *livechatv1.SubscribeResponse) bool {
		return e.GetMessageCreated().GetMessage().GetId() == sent.GetId()
	})
	edited := of[*livechatv1.UpdateMessageResponse](s, &livechatv1.UpdateMessageRequest{
		RoomId: s.room, MessageId: sent.GetId(), Text: "Hello! Is anybody there?",
	}).GetMessage()
	s.is("text", edited.GetText(), "Hello! Is anybody there?")
	if !edited.GetUpdateTime().AsTime().After(edited.GetCreateTime().AsTime()) || edited.GetVersion() == sent.GetVersion() {
		s.t.Errorf("the edit does not show: %v", edited)
	}
	s.stream.wait(s.t, "the edit", func(e *livechatv1.SubscribeResponse) bool {
		return e.GetMessageUpdated().GetMessage().GetText() == edited.GetText()
	})
	mistake := of[*livechatv1.SendMessageResponse](s, &livechatv1.SendMessageRequest{RoomId: s.room, Text: "oops"}).GetMessage()
	remove := &livechatv1.DeleteMessageRequest{RoomId: s.room, MessageId: mistake.GetId()}
	of[*livechatv1.DeleteMessageResponse](s, remove)
	s.stream.wait(s.t, "the deletion", func(e *livechatv1.SubscribeResponse) bool {
		return e.GetMessageDeleted().GetMessageId() == mistake.GetId()
	})
	s.refuses(remove, messageNotFound)
	s.refuses(&livechatv1.GetMessageRequest{RoomId: s.room, MessageId: mistake.GetId()}, messageNotFound)
	for _, typing := range []bool{true, false} {
		of[*livechatv1.SetTypingResponse](s, &livechatv1.SetTypingRequest{RoomId: s.room, Typing: proto.Bool(typing)})
		s.stream.wait(s.t, "its own typing", func(e *livechatv1.SubscribeResponse) bool {
			return e.GetTyping() != nil && e.GetTyping().GetTyping() == typing
		})
	}
}

func (s *script) hears() {
	id, err := s.chat.Agent("bob").Send(s.room, "Good morning, Vera.")
	if err != nil {
		s.t.Fatal(err)
	}
	s.stream.wait(s.t, "the agent's answer", func(e *livechatv1.SubscribeResponse) bool {
		return e.GetMessageCreated().GetMessage().GetId() == id
	})
	got := of[*livechatv1.GetMessageResponse](s, &livechatv1.GetMessageRequest{RoomId: s.room, MessageId: id}).GetMessage()
	s.is("text", got.GetText(), "Good morning, Vera.")
	s.is("author", got.GetAuthor().GetKind(), livechatv1.AuthorKind_AUTHOR_KIND_AGENT)
	s.refuses(&livechatv1.UpdateMessageRequest{RoomId: s.room, MessageId: id, Text: "Good night"}, precondition("MESSAGE_LOCKED"))
	s.refuses(&livechatv1.DeleteMessageRequest{RoomId: s.room, MessageId: id}, precondition("MESSAGE_LOCKED"))
}

func (s *script) pages() {
	of[*livechatv1.SendMessageResponse](s, &livechatv1.SendMessageRequest{RoomId: s.room, Text: "I have a question."})
	want := []string{"Hello! Is anybody there?", "Good morning, Vera.", "I have a question."}
	s.is("oldest first", s.texts(livechatv1.MessageOrder_MESSAGE_ORDER_OLDEST_FIRST), want)
	slices.Reverse(want)
	s.is("newest first", s.texts(livechatv1.MessageOrder_MESSAGE_ORDER_NEWEST_FIRST), want)
}

func (s *script) sendsAFile() {
	content := append(slices.Clone(png), bytes.Repeat([]byte("rest of the picture "), 5000)...)
	got := of[*livechatv1.UploadFileResponse](s, upload{content: content, header: &livechatv1.UploadFileHeader{
		RoomId: s.room, Description: "what I see",
		File: &livechatv1.FileHeader{Name: "my screen.png", ContentType: "image/png", SizeBytes: int64(len(content))},
	}})
	s.file = got.GetMessage()
	files := s.file.GetFiles()
	if len(files) != 1 {
		s.t.Fatalf("%d files: %v", len(files), s.file)
	}
	s.is("name", files[0].GetName(), "my screen.png")
	s.is("description", files[0].GetDescription(), "what I see")
	s.stream.wait(s.t, "the message of the file", func(e *livechatv1.SubscribeResponse) bool {
		return e.GetMessageCreated().GetMessage().GetId() == s.file.GetId()
	})
	whole := s.do(s.download())
	if succeeded(s.t, whole) {
		header := whole.msg.(*livechatv1.DownloadFileHeader)
		s.is("type, size, inline, part",
			[]any{header.GetFile().GetContentType(), header.GetFile().GetSizeBytes(), header.GetInline(), header.GetRange() != nil},
			[]any{"image/png", int64(len(content)), true, false})
		s.is("the same bytes", bytes.Equal(whole.file, content), true)
	}
	wanted := s.download()
	wanted.Range = &livechatv1.ByteRange{First: 3, Last: proto.Int64(1002)}
	part := s.do(wanted)
	if !succeeded(s.t, part) {
		return
	}
	header := part.msg.(*livechatv1.DownloadFileHeader)
	if s.version == sandbox.V3_4 && header.GetRange() == nil { // it knows no ranges
		s.is("the whole file", bytes.Equal(part.file, content), true)
		return
	}
	s.is("part", [2]int64{header.GetRange().GetFirst(), header.GetRange().GetLast()}, [2]int64{3, 1002})
	s.is("the part's bytes", bytes.Equal(part.file, content[3:1003]), true)
}

func (s *script) download() *livechatv1.DownloadFileRequest {
	return &livechatv1.DownloadFileRequest{RoomId: s.room, MessageId: s.file.GetId(), FileId: s.file.GetFiles()[0].GetId()}
}

func (s *script) tellsOfItself() {
	got := of[*livechatv1.SetCustomFieldsResponse](s, &livechatv1.SetCustomFieldsRequest{Fields: []*livechatv1.CustomFieldValue{
		{Key: "plan", Value: "platinum", KeepExisting: true}, {Key: "order", Value: "42"},
	}})
	s.is("outcomes", [2]livechatv1.CustomFieldResult{got.GetOutcomes()[0].GetResult(), got.GetOutcomes()[1].GetResult()},
		[2]livechatv1.CustomFieldResult{
			livechatv1.CustomFieldResult_CUSTOM_FIELD_RESULT_KEPT, livechatv1.CustomFieldResult_CUSTOM_FIELD_RESULT_STORED,
		})
	of[*livechatv1.SetVisitorStatusResponse](s, &livechatv1.SetVisitorStatusRequest{Status: livechatv1.VisitorStatus_VISITOR_STATUS_AWAY})
	visitor := of[*livechatv1.GetVisitorResponse](s, &livechatv1.GetVisitorRequest{}).GetVisitor()
	s.is("custom fields", visitor.GetCustomFields(), map[string]string{"plan": "gold"})
	visit := of[*livechatv1.RecordPageVisitResponse](s, &livechatv1.RecordPageVisitRequest{
		RoomId: s.room, Title: "Help", Url: "https://example.com/help",
	})
	s.is("recorded", visit.GetRecorded(), true)
}

func (s *script) isHandedOver() {
	transfer := &livechatv1.TransferRoomRequest{
		RoomId: s.room, Target: &livechatv1.TransferRoomRequest_Department{Department: sales},
	}
	if !before(s.version, sandbox.V7_0) {
		s.refuses(transfer, upstreamLacks)
		return
	}
	room := of[*livechatv1.TransferRoomResponse](s, transfer).GetRoom()
	s.is("department", room.GetDepartmentId(), salesID)
	s.is("agent", room.GetServedBy().GetUsername(), "ann")
	s.stream.wait(s.t, "the transfer", func(e *livechatv1.SubscribeResponse) bool { return e.GetRoomTransferred() != nil })
	s.stream.wait(s.t, "the new agent", func(e *livechatv1.SubscribeResponse) bool {
		return e.GetAgentChanged().GetAgent().GetUsername() == "ann"
	})
}

func (s *script) rates() {
	got := of[*livechatv1.SubmitSurveyResponse](s, &livechatv1.SubmitSurveyRequest{RoomId: s.room, Answers: []*livechatv1.SurveyAnswer{
		{Name: "satisfaction", Value: "5"}, {Name: "additionalFeedback", Value: "quick"},
	}})
	accepted := map[string]string{}
	for _, a := range got.GetAccepted() {
		accepted[a.GetName()] = a.GetValue()
	}
	s.is("accepted", accepted, map[string]string{"satisfaction": "5", "additionalFeedback": "quick"})
}

func (s *script) hasItMailed() {
	of[*livechatv1.RequestTranscriptResponse](s, &livechatv1.RequestTranscriptRequest{RoomId: s.room, Email: "vera@example.com"})
}

func (s *script) closes() {
	room := of[*livechatv1.CloseRoomResponse](s, &livechatv1.CloseRoomRequest{RoomId: s.room}).GetRoom()
	s.is("closed by", room.GetClosedBy().GetKind(), livechatv1.AuthorKind_AUTHOR_KIND_VISITOR)
	s.stream.wait(s.t, "the close", func(e *livechatv1.SubscribeResponse) bool { return e.GetRoomClosed() != nil })
	s.stream.wait(s.t, "goodbye", func(e *livechatv1.SubscribeResponse) bool {
		return e.GetGoodbye().GetReason() == livechatv1.GoodbyeReason_GOODBYE_REASON_ROOMS_CLOSED
	})
	again := of[*livechatv1.CloseRoomResponse](s, &livechatv1.CloseRoomRequest{RoomId: s.room}).GetRoom()
	s.is("open", again.GetOpen(), false)
}

func (s *script) readsTheClosedRoom() {
	room := of[*livechatv1.GetRoomResponse](s, &livechatv1.GetRoomRequest{RoomId: s.room}).GetRoom()
	s.is("open", room.GetOpen(), false)
	s.is("messages", len(s.texts(livechatv1.MessageOrder_MESSAGE_ORDER_OLDEST_FIRST)), 4)
	s.refuses(&livechatv1.SendMessageRequest{RoomId: s.room, Text: "one more thing"}, roomClosed)
	succeeded(s.t, s.do(s.download()))
}

func (s *script) leavesAMessage() {
	of[*livechatv1.SendOfflineMessageResponse](s, &livechatv1.SendOfflineMessageRequest{
		Name: "Vera", Email: "vera@example.com", Text: "Call me back.", Department: sales, Host: "https://example.com",
	})
}

func (s *script) isForgotten() {
	of[*livechatv1.DeleteVisitorResponse](s, &livechatv1.DeleteVisitorRequest{})
	s.refuses(&livechatv1.GetVisitorRequest{}, visitorUnknown)
	s.refuses(&livechatv1.DeleteVisitorRequest{}, visitorUnknown)
}
