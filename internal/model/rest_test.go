package model_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing/synctest"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// patience is more than everything takes that mends itself: a half-open socket 30 s, the waits before the next attempts 30 s each, a rate
// limit a minute. It is less than the time after which a room is proven anew, so that this is not what mends it.
const patience = 4 * time.Minute

// rest lets everything come to rest, and compares what readers know with what is.
func (w *world) rest() {
	w.chat.Faults().Clear()
	for _, r := range w.readers {
		r.read(true)
		if r.cancel == nil {
			r.come(len(r.places)-1, "")
		}
	}
	time.Sleep(patience)
	w.compare("at rest")
	if len(w.problems) > 0 {
		return
	}
	for i, r := range w.readers {
		r.come((int(w.script.site.seed)+7*i)%len(r.places), "")
	}
	time.Sleep(time.Minute)
	w.compare("resumed from an earlier cursor")
}

func (w *world) compare(when string) {
	synctest.Wait()
	for _, r := range w.readers {
		knows := r.last().knows
		for _, id := range r.rooms {
			v := knows[id]
			if v == nil {
				v = newView()
			}
			w.mu.Lock()
			problems := w.differences(w.truth.room(id), v)
			w.mu.Unlock()
			for _, p := range problems {
				w.fail("%s, %s: %s", r.name, when, p)
			}
		}
	}
}

// differences are between a room and what a reader knows of it.
func (w *world) differences(r *room, v *view) (problems []string) {
	wrong := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if !v.caughtUp {
		wrong("it never caught up with the room")
		return problems
	}
	for _, id := range r.order {
		m := r.messages[id]
		got, known := v.known[id]
		switch {
		case m.gone() && known:
			wrong("%s was deleted, and is still known", id)
		case !m.gone() && !known && v.covers(r, m, w.script.site.sameMS):
			wrong("%s (%.20q) was never told, or told to be deleted", id, m.now().text)
		case known && got.value != w.look(m.now()):
			wrong("%s is %.40q, and known as %.40q", id, w.look(m.now()), got.value)
		}
	}
	for id := range v.known {
		if r.messages[id] == nil {
			wrong("%s was never written", id)
		}
	}
	if v.moves > r.moves {
		wrong("it was transferred %d times, and told so %d times", r.moves, v.moves)
	}
	if (v.closed == nil) != r.open {
		wrong("open is %t, and known to be closed is %t", r.open, v.closed != nil)
	}
	if v.closed != nil && r.comment != "?" && v.closed.GetComment() != r.comment {
		wrong("it was closed with %q, and known is %q", r.comment, v.closed.GetComment())
	}
	if r.open && !w.truth.several {
		if served := w.served(r); served != agentName(v.agent) {
			wrong("%q serves it, and %q is known", served, agentName(v.agent))
		}
	}
	return problems
}

// served is who serves a room, as a reader is told.
func (w *world) served(r *room) string {
	who := w.serving(r)
	switch {
	case who == "":
		return ""
	case w.script.site.hidden:
		return "hidden"
	}
	return who + " " + string(w.truth.presence[who])
}

// look is what of a message visitors are shown: where agents are hidden, not who reacted, but how many.
func (w *world) look(v value) value {
	if !w.script.site.hidden || v.reactions == "" {
		return v
	}
	var entries []string
	for entry := range strings.FieldsSeq(v.reactions) {
		emoji, names, _ := strings.Cut(entry, "=")
		entries = append(entries, emoji+"="+strconv.Itoa(strings.Count(names, ",")+1))
	}
	slices.Sort(entries)
	return value{v.text, strings.Join(entries, " ")}
}

var presences = map[livechatv1.AgentPresence]string{
	livechatv1.AgentPresence_AGENT_PRESENCE_ONLINE: "online", livechatv1.AgentPresence_AGENT_PRESENCE_AWAY: "away",
	livechatv1.AgentPresence_AGENT_PRESENCE_BUSY: "busy", livechatv1.AgentPresence_AGENT_PRESENCE_OFFLINE: "offline",
}
