package acceptance_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
)

// trespass is a call with something of another visitor's.
type trespass struct {
	what string
	ask  func(mine, others *person) any
	want told
}

// foreign says how each method that takes an id answers to another visitor's. The methods that take none of another's are listed too,
// without calls: complete sees to it that a new method says on which side it stands.
var foreign = map[string][]trespass{
	"RegisterVisitor":    nil,
	"GetVisitor":         nil,
	"DeleteVisitor":      nil,
	"SetVisitorStatus":   nil,
	"SetCustomFields":    nil,
	"OpenRoom":           nil,
	"ListRooms":          nil,
	"SendOfflineMessage": nil,
	"GetNextAgent":       nil,
	"GetConfig":          nil,

	"RecordPageVisit": {{"the other's room", inTheirRoom("RecordPageVisit"), roomNotFound}},
	"GetRoom":         {{"the other's room", inTheirRoom("GetRoom"), roomNotFound}},
	"CloseRoom":       {{"the other's room", inTheirRoom("CloseRoom"), roomNotFound}},
	"TransferRoom":    {{"the other's room", inTheirRoom("TransferRoom"), roomNotFound}},
	"SubmitSurvey":    {{"the other's room", inTheirRoom("SubmitSurvey"), roomNotFound}},
	"RequestTranscript": {
		{"the other's room", inTheirRoom("RequestTranscript"), roomNotFound},
	},
	"UploadFile":   {{"the other's room", inTheirRoom("UploadFile"), roomNotFound}},
	"ListMessages": {{"the other's room", inTheirRoom("ListMessages"), roomNotFound}},
	"SetTyping":    {{"the other's room", inTheirRoom("SetTyping"), roomNotFound}},
	"SendMessage":  {{"the other's room", inTheirRoom("SendMessage"), roomNotFound}},
	"GetRoomAgent": {{"the other's room", inTheirRoom("GetRoomAgent"), roomNotFound}},
	"Subscribe": {
		{"the other's room", inTheirRoom("Subscribe"), roomNotFound},
		{"one's own and the other's", func(mine, others *person) any {
			return &livechatv1.SubscribeRequest{RoomIds: []string{mine.room, others.room}}
		}, roomNotFound},
	},
	"GetMessage":    messageOfTheirs("GetMessage"),
	"UpdateMessage": messageOfTheirs("UpdateMessage"),
	"DeleteMessage": messageOfTheirs("DeleteMessage"),
	"DownloadFile": {
		{"the other's room, message and file", inTheirRoom("DownloadFile"), roomNotFound},
		{"one's own room, the other's message and file", func(mine, others *person) any {
			return &livechatv1.DownloadFileRequest{RoomId: mine.room, MessageId: others.fileMessage, FileId: others.file}
		}, messageNotFound},
		{"one's own room and message, the other's file", func(mine, others *person) any {
			return &livechatv1.DownloadFileRequest{RoomId: mine.room, MessageId: mine.fileMessage, FileId: others.file}
		}, fileNotFound},
		{"one's own message without a file, the other's file", func(mine, others *person) any {
			return &livechatv1.DownloadFileRequest{RoomId: mine.room, MessageId: mine.message, FileId: others.file}
		}, fileNotFound},
		{"the other's room and message, one's own file", func(mine, others *person) any {
			return &livechatv1.DownloadFileRequest{RoomId: others.room, MessageId: others.fileMessage, FileId: mine.file}
		}, roomNotFound},
	},
}

// aWord is what calls that are to be refused would store.
const aWord = "notToBeStored"

func inTheirRoom(name string) func(mine, others *person) any {
	return func(_, others *person) any { return asks[name](others.about(aWord)) }
}

func messageOfTheirs(name string) []trespass {
	mixed := func(room, message func(mine, others *person) string) func(mine, others *person) any {
		return func(mine, others *person) any {
			return asks[name](about{room: room(mine, others), message: message(mine, others), word: aWord})
		}
	}
	theirRoom := func(_, others *person) string { return others.room }
	theirMessage := func(_, others *person) string { return others.message }
	return []trespass{
		{"the other's room and message", mixed(theirRoom, theirMessage), roomNotFound},
		{"one's own room, the other's message", mixed(func(mine, _ *person) string { return mine.room }, theirMessage), messageNotFound},
		{"the other's room, one's own message", mixed(theirRoom, func(mine, _ *person) string { return mine.message }), roomNotFound},
	}
}

func TestNothingOfAnotherVisitorsEverComesBack(t *testing.T) {
	t.Parallel()
	complete(t, foreign)
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			site := newReplica(t, newChat(t, workspace(version)), how{})
			for i, d := range site.drivers() {
				address := func(n int) caller { return caller{address: fmt.Sprintf("10.1.%d.%d", i, n)} }
				vera := newPerson(t, d, address(1), "Vera"+d.name(), sales)
				otto := newPerson(t, d, address(2), "Otto"+d.name(), support)
				trespasses := func(t *testing.T, state string) {
					was := everything(t, d, otto)
					for _, m := range forVisitors {
						for _, tt := range foreign[m.short()] {
							t.Run(d.name()+" "+m.short()+", "+tt.what+", "+state, func(t *testing.T) {
								ask := tt.ask(vera, otto)
								got := d.do(t.Context(), vera.caller, ask)
								if m.short() == "TransferRoom" && !before(version, sandbox.V7_0) {
									refused(t, got, upstreamLacks)
								} else {
									refused(t, got, tt.want)
								}
								nothingOf(t, otto, got.wire, ask)
							})
						}
					}
					if is := everything(t, d, otto); is != was {
						t.Errorf("over %s, %s: what is Otto's was\n%s\nand is\n%s", d.name(), state, was, is)
					}
				}
				trespasses(t, "while both are open")
				t.Run(d.name()+", the other's page token and cursor", func(t *testing.T) { presentsTheirPlaces(t, d, vera, otto) })
				closesItsRoom(t, d, otto)
				trespasses(t, "once the other's is closed")
				was := everything(t, d, otto)
				t.Run(d.name()+", whatever Vera asks of her own", func(t *testing.T) { asksForItsOwn(t, d, vera, otto) })
				if is := everything(t, d, otto); is != was {
					t.Errorf("over %s: what is Otto's was\n%s\nand is\n%s", d.name(), was, is)
				}
			}
		})
	}
}

// asksForItsOwn makes every call with one's own ids: none of them tells of the other either.
func asksForItsOwn(t *testing.T, d driver, mine, others *person) {
	for _, m := range forVisitors {
		if m.short() == "CloseRoom" || m.short() == "DeleteVisitor" || m.short() == "DeleteMessage" {
			continue // last
		}
		got := tries(t.Context(), d, mine.caller, m.short(), mine.about("aWordOfMine"))
		nothingOf(t, others, got.wire, nil)
		if lacks := got.told.Reason == "UPSTREAM_LACKS"; !lacks {
			succeeded(t, got)
		}
	}
	for _, name := range []string{"DeleteMessage", "CloseRoom", "DeleteVisitor"} {
		got := tries(t.Context(), d, mine.caller, name, mine.about("aWordOfMine"))
		nothingOf(t, others, got.wire, nil)
		succeeded(t, got)
	}
}

// presentsTheirPlaces shows that a page token and a cursor are places and no keys.
func presentsTheirPlaces(t *testing.T, d driver, mine, others *person) {
	page := mustDo[*livechatv1.ListMessagesResponse](t, d, others.caller, &livechatv1.ListMessagesRequest{RoomId: others.room, PageSize: 1})
	if page.GetNextPageToken() == "" {
		t.Fatal("there is no other page")
	}
	got := d.do(t.Context(), mine.caller, &livechatv1.ListMessagesRequest{RoomId: mine.room, PageToken: page.GetNextPageToken()})
	nothingOf(t, others, got.wire, nil)
	refused(t, d.do(t.Context(), mine.caller, &livechatv1.ListMessagesRequest{RoomId: others.room, PageToken: page.GetNextPageToken()}), roomNotFound)

	theirs := tries(t.Context(), d, others.caller, "Subscribe", others.about(""))
	cursor := theirs.events[len(theirs.events)-1].GetCursor()
	got = d.do(t.Context(), mine.caller, &livechatv1.SubscribeRequest{RoomIds: []string{mine.room}, Cursor: cursor})
	if !slices.ContainsFunc(got.events, func(e *livechatv1.SubscribeResponse) bool {
		return e.GetReset_().GetCause() == livechatv1.ResetCause_RESET_CAUSE_CURSOR_FOREIGN
	}) {
		t.Errorf("another's cursor is not refused: %v", got.events)
	}
	nothingOf(t, others, got.wire, nil)
	refused(t, d.do(t.Context(), mine.caller, &livechatv1.SubscribeRequest{RoomIds: []string{others.room}, Cursor: cursor}), roomNotFound)
}

// nothingOf searches an answer for what is another's; ids that the question held itself may come back.
func nothingOf(t *testing.T, others *person, wire string, ask any) {
	t.Helper()
	asked := ""
	switch q := ask.(type) {
	case upload:
		asked = q.header.GetRoomId()
	case proto.Message:
		asked = fmt.Sprint(q)
	}
	for what, thing := range map[string]string{
		"name": others.name, "message": others.secret, "file": others.phrase, "token": others.token, "id": others.id,
		"room": others.room, "message's id": others.message, "file message's id": others.fileMessage, "file's id": others.file,
	} {
		if strings.Contains(wire, thing) && !strings.Contains(asked, thing) {
			t.Errorf("the answer holds the other's %s:\n%s", what, wire)
		}
	}
}

// everything is what a person finds in its own room.
func everything(t *testing.T, d driver, p *person) string {
	t.Helper()
	var all strings.Builder
	for _, m := range p.messages(t, d) {
		fmt.Fprintln(&all, m.GetId(), m.GetText(), m.GetVersion(), len(m.GetFiles()))
	}
	room := mustDo[*livechatv1.GetRoomResponse](t, d, p.caller, &livechatv1.GetRoomRequest{RoomId: p.room}).GetRoom()
	fmt.Fprintln(&all, room.GetOpen(), room.GetDepartmentId(), room.GetServedBy().GetUsername())
	visitor := mustDo[*livechatv1.GetVisitorResponse](t, d, p.caller, &livechatv1.GetVisitorRequest{}).GetVisitor()
	fmt.Fprintln(&all, visitor.GetName(), visitor.GetStatus(), visitor.GetCustomFields())
	got := tries(context.Background(), d, p.caller, "DownloadFile", p.about(""))
	fmt.Fprintln(&all, len(got.file), got.told.Reason)
	return all.String()
}
