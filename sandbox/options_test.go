package sandbox_test

import (
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/test/bufconn"

	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

func TestOptionsThatMakeNoSenseAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		opts sandbox.Options
		want string
	}{
		"two places to listen at":       {sandbox.Options{Addr: "127.0.0.1:0", Listener: bufconn.Listen(1)}, "both an address to listen on and a listener"},
		"an agent without a username":   {sandbox.Options{Agents: []sandbox.AgentSpec{{Name: "Ann"}}}, "agents: number 1 has no username"},
		"an account without a username": {sandbox.Options{Accounts: []sandbox.Account{{ID: "x"}}}, "accounts: number 1 has no username"},
		"a username for two":            {sandbox.Options{Accounts: []sandbox.Account{{Username: "ann"}}, Agents: []sandbox.AgentSpec{{Username: "ann"}}}, `username "ann" is there twice`},
		"an id for two":                 {sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann", ID: "x"}, {Username: "bob", ID: "x"}}}, `id "x" is there twice`},
		"a department without a name":   {sandbox.Options{Departments: []sandbox.Department{{ID: "d"}}}, `departments: "d" has no name`},
		"a department's id for two":     {sandbox.Options{Departments: []sandbox.Department{{ID: "d", Name: "A"}, {ID: "d", Name: "B"}}}, `departments: the id "d" is there twice`},
		"a visitor's field without key": {sandbox.Options{VisitorFields: []sandbox.CustomField{{Label: "Plan"}}}, "visitor fields: number 1 has no key"},
		"a room's field without a key":  {sandbox.Options{RoomFields: []sandbox.CustomField{{Label: "Plan"}}}, "room fields: number 1 has no key"},
		"an unknown routing":            {sandbox.Options{Routing: "Round_Robin"}, `unknown routing "Round_Robin"`},
		"an unknown setting":            {sandbox.Options{Settings: map[string]any{"Livechat_titel": "x"}}, "Livechat_titel"},
		"delays that go back":           {sandbox.Options{DelayScale: -1}, "the scale of delays is -1"},
		"delays that are no number":     {sandbox.Options{DelayScale: math.NaN()}, "the scale of delays is NaN"},
		"delays that never end":         {sandbox.Options{DelayScale: math.Inf(1)}, "the scale of delays is +Inf"},
	} {
		t.Run(name, func(t *testing.T) {
			srv, err := sandbox.New(c.opts)
			if err == nil {
				_ = srv.Close()
				t.Fatal("a server came of it")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %q, want %q in it", err, c.want)
			}
		})
	}
}

func TestACallsDurationIsTrueWhateverTheServersClockSays(t *testing.T) {
	const delay = 5 * time.Millisecond
	calls := make(chan sandbox.Call, 1)
	r := start(t, sandbox.Options{OnCall: func(c sandbox.Call) { calls <- c }})
	must(r, r.srv.Faults().Clock().Set(fault.Setting{Freeze: fault.Forever}))
	_, err := r.srv.Faults().Add(fault.Rule{Kind: fault.Delay, Delay: delay})
	must(r, err)
	resp, err := http.Get(r.srv.URL() + "/api/info")
	must(r, err)
	must(r, resp.Body.Close())
	if took := (<-calls).Took; took < delay {
		t.Errorf("the call took %s, and waited for %s", took, delay)
	}
}
