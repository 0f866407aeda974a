package core

import (
	"errors"
	"strings"
	"time"
	"unicode/utf16"
)

// Draft is what a visitor may say: POST livechat/message in an open room of his, sendMessageLivechat anywhere.
type Draft struct {
	Token, RID, ID, Text string
	AgentID              string // asked for where a room has to be made
	Extra                doc    // file, files and attachments, where the message has such
}

// Send stores a visitor's message in his open room.
func (c *Core) Send(in Draft) (Doc, error) {
	r, err := c.ownRoom(in.RID, in.Token)
	switch {
	case err != nil:
		return nil, err
	case !r.open:
		return nil, errRoomClosed
	case c.tooLong(in.Text):
		return nil, errTooLong
	case c.Facts.enabledIsChecked && !c.flag("Livechat_enabled"):
		return nil, errDisabled
	}
	return c.say(r, in)
}

// SendAnywhere is sendMessageLivechat: where the room is unknown it is made, where it is closed a new one is made.
func (c *Core) SendAnywhere(in Draft) (Doc, error) {
	v := c.tokens[in.Token]
	switch {
	case v == nil:
		return nil, ErrUnknownVisitor
	case c.tooLong(in.Text):
		return nil, &Fault{Code: errTooLong.Code}
	case c.Facts.enabledIsChecked && !c.flag("Livechat_enabled"):
		return nil, errDisabled
	}
	r, id, err := c.anyRoom(in.RID, in.Token)
	if err != nil {
		return nil, err
	}
	made := r == nil
	if made {
		ask := RoomRequest{Token: in.Token, AgentID: in.AgentID, Source: doc{"type": "api"}, Text: in.Text}
		if r, err = c.newRoom(v, id, ask); err != nil {
			return nil, err
		}
	}
	said, err := c.say(r, in)
	if errors.Is(err, errDuplicateID) && c.Facts.silentDuplicate {
		return nil, nil // a result without value (recorded in 3.4.0)
	}
	if err != nil {
		return nil, err
	}
	flagged := withFlags(said, doc{"newRoom": made, "showConnecting": c.showConnecting()})
	if c.Facts.flaggedLast {
		r.last = flagged
	}
	return flagged, nil
}

// withFlags is a copy of d with more keys.
func withFlags(d, flags doc) doc {
	out := make(doc, len(d)+len(flags))
	for _, part := range []doc{d, flags} {
		for key, value := range part {
			out[key] = value
		}
	}
	return out
}

// showConnecting says whether the widget has to tell that an agent is being looked for.
func (c *Core) showConnecting() bool { return c.routing() == ManualSelection }

// say stores a message of the room's visitor.
func (c *Core) say(r *room, in Draft) (Doc, error) {
	for _, whom := range []string{"all", "here"} {
		if c.Facts.groupMentions && mentionsGroup(in.Text, whom) {
			return nil, errNotifyAll(whom)
		}
	}
	if c.messages[in.ID] != nil {
		return nil, errDuplicateID
	}
	extra := withFlags(in.Extra, doc{"token": in.Token})
	if r.visitor.name != "" {
		extra["alias"] = r.visitor.name
	}
	m := c.chatMessage(r, in.ID, in.Text, r.visitor.user(), extra)
	c.visitorWrote(r, m)
	return m.doc, nil
}

// visitorWrote tells who has to know that the visitor said something.
func (c *Core) visitorWrote(r *room, m *message) {
	c.captureLeads(r.visitor, textOf(m.doc["msg"]))
	if c.Facts.flaggedLast {
		r.last = withFlags(m.doc, doc{"newRoom": false, "showConnecting": c.showConnecting()})
	}
	c.roomChanged(r)
	c.notice(m)
	c.resumeForVisitor(r)
	if r.servedBy != nil && c.hooks.VisitorWrote != nil {
		c.hooks.VisitorWrote(r.servedBy.Username, r.id, textOf(m.doc["msg"]))
	}
}

// tooLong counts UTF-16 code units, as Rocket.Chat does. The limit's default is 0: switched on alone, it refuses all text.
func (c *Core) tooLong(text string) bool {
	return c.Facts.characterLimit && c.flag("Livechat_enable_message_character_limit") &&
		len(utf16.Encode([]rune(text))) > c.number("Livechat_message_character_limit")
}

func mentionsGroup(text, whom string) bool {
	for _, word := range strings.Fields(text) {
		if strings.TrimRight(word, ".,:;!?") == "@"+whom {
			return true
		}
	}
	return false
}

// ownMessage finds a message for the visitor who asks with a room of his own. The message may be of any room: both recorded servers
// do not compare them either.
func (c *Core) ownMessage(id, token, rid string) (*message, error) {
	if _, err := c.ownRoom(rid, token); err != nil {
		return nil, err
	}
	m := c.messages[id]
	if m == nil {
		return nil, errInvalidMessage
	}
	return m, nil
}

// GetMessage answers one message. Since 6.10 it must be of the room that is asked with.
func (c *Core) GetMessage(id, token, rid string) (Doc, error) {
	m, err := c.ownMessage(id, token, rid)
	switch {
	case err != nil:
		return nil, err
	case c.Facts.messagesKeepRoom && m.room.id != rid:
		return nil, errInvalidMessage
	}
	return m.doc, nil
}

// EditMessage changes a visitor's own message, also in a closed room.
func (c *Core) EditMessage(id, token, rid, text string) (Doc, error) {
	m, err := c.ownMessage(id, token, rid)
	if err != nil {
		return nil, err
	}
	v := c.tokens[token]
	if m.author != v.id || !c.flag("Message_AllowEditing") {
		return nil, errEditing
	}
	c.edit(m, text, v.ref())
	return m.doc, nil
}

// RemoveMessage deletes a visitor's own message, also in a closed room, and answers when.
func (c *Core) RemoveMessage(id, token, rid string) (time.Time, error) {
	m, err := c.ownMessage(id, token, rid)
	if err != nil {
		return time.Time{}, err
	}
	v := c.tokens[token]
	if m.author != v.id || !c.flag("Message_AllowDeleting") {
		return time.Time{}, errDeleting
	}
	return c.remove(m, v.ref()), nil
}
