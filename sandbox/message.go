package sandbox

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

// draft is what POST livechat/message may say.
type draft struct{ token, rid, id, text string }

// send stores a visitor's message.
func (c *core) send(in draft) (doc, error) {
	c.mu.Lock()
	m, err := c.sendLocked(in)
	agent := ""
	if err == nil && m.room.servedBy != nil {
		agent = m.room.servedBy.spec.Username
	}
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if agent != "" {
		c.visitorWrote(agent, in.rid, in.text)
	}
	return m.doc, nil
}

func (c *core) sendLocked(in draft) (*message, error) {
	r, err := c.ownRoom(in.rid, in.token)
	switch {
	case err != nil:
		return nil, err
	case !r.open:
		return nil, errRoomClosed
	case c.tooLong(in.text):
		return nil, errTooLong
	case c.facts.enabledIsChecked && !c.flag("Livechat_enabled"):
		return nil, errDisabled
	}
	for _, whom := range []string{"all", "here"} {
		if c.facts.groupMentions && mentionsGroup(in.text, whom) {
			return nil, errNotifyAll(whom)
		}
	}
	if c.messages[in.id] != nil {
		return nil, errDuplicateID
	}
	extra := doc{"token": in.token}
	if r.visitor.name != "" {
		extra["alias"] = r.visitor.name
	}
	m := c.chatMessage(r, in.id, in.text, r.visitor.user(), extra)
	r.vLast = m.ts
	if c.facts.richRoom {
		r.asked(m.ts)
	}
	return m, nil
}

// tooLong counts UTF-16 code units, as Rocket.Chat does. The limit's default is 0: switched on alone, it refuses all text.
func (c *core) tooLong(text string) bool {
	return c.facts.characterLimit && c.flag("Livechat_enable_message_character_limit") &&
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

// chatMessage stores an ordinary message of a visitor or an agent. The caller holds the lock.
func (c *core) chatMessage(r *room, id, text string, author, extra doc) *message {
	if id == "" {
		id = c.ids.random17()
	}
	ts := c.stamp(r)
	d := doc{"_id": id, "rid": r.id, "msg": text, "ts": ts, "u": author, "_updatedAt": ts}
	maps.Copy(d, extra)
	c.annotate(d, false)
	return c.store(r, d, true)
}

// textMessage stores a system message that the server sends through the same path as people's. The caller holds the lock.
func (c *core) textMessage(r *room, kind, text string, author, extra doc) {
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
// markdown, and the room does not count it as its last message. The caller holds the lock.
func (c *core) systemMessage(r *room, kind, text string, author, extra doc) {
	c.systemMessageAt(c.stamp(r), r, kind, text, author, extra)
}

func (c *core) systemMessageAt(ts time.Time, r *room, kind, text string, author, extra doc) {
	d := doc{
		"_id": c.newID(), "t": kind, "rid": r.id, "msg": text, "groupable": false,
		"ts": ts, "u": author, "_updatedAt": ts,
	}
	maps.Copy(d, extra)
	c.store(r, d, false)
}

func (c *core) store(r *room, d doc, counts bool) *message {
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

func (c *core) emitMessage(m *message) {
	c.publish(event{stream: streamMessages, name: m.room.id, args: []any{m.doc}})
}

// ownMessage finds a message for the visitor who asks with a room of his own. The message may be of any room: the real
// servers do not compare them either (recorded in both versions). The caller holds the lock.
func (c *core) ownMessage(id, token, rid string) (*message, error) {
	if _, err := c.ownRoom(rid, token); err != nil {
		return nil, err
	}
	m := c.messages[id]
	if m == nil {
		return nil, errInvalidMessage
	}
	return m, nil
}

func (c *core) getMessage(id, token, rid string) (doc, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := c.ownMessage(id, token, rid)
	if err != nil {
		return nil, err
	}
	return m.doc, nil
}

// editMessage changes a visitor's own message, also in a closed room.
func (c *core) editMessage(id, token, rid, text string) (doc, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
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

func (c *core) edit(m *message, text string, by doc) {
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

// removeMessage deletes a visitor's own message, also in a closed room, and answers when.
func (c *core) removeMessage(id, token, rid string) (time.Time, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, err := c.ownMessage(id, token, rid)
	if err != nil {
		return time.Time{}, err
	}
	if m.author != c.tokens[token].id || !c.flag("Message_AllowDeleting") {
		return time.Time{}, errDeleting
	}
	return c.remove(m), nil
}

func (c *core) remove(m *message) time.Time {
	delete(c.messages, m.id)
	r := m.room
	for i, other := range r.timeline {
		if other == m {
			r.timeline = append(r.timeline[:i:i], r.timeline[i+1:]...)
			break
		}
	}
	r.msgs--
	c.publish(event{stream: streamNotify, name: r.id + "/deleteMessage", args: []any{doc{"_id": m.id}}})
	return c.stamp(r)
}

// page is what messages.history may ask.
type page struct {
	limit, offset int
	end           time.Time // exclusive
	hasEnd        bool
}

// history answers a page of a room, newest first; messages of one millisecond stay in the order of writing.
func (c *core) history(rid, token string, p page) ([]doc, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.ownRoom(rid, token)
	if err != nil {
		return nil, err
	}
	found := []*message{}
	for _, m := range r.timeline {
		if !p.hasEnd || m.ts.Before(p.end) {
			found = append(found, m)
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].ts.After(found[j].ts) })
	switch {
	case p.limit == 0:
		p.limit = 20
	case p.limit < 0: // the database reads a negative limit as its absolute value
		p.limit = -p.limit
	}
	found = found[min(max(p.offset, 0), len(found)):]
	found = found[:min(p.limit, len(found))]
	docs := make([]doc, len(found))
	for i, m := range found {
		docs[i] = m.doc
	}
	return docs, nil
}
