package ddp

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// manner is how a DDP server behaves where the one inside Meteor and the separate ddp-streamer of deployments in microservices differ
// (realtime 1 to 5 and 12).
type manner struct {
	alwaysGreets bool // {"server_id":"0"} comes first whatever the version
	uuids        bool // sessions have UUIDs
	negotiates   bool // the protocol version is looked at, and refused with "failed"
	explains     bool // bad frames are answered with "error"; else they are ignored or close the socket
	textOnly     bool // a binary frame closes the socket
	listFrames   bool // a frame that begins with [ is SockJS's on either kind of connection; only its first message counts
	anyPath      bool // every path but /websocket is SockJS's
	compresses   bool
	anyID        bool // ids may be numbers
	wantsParams  bool // a sub without params fails

	rerunsSubs          bool
	answersUnknownUnsub bool
	resultFirst         bool // "result" comes before "updated"
	dropsFalsy          bool // a result of false, 0, "" or null is not sent
	limits              bool
	logoutCloses        bool
	terminates          bool // whose token ended loses the connection without a close frame
	tellsUser           bool // a login sends the user's own document

	beat func(*Session, *pulse) time.Duration
	// firstBeat is when the first beat comes, in thousandths of a heartbeat.
	firstBeat time.Duration
}

var meteor = manner{
	negotiates: true, explains: true, compresses: true, rerunsSubs: true, answersUnknownUnsub: true, limits: true, tellsUser: true,
	beat: (*Session).beatMeteor, firstBeat: 1000,
}

// The early ping comes 30 ms after opening when the heartbeat is 15 s.
var streamer = manner{
	alwaysGreets: true, uuids: true, textOnly: true, listFrames: true, anyPath: true, anyID: true, wantsParams: true,
	resultFirst: true, dropsFalsy: true, logoutCloses: true, terminates: true,
	beat: (*Session).beatStreamer, firstBeat: 2,
}

// sessionID gives an id of the core the form that this server's sessions have.
func (m manner) sessionID(id string) string {
	if !m.uuids {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	sum[6] = sum[6]&0x0f | 0x10 // version 1
	sum[8] = sum[8]&0x3f | 0x80
	text := hex.EncodeToString(sum[:16])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// falsy are the results that the separate server takes for none.
func falsy(result any) bool {
	switch v := result.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case int:
		return v == 0
	case float64:
		return v == 0
	}
	return false
}
