package acceptance_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// repetition is what the contract says of doing a call again.
type repetition int

const (
	harmless repetition = iota // it reads, or does the same once more: the caller is advised to try again
	settled                    // what became of the first is found out: only what is not done is an error
	doubles                    // it may do a thing twice: where the outcome is not known, the caller is told just that
)

// hazard is a call whose way to Rocket.Chat breaks.
type hazard struct {
	method string
	what   string // empty unless the method has several
	again  repetition
	// verb and path are those of Rocket.Chat's requests that the fault befalls. Faults of a call that does nothing befall all of them.
	verb, path string
	ask        func(p *person, word string) any // by default as in asks
	// prepare is done before.
	prepare func(t *testing.T, d driver, p *person)
	// done counts how often the call was carried out: as anybody may see afterwards, or, where nobody can, as often as Rocket.Chat handled
	// such a request. It is nil for a call that does nothing.
	done func(w *witness) int
	adds bool // a repetition is counted too
	// usesUp says that the call cannot be made again by the same person.
	usesUp bool
	// gone is what a repetition is told where the first was carried out, as long as that is not success.
	gone told
}

// hazards has a row for each method that visitors may call; see docs/writes.md.
var hazards = []hazard{
	{method: "GetVisitor"},
	{method: "GetRoom"},
	{method: "ListRooms"},
	{method: "GetMessage"},
	{method: "ListMessages"},
	{method: "GetRoomAgent"},
	{method: "GetConfig"},
	{method: "Subscribe"},
	{method: "DownloadFile", verb: "GET", path: "/file-upload/*"},
	{method: "GetNextAgent", verb: "GET", path: livechat + "agent.next/:token", again: doubles, prepare: closesItsRoom},
	{method: "SetTyping", verb: "GET", path: "/websocket"},

	{method: "RegisterVisitor", verb: "POST", path: livechat + "visitor", done: (*witness).named},
	{method: "DeleteVisitor", usesUp: true, verb: "DELETE", path: livechat + "visitor/:token", prepare: closesItsRoom,
		done: (*witness).removed, gone: visitorUnknown},
	{method: "SetVisitorStatus", verb: "POST", path: livechat + "visitor.status", done: (*witness).handled, adds: true},
	{method: "SetCustomFields", verb: "POST", path: livechat + "custom.field*", done: (*witness).planned},
	{method: "RecordPageVisit", verb: "POST", path: livechat + "page.visited", again: doubles, done: (*witness).handled, adds: true},
	{method: "OpenRoom", usesUp: true, verb: "GET", path: livechat + "room", prepare: closesItsRoom, done: (*witness).openRooms},
	{method: "CloseRoom", usesUp: true, verb: "POST", path: livechat + "room.close", again: settled, done: (*witness).closed},
	{method: "SubmitSurvey", verb: "POST", path: livechat + "room.survey", done: (*witness).handled, adds: true},
	{method: "UpdateMessage", verb: "PUT", path: livechat + "message/:_id", again: settled, done: (*witness).messages},
	{method: "DeleteMessage", usesUp: true, verb: "DELETE", path: livechat + "message/:_id", again: settled,
		done: (*witness).deleted, gone: messageNotFound},

	{method: "SendMessage", what: "with a request_id", verb: "POST", path: livechat + "message", again: settled, done: (*witness).messages,
		ask: func(p *person, word string) any {
			sum := sha256.Sum256([]byte(word))
			id := fmt.Sprintf("%x-%x-%x-%x-%x", sum[:4], sum[4:6], sum[6:8], sum[8:10], sum[10:16])
			return &livechatv1.SendMessageRequest{RoomId: p.room, Text: word, RequestId: id}
		}},
	{method: "SendMessage", what: "without one", verb: "POST", path: livechat + "message", again: doubles, done: (*witness).messages},
	{method: "UploadFile", verb: "POST", path: livechat + "upload/:rid", again: doubles, done: (*witness).files},
	{method: "TransferRoom", usesUp: true, verb: "POST", path: livechat + "room.transfer", again: doubles, done: (*witness).transferred,
		gone: precondition("TRANSFER_NOT_POSSIBLE")},
	{method: "RequestTranscript", verb: "POST", path: livechat + "transcript", again: doubles, done: (*witness).handled, adds: true},
	{method: "SendOfflineMessage", verb: "POST", path: livechat + "offline.message", again: doubles, done: (*witness).handled, adds: true},
}

const livechat = "/api/v1/livechat/"

func (h hazard) name() string { return strings.TrimSuffix(h.method+", "+h.what, ", ") }

func (h hazard) request(p *person, word string) any {
	if h.ask != nil {
		return h.ask(p, word)
	}
	return asks[h.method](p.about(word))
}

func closesItsRoom(t *testing.T, d driver, p *person) {
	t.Helper()
	mustDo[*livechatv1.CloseRoomResponse](t, d, p.caller, &livechatv1.CloseRoomRequest{RoomId: p.room})
}
