package model_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// What can be done to a cursor, and the cause that a reset then has.
var damages = map[string]livechatv1.ResetCause{
	"cut":     livechatv1.ResetCause_RESET_CAUSE_CURSOR_DAMAGED,
	"flipped": livechatv1.ResetCause_RESET_CAUSE_CURSOR_DAMAGED,
	"version": livechatv1.ResetCause_RESET_CAUSE_CURSOR_VERSION,
}

// damaged is a cursor with something done to it, and the code with which Subscribe refuses it, if it does.
func damaged(cursor, how string) (string, codes.Code) {
	mark, body, _ := strings.Cut(cursor, "_")
	switch how {
	case "cut":
		return cursor[:len(cursor)-len(body)/2], codes.OK
	case "flipped":
		b, err := base64.RawURLEncoding.DecodeString(body)
		if err != nil || len(b) == 0 {
			return cursor, codes.OK
		}
		b[len(b)/2] ^= 1
		return mark + "_" + base64.RawURLEncoding.EncodeToString(b), codes.OK
	case "version":
		return "rl999_" + body, codes.OK
	case "nonsense":
		return "nonsense", codes.InvalidArgument
	}
	return cursor, codes.OK
}

// judge answers what is wrong with a reset: each has a cause that is on the list, and that is so. v is what the reader knew.
func (w *world) judge(r *reader, c *connection, roomID string, v *view, cause livechatv1.ResetCause) (problems []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := strings.ToLower(strings.TrimPrefix(cause.String(), "RESET_CAUSE_"))
	w.tally.add("reset "+name, 1)
	if c.damage != "" && !c.caught[roomID] {
		if want := damages[c.damage]; cause != want {
			return []string{fmt.Sprintf("reset %v after the cursor was damaged (%s), want %v", cause, c.damage, want)}
		}
		return nil
	}
	if c.from.doomed && !c.caught[roomID] {
		return nil
	}
	room := w.truth.room(roomID)
	switch cause {
	case livechatv1.ResetCause_RESET_CAUSE_STATE_CHANGED:
		if w.inRing(c, room, v) {
			problems = append(problems, fmt.Sprintf("reset %v, though all since then is in the ring", cause))
		}
		if !w.changed(room, v) {
			problems = append(problems, fmt.Sprintf("reset %v, though nothing that it knew has changed", cause))
		}
	default:
		// More than a thousand documents never happen here, no cursor is foreign, and none is damaged but on purpose.
		problems = append(problems, fmt.Sprintf("reset %v, which nothing here can lead to", cause))
	}
	return problems
}

// largeRing is one that no run fills.
const largeRing = 1000

// inRing tells whether the reader can be told exactly what came since: the same run of the service has followed the room ever since, and
// the ring keeps it all. Of a small ring nobody outside can tell: what happened in a gap enters it late.
func (w *world) inRing(c *connection, r *room, v *view) bool {
	return w.script.site.ring >= largeRing && w.script.site.bytes == 0 &&
		(c.caught[r.id] || r.open && v.stood == c.instance.number && c.started.Sub(c.from.at) < grace)
}

// moment is what there is to know when an event arrives at a reader with that view of the room.
func (w *world) moment(c *connection, ev *livechatv1.SubscribeResponse, v *view) moment {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := w.truth.room(ev.GetRoomId())
	m := r.messages[ev.GetMessageCreated().GetMessage().GetId()]
	return moment{clock: w.truth.clock, kept: w.inRing(c, r, v), gone: m != nil && m.gone()}
}

// maxTogether is how many messages of the newest millisecond a cursor can tell apart.
const maxTogether = 12

// changed tells whether something that the reader knew was edited or deleted since, or something written among it.
func (w *world) changed(r *room, v *view) bool {
	newest, newestAt := 0, time.Time{}
	for id, s := range v.known {
		m := r.messages[id]
		if m == nil {
			return true
		}
		if m.made > newest {
			newest, newestAt = m.made, m.at
		}
		for _, st := range m.states {
			if st.since >= v.clock && w.look(st.value) != s.value || w.look(m.now()) != s.value {
				return true
			}
		}
	}
	together := 0
	for id, m := range r.messages {
		if newest > 0 && m.at.UnixMilli() == newestAt.UnixMilli() {
			together++
		}
		if _, known := v.known[id]; !known && m.made < newest && !m.gone() && (v.covers(r, m, w.script.site.sameMS) || !v.begun) {
			return true
		}
	}
	return together > maxTogether
}

// counts notes how a room of a stream that has caught up began.
func (w *world) counts(c *connection, roomID string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	v := c.from.knows[roomID]
	switch {
	case c.from.cursor == "":
		w.tally.add("rooms begun", 1)
	case c.resets > 0:
		w.tally.add("rooms resumed by reset", 1)
	case v != nil && w.inRing(c, w.truth.room(roomID), v):
		w.tally.add("rooms resumed by the ring", 1)
	default:
		w.tally.add("rooms resumed by the sum", 1)
	}
}
