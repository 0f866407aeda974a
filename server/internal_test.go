package server

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
)

func TestAMessageIDIsStableAndSafeAndNobodyElses(t *testing.T) {
	const request = "0f8fad5b-d9cb-469f-a165-70867728950e"
	base := messageID("token", "room", request)
	for name, tt := range map[string]struct {
		token         rocketchat.Secret
		room, request string
		same          bool
	}{
		"the same request":                 {"token", "room", request, true},
		"its id in upper case":             {"token", "room", "0F8FAD5B-D9CB-469F-A165-70867728950E", true},
		"another token":                    {"token2", "room", request, false},
		"another room":                     {"token", "room2", request, false},
		"another request":                  {"token", "room", "7c9e6679-7425-40de-944b-e07fc1f90ae7", false},
		"a boundary between two of them":   {"tokenr", "oom", request, false},
		"a boundary between the other two": {"token", "room0", request[1:], false},
	} {
		if got := messageID(tt.token, tt.room, tt.request); (got == base) != tt.same {
			t.Errorf("%s: %s, the first one: %s", name, got, base)
		}
	}
	if got := messageID("token", "room", ""); got != "" {
		t.Errorf("without a request id: %q, want upstream to choose", got)
	}
	// Every replica, and every later version, has to make the same one.
	if want := "1QnpBOrn9fT0Ms6e3VVQvYI"; base != want {
		t.Errorf("the id of this request was %s once, and is %s now", want, base)
	}
	charset := regexp.MustCompile(`^[A-Za-z0-9]+$`)
	seen := map[string]bool{}
	for i := range 2000 {
		id := messageID(rocketchat.Secret(rune(i)), "room", request)
		if len(id) < 22 || len(id) > 64 || !charset.MatchString(id) || seen[id] {
			t.Fatalf("%q, seen before: %v", id, seen[id])
		}
		seen[id] = true
	}
}

// newWorkspace makes a workspace whose Rocket.Chat answers with handler.
func newWorkspace(t *testing.T, handler http.HandlerFunc) *workspace {
	t.Helper()
	site := httptest.NewServer(handler)
	t.Cleanup(site.Close)
	chat, err := rocketchat.New(rocketchat.Options{URL: site.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(chat.Close)
	return &workspace{chat: chat, logger: slog.New(slog.DiscardHandler)}
}

func TestNobodyWaitsForSettingsThatAreOnlyStale(t *testing.T) {
	asked, answer := make(chan struct{}), make(chan struct{})
	var times atomic.Int32
	w := newWorkspace(t, func(rw http.ResponseWriter, _ *http.Request) {
		if times.Add(1) > 1 {
			t.Error("somebody else asks as well")
			return
		}
		close(asked)
		<-answer
		rw.Header().Set("Content-Type", "application/json")
		_, _ = rw.Write([]byte(`{"success":true,"config":{"enabled":true,"settings":{"agentHiddenInfo":true}}}`))
	})
	w.settings, w.read = rocketchat.LivechatSettings{}, time.Now().Add(-2*workspaceLife)
	first := make(chan bool)
	go func() { first <- w.audience(t.Context()).AgentsHidden }()
	<-asked
	if w.audience(t.Context()).AgentsHidden {
		t.Error("the settings before are forgotten while they are read anew")
	}
	close(answer)
	if !<-first || !w.audience(t.Context()).AgentsHidden {
		t.Error("what was read anew does not count")
	}
}

func TestSettingsThatCannotBeReadLeaveTheOnesBefore(t *testing.T) {
	w := newWorkspace(t, func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) })
	if !w.audience(t.Context()).AgentsHidden {
		t.Error("agents are shown although nobody knows whether they may be")
	}
	w.settings, w.read = rocketchat.LivechatSettings{AgentHidden: false}, time.Now().Add(-2*workspaceLife)
	if w.audience(t.Context()).AgentsHidden {
		t.Error("agents that were shown are hidden because Rocket.Chat blinks")
	}
}
