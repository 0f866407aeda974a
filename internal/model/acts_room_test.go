package model_test

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/rocketline/rocketline/sandbox"
)

// What becomes of rooms.

// moves does something with a served room that moves it.
func (w *world) moves(a int, do func(r *room, who string) error) {
	w.happens(func() {
		r := w.openRoom(a)
		if r == nil {
			return
		}
		if who := w.serving(r); who != "" && w.worked(do(r, who)) {
			w.truth.clock++
			r.moves++
		}
	})
}

func (w *world) toAgent(a, b int) {
	w.moves(a, func(r *room, who string) error {
		to := pick(agents, b)
		if to == who {
			to = pick(agents, b+1)
		}
		return w.chat.Agent(who).Transfer(r.id, to, "please")
	})
}

func (w *world) toQueue(a, _ int) {
	w.moves(a, func(r *room, who string) error { return w.chat.Agent(who).ReturnToQueue(r.id) })
}

func (w *world) toDepartment(a, _ int) {
	w.moves(a, func(r *room, _ string) error {
		if _, ok := w.call(http.MethodPost, "room.transfer", map[string]any{"rid": r.id, "department": department}); !ok {
			return errRefused
		}
		return nil
	})
}

func (w *world) agentTakes(a, b int) {
	w.happens(func() {
		if r := w.openRoom(a); r != nil && w.worked(w.chat.Agent(pick(agents, b)).Take(r.id)) {
			w.truth.clock++
		}
	})
}

func (w *world) agentCloses(a, b int) {
	w.happens(func() {
		r := w.openRoom(a)
		if r == nil {
			return
		}
		words := w.text()
		var err error
		if b%4 == 3 { // nobody has said anything for too long
			err = w.chat.CloseInactive(r.id, words)
		} else {
			err = w.chat.Agent(pick(agents, b)).CloseRoom(r.id, words)
		}
		if w.worked(err) {
			w.truth.clock++
			r.open, r.comment = false, words
		}
	})
}

// amends sends a message again for what is no news to anybody.
func (w *world) amends(a, b int) {
	w.happens(func() {
		if r := w.openRoom(a); r != nil {
			if m := own(r, "", b); m != nil {
				_ = w.worked(w.chat.Amend(m.id, map[string]any{"unread": b%2 == 0}))
			}
		}
	})
}

func (w *world) hold(a, b int) {
	w.happens(func() {
		r := w.openRoom(a)
		if r == nil || w.serving(r) == "" {
			return
		}
		who := w.chat.Agent(w.serving(r))
		if b%2 == 0 && w.worked(who.Hold(r.id, "wait")) || b%2 == 1 && w.worked(who.Resume(r.id, "on")) {
			w.truth.clock++
		}
	})
}

func (w *world) visitorCloses(a, _ int) {
	w.happens(func() {
		if r := w.openRoom(a); r != nil {
			if _, ok := w.call(http.MethodPost, "room.close", map[string]any{"rid": r.id}); ok {
				w.truth.clock++
				r.open, r.comment = false, "?"
			}
		}
	})
}

// visitorOpens opens a room if there is none, and on the oldest server, which allows it, one more.
func (w *world) visitorOpens(_, _ int) {
	w.happens(func() {
		query := url.Values{"token": {w.token}}
		if w.openRoom(0) != nil {
			if w.script.site.profile != sandbox.V3_4 || len(w.truth.rooms) >= 4 {
				return
			}
			query.Set("rid", fmt.Sprintf("room%d", len(w.truth.rooms)))
		}
		answer, ok := w.call(http.MethodGet, "room?"+query.Encode(), nil)
		opened, _ := answer["room"].(map[string]any)
		if id, _ := opened["_id"].(string); ok && w.truth.room(id) == nil {
			w.truth.clock++
			w.truth.several = w.truth.several || w.openRoom(0) != nil
			w.truth.rooms = append(w.truth.rooms, &room{id: id, open: true, messages: map[string]*message{}})
		}
	})
}
