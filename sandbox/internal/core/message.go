package core

import (
	"maps"
	"sort"
	"strings"
	"time"
	"unicode/utf16"
)

// message is a stored message: its document, and what the rules ask of it.
type message struct {
	id, author string
	room       *room
	ts         time.Time
	doc        doc // replaced as a whole on each change
}

// Draft is what POST livechat/message may say.
type Draft struct{ Token, RID, ID, Text string }

// Send stores a visitor's message.
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
	for _, whom := range []string{"all", "here"} {
		if c.Facts.groupMentions && mentionsGroup(in.Text, whom) {
			return nil, errNotifyAll(whom)
		}
	}
	if c.messages[in.ID] != nil {
		return nil, errDuplicateID
	}
	extra := doc{"token": in.Token}
	if r.visitor.name != "" {
		extra["alias"] = r.visitor.name
	}
	m := c.chatMessage(r, in.ID, in.Text, r.visitor.user(), extra)
	r.vLast = m.ts
	if c.Facts.richRoom {
		r.asked(m.ts)
	}
	c.roomChanged(r)
	if r.servedBy != nil && c.hooks.VisitorWrote != nil {
		c.hooks.VisitorWrote(r.servedBy.Username, r.id, in.Text)
	}
	return m.doc, nil
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

// asked notes the visitor's first question since the last answer.
func (r *room) asked(ts time.Time) {
	before, _ := r.metrics["v"].(doc)
	answer, _ := r.metrics["servedBy"].(doc)
	if before != nil && (answer == nil || answer["lr"].(time.Time).Before(before["lq"].(time.Time))) {
		return
	}
	r.metrics = maps.Clone(r.metrics)
	r.metrics["v"] = doc{"lq": ts}
}

// chatMessage stores an ordinary message of a visitor or an agent.
func (c *Core) chatMessage(r *room, id, text string, author, extra doc) *message {
	if id == "" {
		id = c.ids.random17()
	}
	ts := c.stamp(r)
	d := doc{"_id": id, "rid": r.id, "msg": text, "ts": ts, "u": author, "_updatedAt": ts}
	maps.Copy(d, extra)
	c.annotate(d, false)
	return c.store(r, d, true)
}

// textMessage stores a system message that the server sends through the same path as people's.
func (c *Core) textMessage(r *room, kind, text string, author, extra doc) {
	ts := c.stamp(r)
	d := doc{
		"_id": c.ids.random17(), "t": kind, "rid": r.id, "msg": text, "groupable": false,
		"ts": ts, "u": author, "_updatedAt": ts,
	}
	maps.Copy(d, extra)
	c.annotate(d, false)
	c.store(r, d, true)
}

// systemMessage stores a system message that the server writes into the database directly: it has neither mentions nor
// markdown, and the room does not count it as its last message.
func (c *Core) systemMessage(r *room, kind, text string, author, extra doc) {
	c.systemMessageAt(c.stamp(r), r, kind, text, author, extra)
}

func (c *Core) systemMessageAt(ts time.Time, r *room, kind, text string, author, extra doc) {
	d := doc{
		"_id": c.newID(), "t": kind, "rid": r.id, "msg": text, "groupable": false,
		"ts": ts, "u": author, "_updatedAt": ts,
	}
	maps.Copy(d, extra)
	c.store(r, d, false)
}

func (c *Core) store(r *room, d doc, counts bool) *message {
	m := &message{id: d["_id"].(string), author: d["u"].(doc)["_id"].(string), room: r, ts: d["ts"].(time.Time), doc: d}
	c.messages[m.id] = m
	r.timeline = append(r.timeline, m)
	r.msgs++
	r.updated = m.ts
	if counts {
		r.lm = m.ts
		r.last = m.doc
	}
	c.emitMessage(m)
	return m
}

// ownMessage finds a message for the visitor who asks with a room of his own. The message may be of any room: the real
// servers do not compare them either (recorded in both versions).
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

func (c *Core) GetMessage(id, token, rid string) (Doc, error) {
	m, err := c.ownMessage(id, token, rid)
	if err != nil {
		return nil, err
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
	c.edit(m, text, doc{"_id": v.id, "username": v.username})
	return m.doc, nil
}

func (c *Core) edit(m *message, text string, by doc) {
	ts := c.stamp(m.room)
	d := maps.Clone(m.doc)
	d["msg"] = text
	d["_updatedAt"], d["editedAt"], d["editedBy"] = ts, ts, by
	c.annotate(d, true)
	m.replace(d)
	c.emitMessage(m)
}

func (m *message) replace(d doc) {
	if last := m.room.last; last != nil && last["_id"] == m.id {
		m.room.last = d
	}
	m.doc = d
}

// RemoveMessage deletes a visitor's own message, also in a closed room, and answers when.
func (c *Core) RemoveMessage(id, token, rid string) (time.Time, error) {
	m, err := c.ownMessage(id, token, rid)
	if err != nil {
		return time.Time{}, err
	}
	if m.author != c.tokens[token].id || !c.flag("Message_AllowDeleting") {
		return time.Time{}, errDeleting
	}
	return c.remove(m), nil
}

func (c *Core) remove(m *message) time.Time {
	delete(c.messages, m.id)
	r := m.room
	for i, other := range r.timeline {
		if other == m {
			r.timeline = append(r.timeline[:i:i], r.timeline[i+1:]...)
			break
		}
	}
	r.msgs--
	c.publish(Event{Stream: StreamNotify, Name: r.id + "/deleteMessage", Args: []any{doc{"_id": m.id}}})
	return c.stamp(r)
}

// Page is what messages.history may ask.
type Page struct {
	Limit, Offset int
	End           time.Time // exclusive
	HasEnd        bool
}

// History answers a page of a room, newest first; messages of one millisecond stay in the order of writing.
func (c *Core) History(rid, token string, p Page) ([]Doc, error) {
	r, err := c.ownRoom(rid, token)
	if err != nil {
		return nil, err
	}
	found := []*message{}
	for _, m := range r.timeline {
		if !p.HasEnd || m.ts.Before(p.End) {
			found = append(found, m)
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].ts.After(found[j].ts) })
	switch {
	case p.Limit == 0:
		p.Limit = 20
	case p.Limit < 0: // the database reads a negative limit as its absolute value
		p.Limit = -p.Limit
	}
	found = found[min(max(p.Offset, 0), len(found)):]
	found = found[:min(p.Limit, len(found))]
	docs := make([]doc, len(found))
	for i, m := range found {
		docs[i] = m.doc
	}
	return docs, nil
}
