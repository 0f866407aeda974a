package core

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Edit is what a user wants of a message that is there already.
type Edit struct {
	RoomID, MessageID, Text string
	Fields                  Doc // customFields
}

// UpdateMessage gives a message another text and answers the message. The same text again changes nothing.
func (c *Core) UpdateMessage(u *User, in Edit) (Doc, error) {
	m, err := c.messageIn(in.RoomID, in.MessageID)
	if err != nil {
		return nil, err
	}
	if err := c.editText(u, m, in.Text, in.Fields); err != nil {
		return nil, err
	}
	return m.doc, nil
}

// EditText is DDP's updateMessage. An unknown message is left alone without a word.
func (c *Core) EditText(u *User, id, text string) error {
	m := c.messages[id]
	if m == nil {
		return nil
	}
	return c.editText(u, m, text, nil)
}

func (c *Core) editText(u *User, m *message, text string, fields doc) error {
	before := textOf(m.doc["msg"])
	described, isDescription := descriptionOf(m)
	if isDescription {
		before = described
	}
	if before == text {
		return nil
	}
	anybodys := c.mayInRoom(u, m.room, "edit-message")
	minutes := c.number("Message_AllowEditing_BlockEditInMinutes")
	switch {
	case !anybodys && (!c.flag("Message_AllowEditing") || m.author != u.ID):
		return errEditRefused
	case minutes > 0 && c.tooOld(m, minutes) && !c.May(u, "bypass-time-limit-edit-and-delete"):
		return errEditBlocked
	}
	if _, err := c.maySend(u, m.room.id); err != nil {
		return err
	}
	if fields != nil {
		d := maps.Clone(m.doc)
		d["customFields"] = fields
		m.replace(d)
	}
	if isDescription {
		c.describe(m, text, u.ref())
		return nil
	}
	c.edit(m, text, u.ref())
	return nil
}

// tooOld says that the setting which ends the time of changes forbids one.
func (c *Core) tooOld(m *message, minutes int) bool {
	return c.millis().Sub(m.ts) > time.Duration(minutes)*time.Minute
}

// attachmentsOf are a message's attachments, whether the server or a client wrote them.
func attachmentsOf(m *message) []doc {
	if list, ok := m.doc["attachments"].([]doc); ok {
		return list
	}
	var list []doc
	sent, _ := m.doc["attachments"].([]any)
	for _, item := range sent {
		if d, ok := item.(doc); ok {
			list = append(list, d)
		}
	}
	return list
}

// descriptionOf is the text that stands beside a file. In a message that has one, it is what editing changes (realtime 9.1).
func descriptionOf(m *message) (string, bool) {
	list := attachmentsOf(m)
	if len(list) == 0 {
		return "", false
	}
	text, ok := list[0]["description"].(string)
	return text, ok
}

// describe changes the text beside a file.
func (c *Core) describe(m *message, text string, by doc) {
	list := slices.Clone(attachmentsOf(m))
	list[0] = maps.Clone(list[0])
	list[0]["description"] = text
	ts := c.stamp(m.room)
	d := maps.Clone(m.doc)
	d["attachments"], d["_updatedAt"], d["editedAt"], d["editedBy"] = list, ts, ts, by
	m.replace(d)
	c.emitMessage(m)
}

// messageIn finds a message where the caller says it is.
func (c *Core) messageIn(roomID, id string) (*message, error) {
	m := c.messages[id]
	switch {
	case m == nil:
		return nil, errMessageUnknown(id)
	case m.room.id != roomID:
		return nil, errWrongRoom
	}
	return m, nil
}

// Deleted is what is left of a message that chat.delete took away.
type Deleted struct {
	At      time.Time
	Message Doc // its _id, rid and u
}

// DeleteMessage deletes a message, with asAuthor in the name of who wrote it.
func (c *Core) DeleteMessage(u *User, roomID, id string, asAuthor bool) (Deleted, error) {
	m, err := c.messageIn(roomID, id)
	if err != nil {
		return Deleted{}, err
	}
	if asAuthor && m.author != u.ID {
		author := c.userByID(m.author)
		if author == nil || !c.mayInRoom(u, m.room, "force-delete-message") {
			return Deleted{}, errForceDelete
		}
		u = author
	}
	if !c.mayDelete(u, m) {
		return Deleted{}, c.Facts.deleteRefused
	}
	c.discard(u, m)
	return Deleted{c.millis(), doc{"_id": m.id, "rid": m.room.id, "u": m.doc["u"]}}, nil
}

// DeleteByID is DDP's deleteMessage, which tells a message that is unknown and one that is another's in the same words.
func (c *Core) DeleteByID(u *User, id string) error {
	m := c.messages[id]
	if m == nil || !c.mayDelete(u, m) {
		return &Fault{Code: "error-action-not-allowed", Reason: "Not allowed",
			Details: doc{"method": "deleteMessage", "action": "Delete_message"}}
	}
	c.discard(u, m)
	return nil
}

func (c *Core) mayDelete(u *User, m *message) bool {
	minutes := c.number("Message_AllowDeleting_BlockDeleteInMinutes")
	switch {
	case c.mayInRoom(u, m.room, "force-delete-message"):
		return true
	case !c.flag("Message_AllowDeleting"), !c.mayAccess(u, m.room):
		return false
	case minutes > 0 && c.tooOld(m, minutes) && !c.May(u, "bypass-time-limit-edit-and-delete"):
		return false
	}
	return m.author == u.ID || c.mayInRoom(u, m.room, "delete-message")
}

// discard deletes a message that u may delete. The first message of a thread leaves its place (realtime 9.1).
func (c *Core) discard(u *User, m *message) {
	if replies, _ := m.doc["tcount"].(int); replies > 0 && !c.flag("Message_ShowDeletedStatus") {
		c.empty(m, u.ref(), c.stamp(m.room))
		return
	}
	c.remove(m, u.ref())
}

// Reaction is what a user wants of a reaction. Should is nil to toggle it.
type Reaction struct {
	MessageID, Emoji string
	Should           *bool
}

// React adds or removes a user's reaction.
func (c *Core) React(u *User, in Reaction) error {
	m := c.messages[in.MessageID]
	name := strings.ReplaceAll(in.Emoji, ":", "")
	emoji := ":" + name + ":"
	switch {
	case m == nil:
		return ErrNoSuchMessage
	case !c.mayAccess(u, m.room):
		return c.Facts.foreignReact
	case !isEmoji(name):
		return errEmoji
	case m.room.talk != nil && m.room.talk.readOnly && !c.mayInRoom(u, m.room, "post-readonly"):
		return errReadOnly
	}
	reactions, some := m.doc["reactions"].(doc)
	has := false
	if entry, ok := reactions[emoji].(doc); ok {
		has = slices.Contains(entry["usernames"].([]string), u.Username)
	}
	switch {
	case in.Should == nil, *in.Should != has:
	case !*in.Should && !some && c.Facts.loneUnreact:
	default:
		return nil
	}
	c.react(m, emoji, u.Username)
	return nil
}

// react toggles a reaction. The older version tells of it twice, the first time before the record has its new _updatedAt.
func (c *Core) react(m *message, emoji, username string) {
	d := maps.Clone(m.doc)
	if reactions := toggled(d["reactions"], emoji, username); len(reactions) > 0 {
		d["reactions"] = reactions
	} else {
		delete(d, "reactions")
	}
	if c.Facts.reactionTwice {
		m.replace(maps.Clone(d))
		c.echoMessage(m)
	}
	d["_updatedAt"] = c.stamp(m.room)
	m.replace(d)
	c.emitMessage(m)
}
