// Package replay plays a recorded conversation as a Rocket.Chat would: it answers a visitor's REST calls and realtime
// subscriptions with what the real server answered, step by step, at the caller's pace. It is for tests, and it refuses
// loudly what the recording does not have.
package replay

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// object is a JSON object; the documents of Rocket.Chat are kept as they came.
type object = map[string]any

// Recording is one recorded conversation, seen from its visitor.
type Recording struct {
	Scenario string
	Version  string // "3.4.0"
	Token    string // the visitor's
	RoomID   string
	// Start is the recording's time, in milliseconds, at which the visitor begins to listen. What came before has happened.
	Start int

	events []event
	zero   time.Time // the server's clock at time 0
	stored []change  // the room's documents as they came to be, oldest first
	served []serving // who served the room, oldest first
	base   object    // a config answer without the visitor's part
	guest  object    // the visitor, as config tells of him
	room   object    // the room as it was opened; nil where the recording does not show it
}

// event is one entry of a recording. Times are milliseconds since its beginning.
type event struct {
	T     int    `json:"t"`
	Kind  string `json:"kind"` // rest, ddp, note
	Label string `json:"label"`

	Request struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
	} `json:"request"`
	Response struct {
		Status int             `json:"status"`
		JSON   json.RawMessage `json:"json"`
		Took   int             `json:"took_ms"`
	} `json:"response"`

	Conn  string          `json:"conn"`
	Event string          `json:"event"` // open, close
	Dir   string          `json:"dir"`   // in: from the server
	Frame json.RawMessage `json:"frame"`

	frame frame // Frame as it reads; empty where there is none
}

// frame is a message of the realtime protocol, as far as anything here looks into one.
type frame struct {
	Msg        string            `json:"msg"`
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Method     string            `json:"method"`
	Params     []json.RawMessage `json:"params"`
	Collection string            `json:"collection"`
	Fields     struct {
		EventName string            `json:"eventName"`
		Args      []json.RawMessage `json:"args"`
	} `json:"fields"`
}

// Load reads a recording of a conversation in which a connection named "visitor" subscribes to its room.
func Load(path string) (*Recording, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load recording: %w", err)
	}
	var file struct {
		Scenario string `json:"scenario"`
		Server   struct {
			Version string `json:"version"`
		} `json:"server"`
		Events []event `json:"events"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("load recording %s: %w", path, err)
	}
	r := &Recording{Scenario: file.Scenario, Version: file.Server.Version, events: file.Events}
	for i := range r.events {
		_ = json.Unmarshal(r.events[i].Frame, &r.events[i].frame) // what is no frame has no msg
	}
	slices.SortStableFunc(r.events, func(a, b event) int { return a.T - b.T })
	for _, read := range []func() error{r.readVisitor, r.readClock, r.readConfig} {
		if err := read(); err != nil {
			return nil, fmt.Errorf("load recording %s: %w", path, err)
		}
	}
	r.readDocuments()
	r.readAgents()
	return r, nil
}

// Time is what the server's clock showed at a time of the recording.
func (r *Recording) Time(at int) time.Time { return r.zero.Add(millis(at)) }

// Secrets lists every credential in the recording: none may reach a reader of events.
func (r *Recording) Secrets() []string {
	secrets := []string{r.Token}
	for _, e := range r.events {
		if token := e.Request.Headers["x-auth-token"]; token != "" {
			secrets = append(secrets, token)
		}
	}
	slices.Sort(secrets)
	return slices.Compact(secrets)
}

// readVisitor finds whose conversation it is: the first visitor's connection and what it subscribes to.
func (r *Recording) readVisitor() error {
	for _, e := range r.events {
		if !e.visitors() {
			continue
		}
		if e.Event == "open" && r.Start == 0 {
			r.Start = e.T
		}
		if f := e.frame; f.Msg == "sub" && f.Name == streamMessages {
			r.RoomID, r.Token = f.wants()
			return nil
		}
	}
	return errors.New("no visitor subscribes to a room")
}

// readClock relates the two clocks. A document that was posted at t is stored soon after t, so the smallest difference is the
// nearest; the field "recorded" is the beginning in some recordings and the end in others. Messages tell, and where there is none
// visitors that register.
func (r *Recording) readClock() error {
	if r.tellTime("message", "/livechat/message", "/chat.sendMessage") || r.tellTime("visitor", "/livechat/visitor") {
		return nil
	}
	return errors.New("no message tells the server's clock")
}

// tellTime takes the server's clock from the documents that some routes store, and reports whether there are any.
func (r *Recording) tellTime(document string, routes ...string) bool {
	found := false
	for _, e := range r.events {
		var answer map[string]json.RawMessage
		var stored struct {
			TS time.Time `json:"ts"`
		}
		made := func(route string) bool { return strings.HasSuffix(e.Request.Path, route) }
		if e.Request.Method != http.MethodPost || !slices.ContainsFunc(routes, made) ||
			json.Unmarshal(e.Response.JSON, &answer) != nil || json.Unmarshal(answer[document], &stored) != nil || stored.TS.IsZero() {
			continue
		}
		if zero := stored.TS.Add(-millis(e.T)); !found || zero.Before(r.zero) {
			r.zero, found = zero, true
		}
	}
	return found
}

// answers lists the JSON of the successful answers of one route, in the order of time.
func (r *Recording) answers(method, route string) []object {
	var list []object
	for _, e := range r.events {
		path, _, _ := strings.Cut(e.Request.Path, "?")
		if e.Kind != "rest" || e.Request.Method != method || e.Response.Status != 200 || !strings.HasPrefix(path, "/api/v1"+route) {
			continue
		}
		if rest := strings.TrimPrefix(path, "/api/v1"+route); rest == "" || rest[0] == '/' {
			var answer object
			if json.Unmarshal(e.Response.JSON, &answer) == nil {
				list = append(list, answer)
			}
		}
	}
	return list
}

// atLeast reports whether the server is release major.minor or a later one.
func (r *Recording) atLeast(major, minor int) bool {
	parts := strings.SplitN(r.Version, ".", 3)
	ours, _ := strconv.Atoi(parts[0])
	second, _ := strconv.Atoi(parts[1])
	return ours > major || ours == major && second >= minor
}

// visitors reports whether the event belongs to one of the visitor's connections.
func (e event) visitors() bool { return e.Kind == "ddp" && strings.HasPrefix(e.Conn, "visitor") }

// changed reports whether the event is something that a stream told the visitor.
func (e event) changed() bool { return e.visitors() && e.Dir == "in" && e.frame.Msg == "changed" }

func pick(from object, keys ...string) object {
	to := object{}
	for _, key := range keys {
		if value, ok := from[key]; ok {
			to[key] = value
		}
	}
	return to
}

func millis(t int) time.Duration { return time.Duration(t) * time.Millisecond }
