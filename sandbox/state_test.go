package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/rocketline/rocketline/sandbox"
)

// lived is a server in which something of everything has happened.
func lived(t *testing.T, profile sandbox.Profile) *box {
	t.Helper()
	r := start(t, sandbox.Options{
		Profile: profile, Routing: sandbox.ManualSelection, Agents: []sandbox.AgentSpec{{Username: "ann"}, {Username: "bob"}},
		Accounts:    []sandbox.Account{{Username: "root", ID: "root", Password: "s3cret", Roles: []string{"admin"}, Tokens: []string{"root-token"}}},
		Departments: []sandbox.Department{{Name: "Sales", Agents: []string{"ann"}}},
	})
	first, second := r.chat("t-1"), r.chat("t-2")
	must(r, r.srv.Agent("ann").Take(first))
	id, err := r.srv.Agent("ann").Send(first, "hello *there* :smile:")
	must(r, err)
	must(r, r.srv.Agent("ann").React(id, ":+1:"))
	must(r, r.srv.Agent("ann").Transfer(first, "bob", "yours"))
	must(r, r.srv.Agent("bob").Take(second))
	must(r, r.srv.Agent("bob").CloseRoom(second, "done"))
	return r
}

func saved(t *testing.T, srv *sandbox.Server) []byte {
	t.Helper()
	var state bytes.Buffer
	if err := srv.Save(&state); err != nil {
		t.Fatal(err)
	}
	return state.Bytes()
}

func TestAStateComesBackOnAnotherServer(t *testing.T) {
	for _, profile := range []sandbox.Profile{sandbox.V3_4, sandbox.V6_5, sandbox.V7_0, sandbox.Later} {
		t.Run(string(profile), func(t *testing.T) {
			before := lived(t, profile)
			after := start(t, sandbox.Options{Profile: profile})
			if err := after.srv.Load(bytes.NewReader(saved(t, before.srv))); err != nil {
				t.Fatal(err)
			}
			if want, got := before.srv.Rooms(), after.srv.Rooms(); !equalJSON(want, got) {
				t.Errorf("rooms are %v, want %v", got, want)
			}
			for _, room := range before.srv.Rooms() {
				path := "livechat/messages.history/" + room.ID + "?limit=100&token=" + room.VisitorToken
				if want, got := before.get(path), after.get(path); !equalJSON(want, got) {
					t.Errorf("history is %v, want %v", got, want)
				}
			}
			if status := as(t, after.srv, "root", "root-token", "/api/v1/me"); status != http.StatusOK {
				t.Errorf("a token from before answers %d", status)
			}
			// Life goes on where it stopped.
			open := after.srv.Rooms()[0]
			if _, err := after.srv.Agent("bob").Send(open.ID, "still here"); err != nil {
				t.Error(err)
			}
			must(after, after.srv.Agent("bob").CloseRoom(open.ID, "bye"))
			after.chat("t-3")
		})
	}
}

func as(t *testing.T, srv *sandbox.Server, user, token, path string) int {
	t.Helper()
	req, _ := http.NewRequest(http.MethodGet, srv.URL()+path, nil)
	req.Header.Set("X-User-Id", user)
	req.Header.Set("X-Auth-Token", token)
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

func equalJSON(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return bytes.Equal(x, y)
}

func TestAStateThatCannotBeReadChangesNothing(t *testing.T) {
	r := lived(t, sandbox.V6_5)
	state := saved(t, r.srv)
	for name, bad := range map[string][]byte{
		"nothing":         nil,
		"no archive":      []byte("hello"),
		"half of one":     state[:len(state)/2],
		"another profile": saved(t, lived(t, sandbox.V3_4).srv),
		"another format":  bytes.Replace(state, []byte(`"format":1`), []byte(`"format":9`), 1),
		"other records":   bytes.Replace(state, []byte(`"settings"`), []byte(`"settinqs"`), 1),
	} {
		before := r.srv.Rooms()
		if err := r.srv.Load(bytes.NewReader(bad)); err == nil || !strings.Contains(err.Error(), "load state") {
			t.Errorf("%s: got %v", name, err)
		}
		if !equalJSON(before, r.srv.Rooms()) {
			t.Errorf("%s: the rooms changed", name)
		}
	}
}

func TestTheControlEndpointTakesAndSetsTheState(t *testing.T) {
	r := start(t, sandbox.Options{Control: "127.0.0.1:0", Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	r.chat("t-1")
	resp, err := http.Get(r.srv.ControlURL() + "/state")
	if err != nil {
		t.Fatal(err)
	}
	state, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%d %v", resp.StatusCode, err)
	}
	r.chat("t-2")
	for body, want := range map[string]int{string(state): http.StatusNoContent, "nonsense": http.StatusBadRequest} {
		req, _ := http.NewRequest(http.MethodPut, r.srv.ControlURL()+"/state", strings.NewReader(body))
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("PUT answers %d, want %d", resp.StatusCode, want)
		}
	}
	if rooms := r.srv.Rooms(); len(rooms) != 1 {
		t.Errorf("there are %d rooms, want the one that was saved", len(rooms))
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func TestNobodyIsConnectedToALoadedState(t *testing.T) {
	b := start(t, sandbox.Options{Accounts: []sandbox.Account{{
		Username: "ann", ID: "ann", Roles: []string{"user", "livechat-agent"}, Tokens: []string{"anns-token"},
	}}})
	c := dial(t, b.srv)
	c.send(`{"msg":"connect","version":"1","support":["1"]}`)
	c.send(`{"msg":"method","method":"login","id":"1","params":[{"resume":"anns-token"}]}`)
	for !strings.Contains(string(c.next("control")), `"result"`) {
	}
	me := func() (status, connection any) {
		req, _ := http.NewRequest(http.MethodGet, b.srv.URL()+"/api/v1/me", nil)
		req.Header.Set("X-User-Id", "ann")
		req.Header.Set("X-Auth-Token", "anns-token")
		user := b.do(req)
		return user["status"], user["statusConnection"]
	}
	if status, connection := me(); status != "online" || connection != "online" {
		t.Fatalf("ann is %v, connected %v", status, connection)
	}
	must(b, b.srv.Load(bytes.NewReader(saved(t, b.srv))))
	_ = c.ended()
	if status, connection := me(); status != "offline" || connection != "offline" {
		t.Errorf("ann is %v, connected %v, want offline", status, connection)
	}
}
