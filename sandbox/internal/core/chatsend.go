package core

import (
	"errors"
	"maps"
	"strconv"
	"time"
	"unicode/utf16"
)

// Sending is one message that a user sends: what he wrote of it, a text where he wrote no date.
type Sending struct {
	Message Doc
	// Named says that the message's author has his name in every version, as the route of chat.postMessage writes it.
	Named bool
	// Quiet sends nobody an ephemeral message when the room refuses.
	Quiet bool
}

// SendMessage stores a user's message and answers it, nil where its _id is there already (rest-agent B.6, realtime 11.2).
func (c *Core) SendMessage(u *User, in Sending) (Doc, error) {
	d := maps.Clone(in.Message)
	for _, key := range []string{"reactions", "replies", "tcount", "tlm", "editedAt", "editedBy", "_hidden"} {
		delete(d, key) // what only the server writes
	}
	if err := c.checkSending(d); err != nil {
		return nil, err
	}
	if parent := c.messages[textOf(d["tmid"])]; parent != nil { // a thread has no threads, and its messages are where it is
		d["rid"] = parent.room.id
		if top, nested := parent.doc["tmid"]; nested {
			d["tmid"] = top
		}
	}
	if textOf(d["rid"]) == "" {
		return nil, errNoRID
	}
	r, err := c.maySend(u, textOf(d["rid"]))
	if err == nil {
		err = c.checkMessage(u, d)
	}
	if err != nil {
		if !in.Quiet {
			c.whisper(u, textOf(d["rid"]), err)
		}
		return nil, err
	}
	if id := textOf(d["_id"]); id != "" && c.messages[id] != nil {
		return nil, nil
	}
	d["u"] = c.author(u)
	if in.Named {
		d["u"] = doc{"_id": u.ID, "username": u.Username, "name": u.Name}
	}
	return c.post(r, d).doc, nil
}

// Sendable says what is wrong with a message that chat.sendMessage was given, before anything is looked up.
func (c *Core) Sendable(d Doc) error {
	if c.Facts.systemTypes && d["t"] != nil {
		return &Fault{Code: "Cannot send system messages using 'chat.sendMessage'", Plain: true}
	}
	return nil
}

// checkSending is what is looked at before the room. What it refuses is not whispered to the sender.
func (c *Core) checkSending(d doc) error {
	switch {
	case d["tshow"] == true && d["tmid"] == nil:
		return errThreadShow
	case d["tmid"] != nil && !c.flag("Threads_enabled"):
		return errThreadsOff
	}
	if err := c.checkTime(d); err != nil {
		return err
	}
	text, isText := d["msg"].(string)
	switch {
	case !isText && d["msg"] != nil && c.Facts.textReplace:
		return errNumberText
	case !isText && d["msg"] != nil:
		return NotPlayed("a message whose msg is no text")
	case len(utf16.Encode([]rune(text))) > c.number("Message_MaxAllowedSize"):
		return errMessageSize
	}
	return nil
}

// checkTime takes the client's ts when it is right to ten seconds, and refuses what is a minute off.
func (c *Core) checkTime(d doc) error {
	sent, there := d["ts"]
	delete(d, "ts")
	if !there {
		return nil
	}
	now := c.millis()
	at, ok := dateOf(sent)
	off := at.Sub(now).Abs()
	switch {
	case ok && off > time.Minute:
		return &Fault{Code: "error-message-ts-out-of-sync", Reason: "Message timestamp is out of sync",
			Details: doc{"method": "sendMessage", "message_ts": sent, "server_ts": now.UnixMilli()}}
	case ok && off <= 10*time.Second:
		d["ts"] = at
	}
	return nil
}

// dateOf reads a date of a message: a time, or ISO 8601.
func dateOf(v any) (time.Time, bool) {
	if t, ok := v.(time.Time); ok {
		return t.UTC(), true
	}
	t, err := time.Parse(time.RFC3339Nano, textOf(v))
	return t.UTC().Truncate(time.Millisecond), err == nil
}

// maySend is the room, when u may write into it. It may be closed (measured in both versions).
func (c *Core) maySend(u *User, rid string) (*room, error) {
	r := c.rooms[rid]
	switch {
	case r == nil:
		return nil, errChatRoom
	case !c.mayAccess(u, r):
		return nil, errChatForbidden
	case r.talk != nil && r.talk.readOnly && !c.mayInRoom(u, r, "post-readonly"):
		return nil, errReadOnly
	}
	return r, nil
}

// mayInRoom asks for a permission that the roles of the room give too, such as that of its owner.
func (c *Core) mayInRoom(u *User, r *room, permission string) bool {
	if c.May(u, permission) {
		return true
	}
	s := c.subscriptionOf(u, r)
	if s == nil {
		return false
	}
	roles, _ := s.extra["roles"].([]string)
	return c.May(&User{roles: roles}, permission)
}

// checkMessage is what is looked at once the room is known.
func (c *Core) checkMessage(u *User, d doc) error {
	alias, avatar := textOf(d["alias"]), textOf(d["avatar"])
	switch {
	case c.Facts.impersonate && alias+avatar != "" && !c.May(u, "message-impersonate"):
		return errImpersonation
	case c.Facts.switchedFields && d["customFields"] != nil:
		return errMessageFields
	}
	for _, whom := range []string{"all", "here"} {
		if c.Facts.groupMentions && mentionsGroup(textOf(d["msg"]), whom) && !c.May(u, "mention-"+whom) {
			return errNotifyAll(whom)
		}
	}
	return nil
}

// post completes a user's message and stores it.
func (c *Core) post(r *room, d doc) *message {
	now := c.stamp(r)
	if d["ts"] == nil {
		d["ts"] = now
	}
	if textOf(d["_id"]) == "" {
		d["_id"] = c.ids.random17()
	}
	if list, ok := d["attachments"].([]any); ok {
		d["attachments"] = c.dated(list)
	}
	d["rid"], d["_updatedAt"] = r.id, now
	if d["msg"] == nil {
		d["msg"] = ""
	}
	c.annotate(d, false)
	inThread := d["tmid"] != nil && d["tshow"] != true
	m := c.store(r, d, !inThread)
	c.userWrote(m, inThread)
	return m
}

// userWrote is what follows from a user's message that is stored already.
func (c *Core) userWrote(m *message, inThread bool) {
	c.roomChanged(m.room)
	if inThread {
		c.noticeThread(m)
		return
	}
	c.notice(m)
}

// dated gives attachments their ts, which is that of 1970 where the sender gave none (recorded in 6.5.3, over DDP as a text too).
func (c *Core) dated(list []any) []any {
	if !c.Facts.attachmentDates {
		return list
	}
	out := make([]any, len(list))
	for i, item := range list {
		out[i] = item
		if d, ok := item.(doc); ok && d["ts"] == nil {
			d = maps.Clone(d)
			d["ts"] = "1970-01-01T00:00:00.000Z"
			out[i] = d
		}
	}
	return out
}

// whispers are the texts of errors as the server's language file has them; others are whispered as they are.
var whispers = map[string]string{"error-not-allowed": "Not allowed", "error-invalid-room": "Invalid room"}

// whisper tells the sender on his own stream why his message was refused.
func (c *Core) whisper(u *User, rid string, err error) {
	var f *Fault
	if !errors.As(err, &f) {
		return
	}
	text := f.Code
	if known := whispers[f.Code]; known != "" {
		text = known
	}
	now := c.millis()
	d := doc{"_id": c.ids.random17(), "rid": rid, "ts": now, "msg": text}
	if c.Facts.whispersRich {
		d = doc{
			"_id": strconv.FormatInt(now.UnixMilli(), 10), "rid": rid, "ts": now, "_updatedAt": now, "msg": text,
			"u": doc{"_id": catID, "username": catID}, "private": true, "groupable": false, "md": markdown(text),
		}
	}
	c.emit(StreamUser, u.ID+"/message", d)
}
