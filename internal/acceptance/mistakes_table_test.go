package acceptance_test

import (
	"strings"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

// mistake is a call that keeps the rules of the contract and that the workspace, or the state of things, does not allow.
type mistake struct {
	what string
	ask  func(p *person) any
	// want is how it is refused; the zero value is success.
	want func(version sandbox.Profile) told
}

// always is the same refusal on every version.
func always(want told) func(sandbox.Profile) told {
	return func(sandbox.Profile) told { return want }
}

// since is a refusal of newer versions; older ones take the call.
func since(first sandbox.Profile, want told) func(sandbox.Profile) told {
	return func(version sandbox.Profile) told {
		if before(version, first) {
			return told{}
		}
		return want
	}
}

// until is a refusal of older versions; newer ones lack the feature.
func until(first sandbox.Profile, want told) func(sandbox.Profile) told {
	return func(version sandbox.Profile) told {
		if before(version, first) {
			return want
		}
		return upstreamLacks
	}
}

func send(text string) func(p *person) any {
	return func(p *person) any { return &livechatv1.SendMessageRequest{RoomId: p.room, Text: text} }
}

func transfer(department string) func(p *person) any {
	return func(p *person) any {
		return &livechatv1.TransferRoomRequest{RoomId: p.room, Target: &livechatv1.TransferRoomRequest_Department{Department: department}}
	}
}

func survey(answers ...*livechatv1.SurveyAnswer) func(p *person) any {
	return func(p *person) any { return &livechatv1.SubmitSurveyRequest{RoomId: p.room, Answers: answers} }
}

func file(name, contentType string, content string) func(p *person) any {
	return func(p *person) any {
		return upload{content: []byte(content), header: &livechatv1.UploadFileHeader{
			RoomId: p.room, File: &livechatv1.FileHeader{Name: name, ContentType: contentType, SizeBytes: int64(len(content))},
		}}
	}
}

func offline(department string) func(*person) any {
	return func(*person) any {
		return &livechatv1.SendOfflineMessageRequest{Name: "Vera", Email: "vera@example.com", Text: "hello", Department: department}
	}
}

func departmentUnknown() told { return invalid("DEPARTMENT_UNKNOWN") }

// mistakes in a workspace as it usually is.
var mistakes = []mistake{
	{"a registration in an unknown department", func(*person) any {
		return &livechatv1.RegisterVisitorRequest{Department: "no such department"}
	}, always(departmentUnknown())},
	{"a room in an unknown department, while one is open", func(*person) any {
		return &livechatv1.OpenRoomRequest{Department: "no such department"}
	}, always(told{})},
	{"the next agent of an unknown department", func(*person) any {
		return &livechatv1.GetNextAgentRequest{Department: "no such department"}
	}, always(departmentUnknown())},
	{"the configuration of an unknown department", func(*person) any {
		return &livechatv1.GetConfigRequest{Department: "no such department"}
	}, always(departmentUnknown())},
	{"an offline message to an unknown department", offline("no such department"), always(departmentUnknown())},
	{"a transfer to an unknown department", transfer("no such department"), always(departmentUnknown())},
	{"a registration in what is no department's id", func(*person) any {
		return &livechatv1.RegisterVisitorRequest{Department: "nowhere"}
	}, always(departmentUnknown())},
	{"an offline message to what is no department's id", offline("nowhere"), always(departmentUnknown())},
	{"a transfer to what is no department's id", transfer("nowhere"), always(departmentUnknown())},
	{"the configuration of what may be an id", func(*person) any {
		return &livechatv1.GetConfigRequest{Department: "nowhere"}
	}, always(told{})},
	{"a transfer to where the room is", transfer(sales), until(sandbox.V7_0, precondition("TRANSFER_NOT_POSSIBLE"))},
	{"a transfer to an agent", func(p *person) any {
		return &livechatv1.TransferRoomRequest{RoomId: p.room, Target: &livechatv1.TransferRoomRequest_AgentId{AgentId: bobID}}
	}, always(invalid("FIELD_INVALID", "agent_id"))},
	{"a transfer with a remark", func(p *person) any {
		req := transfer(support)(p).(*livechatv1.TransferRoomRequest)
		req.Comment = "take care"
		return req
	}, always(invalid("FIELD_INVALID", "comment"))},
	{"a close with a remark and a tag", func(p *person) any {
		return &livechatv1.CloseRoomRequest{RoomId: p.room, Comment: "bye", Tags: []string{"done"}}
	}, always(invalid("FIELD_INVALID", "comment", "tags"))},

	{"@all", send("hello @all"), since(sandbox.V6_5, invalid("MENTION_NOT_ALLOWED"))},
	{"@here", send("hello @here"), since(sandbox.V6_5, invalid("MENTION_NOT_ALLOWED"))},
	{"an address that only looks like a mention", send("hello me@allied.example"), always(told{})},
	{"a message to a room that is not there", func(*person) any {
		return &livechatv1.SendMessageRequest{RoomId: "noSuchRoom", Text: "hello"}
	}, always(roomNotFound)},
	{"a message that is not there", func(p *person) any {
		return &livechatv1.GetMessageRequest{RoomId: p.room, MessageId: "noSuchMessage"}
	}, always(messageNotFound)},
	{"an edit of a message that is not there", func(p *person) any {
		return &livechatv1.UpdateMessageRequest{RoomId: p.room, MessageId: "noSuchMessage", Text: "hello"}
	}, always(messageNotFound)},
	{"the deletion of a message that is not there", func(p *person) any {
		return &livechatv1.DeleteMessageRequest{RoomId: p.room, MessageId: "noSuchMessage"}
	}, always(messageNotFound)},
	{"a page token that nobody gave out", func(p *person) any {
		return &livechatv1.ListMessagesRequest{RoomId: p.room, PageToken: "4711"}
	}, always(invalid("PAGE_TOKEN_INVALID", "page_token"))},
	{"a page token of rooms that nobody gave out", func(*person) any {
		return &livechatv1.ListRoomsRequest{PageToken: "4711"}
	}, always(invalid("PAGE_TOKEN_INVALID", "page_token"))},

	{"an unknown custom field", func(*person) any {
		return &livechatv1.SetCustomFieldsRequest{Fields: []*livechatv1.CustomFieldValue{{Key: "plan", Value: "gold"}, {Key: "sign", Value: "lion"}}}
	}, always(invalid("CUSTOM_FIELD_UNKNOWN", "fields[1]"))},
	{"a visit of a page in a room that is not there", func(*person) any {
		return &livechatv1.RecordPageVisitRequest{RoomId: "noSuchRoom", Url: "https://example.com"}
	}, always(roomNotFound)},

	{"a survey with the value 6", survey(&livechatv1.SurveyAnswer{Name: "satisfaction", Value: "6"}),
		always(invalid("SURVEY_INVALID", "answers[0].value"))},
	{"a survey with a good and a bad answer", survey(
		&livechatv1.SurveyAnswer{Name: "satisfaction", Value: "5"}, &livechatv1.SurveyAnswer{Name: "weather", Value: "1"},
	), always(invalid("SURVEY_INVALID", "answers[1].name"))},
	{"a survey of the item as it ought to be spelt", survey(&livechatv1.SurveyAnswer{Name: "agentResponsiveness", Value: "1"}),
		always(invalid("SURVEY_INVALID", "answers[0].name"))},

	{"an empty file", file("empty.txt", "text/plain", ""), always(invalid("FILE_NOT_ACCEPTED"))},
	{"a file of a refused type", file("drawing.svg", "image/svg+xml", "<svg/>"), always(invalid("FILE_NOT_ACCEPTED"))},
	{"a file of a refused type by its name", file("drawing.svg", "", "<svg/>"), always(invalid("FILE_NOT_ACCEPTED"))},
	{"a file in a room that is not there", func(*person) any { return file("a.txt", "text/plain", "a")(&person{room: "noSuchRoom"}) },
		always(roomNotFound)},
	{"a file that is not in the message", func(p *person) any {
		return &livechatv1.DownloadFileRequest{RoomId: p.room, MessageId: p.fileMessage, FileId: "noSuchFile"}
	}, always(fileNotFound)},
	{"a file of a message that is not there", func(p *person) any {
		return &livechatv1.DownloadFileRequest{RoomId: p.room, MessageId: "noSuchMessage", FileId: p.file}
	}, always(messageNotFound)},
	{"a part behind the file's end", func(p *person) any {
		return &livechatv1.DownloadFileRequest{RoomId: p.room, MessageId: p.fileMessage, FileId: p.file, Range: &livechatv1.ByteRange{First: 1 << 20}}
	}, always(told{Code: codes.OutOfRange, Reason: "RANGE_NOT_SATISFIABLE"})},

	{"every room of the workspace", func(*person) any { return &livechatv1.SubscribeRequest{AllRooms: true} },
		always(told{Code: codes.PermissionDenied, Reason: "NOT_PERMITTED"})},
	{"rooms and every room", func(p *person) any {
		return &livechatv1.SubscribeRequest{RoomIds: []string{p.room}, AllRooms: true}
	}, always(invalid("FIELD_INVALID"))},
	{"a cursor that never was one", func(p *person) any {
		return &livechatv1.SubscribeRequest{RoomIds: []string{p.room}, Cursor: "where-I-was"}
	}, always(invalid("FIELD_INVALID", "cursor"))},
	{"the deletion of a visitor with an open room", func(*person) any { return &livechatv1.DeleteVisitorRequest{} },
		always(precondition("VISITOR_HAS_OPEN_ROOMS"))},
}

// afterTheClose are mistakes in a room that is closed.
var afterTheClose = []mistake{
	{"a message", send("hello"), always(roomClosed)},
	{"a file", file("a.txt", "text/plain", "a"), always(roomClosed)},
	{"a transfer", transfer(support), until(sandbox.V7_0, roomClosed)},
	{"a survey", survey(&livechatv1.SurveyAnswer{Name: "satisfaction", Value: "5"}), always(told{})},
	{"another close", func(p *person) any { return &livechatv1.CloseRoomRequest{RoomId: p.room} }, always(told{})},
	{"a transcript", func(p *person) any { return asks["RequestTranscript"](p.about("vera")) }, always(told{})},
	{"who served it", func(p *person) any { return asks["GetRoomAgent"](p.about("")) }, always(told{})},
	{"a download", func(p *person) any { return asks["DownloadFile"](p.about("")) }, always(told{})},
	{"a room in an unknown department", func(*person) any {
		return &livechatv1.OpenRoomRequest{Department: "no such department"}
	}, always(departmentUnknown())},
	{"a room in what is no department's id", func(*person) any {
		return &livechatv1.OpenRoomRequest{Department: "nowhere"}
	}, always(departmentUnknown())},
	{"the next agent of what may be an id", func(*person) any {
		return &livechatv1.GetNextAgentRequest{Department: "nowhere"}
	}, always(agentNotFound)},
	{"following no room", func(*person) any { return &livechatv1.SubscribeRequest{} }, always(precondition("NO_OPEN_ROOM"))},
	{"a room with an agent who is nobody", func(*person) any {
		return &livechatv1.OpenRoomRequest{AgentId: "nobodysId"}
	}, always(told{})},
}

// lockedFiles are those of a closed room whose messages carry no links.
var lockedFiles = []mistake{
	{"a download from a closed room", func(p *person) any { return asks["DownloadFile"](p.about("")) }, func(version sandbox.Profile) told {
		if before(version, sandbox.V7_0) {
			return precondition("FILE_LOCKED")
		}
		return told{}
	}},
}

// strict is a workspace that allows as little as it can.
var strict = map[string]any{
	"Livechat_enable_message_character_limit": true, "Livechat_message_character_limit": 20,
	"Message_AllowEditing": false, "Message_AllowDeleting": false,
	"FileUpload_MaxFileSize": 1000, "FileUpload_MediaTypeWhiteList": "image/png,text/plain",
	"Livechat_display_offline_form":                    false,
	"Omnichannel_allow_visitors_to_close_conversation": false,
	"FileUpload_Enable_json_web_token_for_files":       false,
	"Livechat_history_monitor_type":                    "title",
}

var mistakesUnderStrictRules = []mistake{
	{"a text of the longest kind", send(strings.Repeat("x", 20)), always(told{})},
	{"a text that is one too long", send(strings.Repeat("x", 21)), since(sandbox.V6_5,
		told{Code: codes.InvalidArgument, Reason: "MESSAGE_TOO_LONG", Metadata: map[string]string{"limit": "20"}})},
	{"a text that is too long as Rocket.Chat counts", send(strings.Repeat("😀", 11)), since(sandbox.V6_5,
		told{Code: codes.InvalidArgument, Reason: "MESSAGE_TOO_LONG", Metadata: map[string]string{"limit": "20"}})},
	{"an edit", func(p *person) any { return asks["UpdateMessage"](p.about("word")) }, always(precondition("MESSAGE_LOCKED"))},
	{"a deletion", func(p *person) any { return asks["DeleteMessage"](p.about("")) }, always(precondition("MESSAGE_LOCKED"))},
	{"a file of one byte less than is too much", file("a.txt", "text/plain", strings.Repeat("x", 999)), always(told{})},
	{"a file of one byte too many", file("a.txt", "text/plain", strings.Repeat("x", 1001)), always(invalid("FILE_TOO_LARGE"))},
	{"a file of a type that is not listed", file("a.pdf", "application/pdf", "%PDF"), always(invalid("FILE_NOT_ACCEPTED"))},
	{"a file that says nothing of its size", func(p *person) any {
		up := file("a.txt", "text/plain", strings.Repeat("x", 1001))(p).(upload)
		up.header.File.SizeBytes = 0
		return up
	}, always(invalid("FILE_TOO_LARGE"))},
	{"an offline message", offline(""), always(precondition("MAIL_NOT_SENT"))},
	{"a close", func(p *person) any { return asks["CloseRoom"](p.about("")) }, since(sandbox.V7_0, precondition("CLOSE_NOT_ALLOWED"))},
}

// queue is a workspace where agents take rooms themselves, and nobody is there.
var mistakesInAQueue = []mistake{
	{"who serves a room that waits", func(p *person) any { return asks["GetRoomAgent"](p.about("")) },
		always(agentNotFound)},
}
