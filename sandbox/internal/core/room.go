package core

import (
	"maps"
	"slices"
	"time"
)

// livechatRoom is the kind of the rooms of visitors.
const livechatRoom = "l"

// room is a conversation.
type room struct {
	id, fname  string
	kind       string // "l", "d", "c" or "p"
	token      string // of the visitor when the room was made; another token of the same visitor does not open it
	visitor    *visitor
	department string
	source     doc
	open       bool
	servedBy   *User
	servedAt   time.Time
	closedAt   time.Time
	closer     string // "visitor" or "user"
	closedBy   doc
	msgs       int
	users      int
	lm, ts     time.Time
	updated    time.Time
	queuedAt   time.Time
	waiting    bool // no agent has answered the visitor's last message
	vLast      time.Time
	vActivity  []any
	vStatus    string // the visitor's presence as he tells it
	last       doc    // lastMessage
	metrics    doc
	response   doc // responseBy
	topic      string
	tags       []string // nil where the room has none; the older version gives every closed room a list
	fields     doc      // livechatData
	survey     doc      // surveyFeedback
	transcript doc      // transcriptRequest
	calling    string   // callStatus
	onHold     bool
	place      doc // in the waiting queue, nil for none
	crmData    any // what a webhook answered
	lastStamp  time.Time
	timeline   []*message // in the order of writing
	inquiry    *inquiry   // nil when closed
	talk       *talk      // nil for a visitor's room
	gone       []burial   // its messages that were deleted
}

// ownRoom is the room of a visitor, open or not.
func (c *Core) ownRoom(rid, token string) (*room, error) {
	if c.tokens[token] == nil {
		return nil, errInvalidToken
	}
	r := c.rooms[rid]
	if r == nil || r.kind != livechatRoom || r.token != token {
		return nil, errInvalidRoom
	}
	return r, nil
}

// openRoomOf is the first open room of a token, or nil.
func (c *Core) openRoomOf(token string) *room {
	for _, r := range c.roomsOf[token] {
		if r.open {
			return r
		}
	}
	return nil
}

// guest is the visitor as the room names him.
func (r *room) guest() doc {
	return doc{"_id": r.visitor.id, "username": r.visitor.username, "token": r.token, "status": r.vStatus}
}

// visitorDocument is v of the room's document, which knows more than an inquiry's or a subscription's.
func (r *room) visitorDocument(f Facts) doc {
	v := r.guest()
	if !r.vLast.IsZero() {
		v["lastMessageTs"] = r.vLast
	}
	if f.richRoom && r.vActivity != nil {
		v["activity"] = r.vActivity
	}
	if r.visitor.contact != "" {
		v["contactId"] = r.visitor.contact
	}
	return v
}

// document is the whole record.
func (r *room) document(f Facts) doc {
	if r.talk != nil {
		return r.talkDocument(f)
	}
	d := doc{
		"_id": r.id, "t": r.kind, "fname": r.fname, "ts": r.ts, "lm": r.lm, "_updatedAt": r.updated,
		"msgs": r.msgs, "usersCount": r.users, "cl": false,
	}
	if r.visitor != nil {
		d["v"] = r.visitorDocument(f)
		if f.roomContact && r.visitor.contact != "" {
			d["contactId"] = r.visitor.contact
		}
	}
	if f.richRoom {
		d["source"], d["queuedAt"] = r.source, r.queuedAt
		d["priorityWeight"], d["estimatedWaitingTimeQueue"] = 99, 9999999
	}
	for key, is := range map[string]bool{"open": r.open, "waitingResponse": r.waiting, "onHold": r.onHold} {
		if is {
			d[key] = true // false is absent: closing removes the key
		}
	}
	for key, text := range map[string]string{"departmentId": r.department, "topic": r.topic, "callStatus": r.calling, "closer": r.closer} {
		if text != "" {
			d[key] = text
		}
	}
	for key, part := range map[string]doc{
		"lastMessage": r.last, "responseBy": r.response, "metrics": r.metrics, "livechatData": r.fields, "surveyFeedback": r.survey,
		"transcriptRequest": r.transcript, "closedBy": r.closedBy,
	} {
		if part != nil {
			d[key] = part
		}
	}
	if r.servedBy != nil {
		d["servedBy"] = r.servedRef()
	}
	if !r.closedAt.IsZero() {
		d["closedAt"] = r.closedAt
	}
	if r.tags != nil {
		d["tags"] = r.tags
	}
	if r.crmData != nil {
		d["crmData"] = r.crmData
	}
	return d
}

// brief is the room as room.transfer answers it.
func (r *room) brief(f Facts) doc {
	whole := r.document(f)
	maps.DeleteFunc(whole, func(key string, _ any) bool {
		return !slices.Contains([]string{"_id", "t", "departmentId", "servedBy", "open", "v", "ts"}, key)
	})
	return whole
}

func (r *room) servedRef() doc {
	return doc{"_id": r.servedBy.ID, "username": r.servedBy.Username, "ts": r.servedAt}
}
