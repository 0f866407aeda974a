package model_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox"
)

// The agents of every workspace; the last is alone in the department.
var agents = []string{"ann", "bob", "cid"}

const department = "sales"

// call is the visitor's own call to Rocket.Chat. It goes past the network, whose faults are not for whoever makes things happen.
func (w *world) call(method, path string, body map[string]any) (answer map[string]any, ok bool) {
	req := httptest.NewRequest(method, "/api/v1/livechat/"+path, nil)
	if body != nil {
		if path != "visitor" {
			body["token"] = w.token
		}
		data, _ := json.Marshal(body)
		req = httptest.NewRequest(method, "/api/v1/livechat/"+path, strings.NewReader(string(data)))
		req.Header.Set("Content-Type", "application/json")
	}
	got := httptest.NewRecorder()
	w.chat.ServeHTTP(got, req)
	_ = json.Unmarshal(got.Body.Bytes(), &answer)
	return answer, got.Code == http.StatusOK && answer["success"] != false
}

// pick is one of a list, taken modulo its length; the zero value for none.
func pick[E any](from []E, n int) (picked E) {
	if len(from) == 0 {
		return picked
	}
	return from[n%len(from)]
}

// openRoom is one of the open rooms; nil for none.
func (w *world) openRoom(n int) *room {
	var open []*room
	for _, r := range w.truth.rooms {
		if r.open {
			open = append(open, r)
		}
	}
	return pick(open, n)
}

// serving is who serves a room; empty for nobody.
func (w *world) serving(r *room) string {
	for _, s := range w.chat.Rooms() {
		if s.ID == r.id {
			return s.ServedBy
		}
	}
	return ""
}

// text is a text that nothing else has.
func (w *world) text() string {
	w.written++
	return fmt.Sprintf("text %d", w.written)
}

func (w *world) agentSends(a, b int) {
	w.agentWrites(a, 1+b%3*b%2, w.text)
}

// flood writes more than the connection of a reader takes that has stopped reading (one message is on its way into its hands, one fills the
// client's window, one the server's), and then more events than a small ring keeps.
func (w *world) flood(a, _ int) {
	if slices.ContainsFunc(w.readers, func(r *reader) bool { return !r.reads() }) && !w.flooded {
		w.flooded = true
		w.agentWrites(a, 3, func() string { return w.text() + strings.Repeat(",", window+4<<10) })
	}
	w.agentWrites(a, 8, w.text)
}

func (w *world) agentWrites(a, times int, text func() string) {
	for range times {
		w.happens(func() {
			r := w.openRoom(a)
			if r == nil {
				return
			}
			who := w.serving(r)
			if who == "" {
				who = agents[0]
			}
			words := text()
			if id, err := w.chat.Agent(who).Send(r.id, words); w.worked(err) {
				w.truth.wrote(r, id, who, words, time.Now())
			}
		})
	}
}

func (w *world) visitorSends(a, b int) {
	for range 1 + b%3*b%2 {
		w.happens(func() {
			r := w.openRoom(a)
			if r == nil {
				return
			}
			words := w.text()
			answer, ok := w.call(http.MethodPost, "message", map[string]any{"rid": r.id, "msg": words})
			if sent, _ := answer["message"].(map[string]any); ok {
				w.truth.wrote(r, sent["_id"].(string), "visitor", words, time.Now())
			}
		})
	}
}

// own is one of somebody's messages, the newest first; nil for none.
func own(r *room, author string, b int) *message {
	all := r.living(author)
	if len(all) == 0 {
		return nil
	}
	return all[len(all)-1-b%len(all)]
}

func (w *world) agentEdits(a, b int) {
	w.happens(func() {
		r, who := w.openRoom(a), pick(agents, b)
		if r == nil {
			return
		}
		for range agents { // whoever wrote something
			if own(r, who, 0) == nil {
				b++
				who = pick(agents, b)
			}
		}
		if m := own(r, who, b); m != nil {
			words := w.text()
			if w.worked(w.chat.Agent(who).Edit(m.id, words)) {
				w.truth.changed(m, value{words, m.now().reactions})
			}
		}
	})
}

func (w *world) visitorEdits(a, b int) {
	w.happens(func() {
		r := w.openRoom(a)
		if r == nil {
			return
		}
		if m := own(r, "visitor", b); m != nil {
			words := w.text()
			if _, ok := w.call(http.MethodPut, "message/"+m.id, map[string]any{"rid": r.id, "msg": words}); ok {
				w.truth.changed(m, value{words, m.now().reactions})
			}
		}
	})
}

func (w *world) agentDeletes(a, b int) {
	w.happens(func() {
		r := w.openRoom(a)
		if r == nil {
			return
		}
		for i := range agents {
			who := pick(agents, b+i)
			if m := own(r, who, b); m != nil {
				if w.worked(w.chat.Agent(who).Delete(m.id)) {
					w.truth.changed(m, value{})
				}
				return
			}
		}
	})
}

func (w *world) visitorDeletes(a, b int) {
	w.happens(func() {
		r := w.openRoom(a)
		if r == nil {
			return
		}
		if m := own(r, "visitor", b); m != nil {
			if _, ok := w.call(http.MethodDelete, "message/"+m.id, map[string]any{"rid": r.id}); ok {
				w.truth.changed(m, value{})
			}
		}
	})
}

func (w *world) agentReacts(a, b int) {
	w.happens(func() {
		r := w.openRoom(a)
		if r == nil {
			return
		}
		if m := own(r, "", b); m != nil {
			who, emoji := pick(agents, b), pick([]string{":tada:", ":smile:"}, b/2)
			if w.worked(w.chat.Agent(who).React(m.id, emoji)) {
				w.truth.changed(m, value{m.now().text, toggled(m.now().reactions, emoji, who)})
			}
		}
	})
}

func (w *world) agentTypes(a, b int) {
	w.happens(func() {
		if r := w.openRoom(a); r != nil {
			_ = w.chat.Agent(pick(agents, b)).Typing(r.id, b%3 > 0)
		}
	})
}

func (w *world) agentStatus(a, b int) {
	w.happens(func() {
		status := pick([]sandbox.Status{sandbox.Online, sandbox.Away, sandbox.Busy}, b)
		w.chat.Agent(pick(agents, a)).SetStatus(status)
		w.truth.presence[pick(agents, a)] = status
	})
}
