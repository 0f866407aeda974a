// Package replay plays a recorded conversation as a Rocket.Chat would: it answers a visitor's REST calls and realtime
// subscriptions with what the real server answered, step by step, at the caller's pace. It is for tests, and it refuses
// loudly what the recording does not have.
package replay

import (
	"embed"
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

//go:embed config/*.json
var configs embed.FS

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

// readClock relates the two clocks. A message that was posted at t is stored soon after t, so the smallest difference is the
// nearest; the field "recorded" is the beginning in some recordings and the end in others.
func (r *Recording) readClock() error {
	for _, e := range r.events {
		route := e.Request.Path
		if e.Request.Method != http.MethodPost || !strings.HasSuffix(route, "/livechat/message") && !strings.HasSuffix(route, "/chat.sendMessage") {
			continue
		}
		var answer struct {
			Message struct {
				TS time.Time `json:"ts"`
			} `json:"message"`
		}
		if json.Unmarshal(e.Response.JSON, &answer) != nil || answer.Message.TS.IsZero() {
			continue
		}
		if zero := answer.Message.TS.Add(-millis(e.T)); r.zero.IsZero() || zero.Before(r.zero) {
			r.zero = zero
		}
	}
	if r.zero.IsZero() {
		return errors.New("no message tells the server's clock")
	}
	return nil
}

// readConfig finds the workspace's configuration, the visitor and the room. A recording without a config answer takes that of
// another recording of its version.
func (r *Recording) readConfig() error {
	for _, answer := range r.answers("GET", "/livechat/config") {
		config, _ := answer["config"].(object)
		if r.base == nil {
			r.base = answer
		}
		if guest, ok := config["guest"].(object); ok && r.guest == nil {
			r.guest = guest
		}
		if room, ok := config["room"].(object); ok && r.room == nil {
			r.room = room
		}
	}
	for _, answer := range r.answers("POST", "/livechat/visitor") {
		if visitor, ok := answer["visitor"].(object); ok && visitor["token"] == r.Token && r.guest == nil {
			r.guest = pick(visitor, "_id", "username", "name", "token", "visitorEmails", "department")
		}
	}
	for _, answer := range r.answers("GET", "/livechat/room") {
		if room, ok := answer["room"].(object); ok && room["_id"] == r.RoomID {
			r.room = room // as it was opened, which is earlier than any config answer tells
		}
	}
	if r.base == nil {
		raw, err := configs.ReadFile("config/" + r.Version + ".json")
		if err != nil {
			return fmt.Errorf("no config answer, and none is kept for %s", r.Version)
		}
		if err := json.Unmarshal(raw, &r.base); err != nil {
			return fmt.Errorf("config for %s: %w", r.Version, err)
		}
	}
	if r.guest == nil || r.room == nil {
		return errors.New("the visitor or the room is nowhere told")
	}
	return nil
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
