package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

// befall lets a fault befall a route of the visitors' API, times times; 0 is from now on.
func (s *site) befall(kind fault.Kind, route string, times int) {
	s.t.Helper()
	rule := fault.Rule{Kind: kind, Times: times, Match: fault.Match{Path: "/api/v1/livechat/" + route}}
	if kind == fault.Status {
		rule.Status = 502
	}
	if _, err := s.chat.Faults().Add(rule); err != nil {
		s.t.Fatal(err)
	}
}

// counting counts the calls to Rocket.Chat by their operation: "send message".
func counting(with *setup) func(op string) int {
	var mu sync.Mutex
	calls := make(map[string]int)
	with.chat.Observe = func(op, _ string, _ time.Duration) {
		mu.Lock()
		defer mu.Unlock()
		calls[op]++
	}
	return func(op string) int {
		mu.Lock()
		defer mu.Unlock()
		return calls[op]
	}
}

// departments is a workspace with two departments, of one agent each.
func departments(version sandbox.Profile) setup {
	with := of(version)
	with.workspace.Agents = []sandbox.AgentSpec{{Username: "ann", ID: annID, Name: annName}, {Username: "bea", ID: "beasId", Name: "Bea"}}
	with.workspace.Departments = []sandbox.Department{
		{ID: "sales", Name: "Sales", Agents: []string{"ann"}}, {ID: "support", Name: "Help & Support", Agents: []string{"bea"}},
	}
	return with
}

// openIn opens a visitor's room in a department.
func (s *site) openIn(t *testing.T, department string) (as context.Context, room *livechatv1.Room) {
	t.Helper()
	ctx := s.visitor()
	got, err := s.rooms.OpenRoom(ctx, &livechatv1.OpenRoomRequest{Department: department})
	if err != nil {
		t.Fatal(err)
	}
	return ctx, got.GetRoom()
}

// always makes an answer for every request that is intercepted.
func always(answer http.HandlerFunc) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool { answer(w, r); return true }
}

// sentBody reads the JSON object that a request brings, and leaves it there for the workspace.
func sentBody(r *http.Request) map[string]any {
	raw, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(raw))
	var body map[string]any
	_ = json.Unmarshal(raw, &body)
	return body
}
