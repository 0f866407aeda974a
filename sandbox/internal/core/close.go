package core

import (
	"slices"
	"strings"
	"time"
)

// ending is how a conversation ends.
type ending struct {
	by       doc    // the author of the closing message
	closer   string // "user" or "visitor"
	comment  string
	tags     []string
	mailedBy *User // who asked for the conversation by mail while closing, nil for nobody
}

// closeRoom ends a conversation by its visitor.
func (c *Core) closeRoom(r *room, by doc, comment string) {
	c.endRoom(r, ending{by: by, closer: "visitor", comment: comment})
}

// endRoom closes the room, then writes livechat-close and the offer of a transcript. Nothing goes out on stream-livechat-room. Older
// versions end only the serving agent's membership (measured on 3.4.0: that of an agent who lost the race for the room lives on).
func (c *Core) endRoom(r *room, e ending) {
	by := doc{"_id": e.by["_id"], "username": e.by["username"]}
	r.open, r.onHold = false, false
	r.closedAt, r.closedBy, r.closer = c.millis(), by, e.closer
	if tags := uniqueTexts(append(slices.Clone(r.tags), e.tags...)); len(tags) > 0 || c.Facts.emptyTags {
		r.tags = tags
	}
	r.vStatus = "offline"
	c.closingMetrics(r)
	c.removeInquiry(r)
	c.roomChanged(r)
	c.release(r, r.servedBy, nil)
	c.textMessage(r, "livechat-close", e.comment, e.by, doc{"transcriptRequested": r.transcript != nil})
	if c.promptsTranscript() {
		c.systemMessage(r, "command", "promptTranscript", by, nil)
	}
	c.mailTranscript(r, e.mailedBy)
}

// closingMetrics are how long the conversation and its service lasted, in seconds.
func (c *Core) closingMetrics(r *room) {
	r.measure("chatDuration", r.closedAt.Sub(r.ts).Seconds())
	if r.servedBy != nil {
		r.measure("serviceTimeDuration", r.closedAt.Sub(r.servedAt).Seconds())
	}
	if c.Facts.visitorInactivity && r.closer == "user" {
		if answered, ok := r.firstAfterVisitor(); ok && r.last != nil && r.last["token"] == nil {
			r.measure("visitorInactivity", int(r.closedAt.Sub(answered).Seconds()))
		}
	}
}

// firstAfterVisitor is when somebody else than the visitor wrote for the first time after the visitor's last message.
func (r *room) firstAfterVisitor() (time.Time, bool) {
	for _, m := range r.timeline {
		if m.ts.After(r.vLast) && m.doc["token"] == nil && !r.vLast.IsZero() {
			return m.ts, true
		}
	}
	return time.Time{}, false
}

// uniqueTexts keeps the first of each.
func uniqueTexts(list []string) []string {
	out := []string{}
	for _, text := range list {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out
}

// The refusals of closing.
var (
	errCloseUnknown     = &Fault{Code: "error-invalid-room", Plain: true}
	errCloseAgain       = &Fault{Code: "error-room-already-closed", Plain: true}
	errCloseForeign     = &Fault{Code: "error-not-authorized", Plain: true}
	errCommentIsMissing = &Fault{Code: "error-comment-is-required", Plain: true}
	errTagsAreMissing   = &Fault{Code: "error-tags-must-be-assigned-before-closing-chat", Plain: true}
)

// Closing is what an agent may say when he closes.
type Closing struct {
	RID, Comment string
	Tags         []string
	// Email and Subject are of the transcript that the visitor gets, where SendTranscript is set.
	SendTranscript bool
	Email, Subject string
}

// CloseByUser ends a conversation as POST livechat/room.closeByUser does. A room that is closed but of which u is still a member, a lost
// race's remains, only loses its memberships (rest-agent C.7).
func (c *Core) CloseByUser(u *User, in Closing) error {
	r := c.rooms[in.RID]
	switch {
	case r == nil || r.kind != livechatRoom:
		return errCloseUnknown
	case !r.open:
		if len(c.members(r)) == 0 {
			return errCloseAgain
		}
		c.dropMembers(r)
		return nil
	case c.subscriptionOf(u, r) == nil && !c.May(u, "close-others-livechat-room"):
		return errCloseForeign
	}
	return c.closeAs(u, r, in)
}

// closeAs checks what the workspace demands of a closing agent.
func (c *Core) closeAs(u *User, r *room, in Closing) error {
	if c.Facts.closeNeedsComment && c.flag("Livechat_request_comment_when_closing_conversation") && strings.TrimSpace(in.Comment) == "" {
		return errCommentIsMissing
	}
	if d := c.departmentByID(r.department); c.Facts.closeNeedsTags && d != nil && d.flag("requestTagBeforeClosingChat") && len(in.Tags)+len(r.tags) == 0 {
		return errTagsAreMissing
	}
	e := ending{by: doc{"_id": u.ID, "username": u.Username, "name": u.Name}, closer: "user", comment: in.Comment, tags: in.Tags}
	if in.SendTranscript {
		e.mailedBy = u
	}
	c.endRoom(r, e)
	return nil
}

func (c *Core) dropMembers(r *room) {
	for _, s := range c.members(r) {
		c.unsubscribe(s.user, r)
	}
}
