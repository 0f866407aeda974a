package model_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox"
)

// truth is what has happened in Rocket.Chat, noted by whoever made it happen. The world's lock guards it, also while something happens: who
// asks for it never sees half of a step.
type truth struct {
	clock    int // counts what happened
	rooms    []*room
	presence map[string]sandbox.Status // of agents, by username
	several  bool                      // rooms were open at a time: livechat/config says of one of them only who serves it
}

// room is a room as it is, and how it became so.
type room struct {
	id       string
	open     bool
	comment  string // of the close; "?" where it is the server's own
	order    []string
	messages map[string]*message
	moves    int // transfers of any kind
}

// message is one that was written, also if it is gone.
type message struct {
	id, author string
	at         time.Time
	made       int // on the truth's clock
	states     []state
}

// state is how a message looks from a moment on.
type state struct {
	since int
	value value
}

// value is what can be seen of a message. The zero value is that of one that is gone.
type value struct{ text, reactions string }

func (m *message) now() value { return m.states[len(m.states)-1].value }

func (m *message) gone() bool { return m.now() == value{} }

func (t *truth) room(id string) *room {
	for _, r := range t.rooms {
		if r.id == id {
			return r
		}
	}
	return nil
}

// wrote notes a new message.
func (t *truth) wrote(r *room, id, author, text string, at time.Time) {
	t.clock++
	r.order = append(r.order, id)
	r.messages[id] = &message{id: id, author: author, at: at, made: t.clock, states: []state{{t.clock, value{text: text}}}}
}

// changed notes how a message looks now.
func (t *truth) changed(m *message, v value) {
	t.clock++
	m.states = append(m.states, state{t.clock, v})
}

// living are the messages that are there, of one author or of all, oldest first.
func (r *room) living(author string) []*message {
	var found []*message
	for _, id := range r.order {
		if m := r.messages[id]; !m.gone() && (author == "" || m.author == author) {
			found = append(found, m)
		}
	}
	return found
}

// toggled is a list of reactions with one more, or one less.
func toggled(reactions, emoji, username string) string {
	by := map[string][]string{}
	for entry := range strings.FieldsSeq(reactions) {
		e, names, _ := strings.Cut(entry, "=")
		by[e] = strings.Split(names, ",")
	}
	if i := slices.Index(by[emoji], username); i >= 0 {
		by[emoji] = slices.Delete(by[emoji], i, i+1)
	} else {
		by[emoji] = append(by[emoji], username)
	}
	return spelled(by)
}

// spelled is the one way to write reactions down.
func spelled(by map[string][]string) string {
	var entries []string
	for _, emoji := range slices.Sorted(maps.Keys(by)) {
		if names := slices.Sorted(slices.Values(by[emoji])); len(names) > 0 {
			entries = append(entries, fmt.Sprintf("%s=%s", emoji, strings.Join(names, ",")))
		}
	}
	return strings.Join(entries, " ")
}
