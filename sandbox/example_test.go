package sandbox_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

// A visitor registers and opens a room, which goes to the agent who is online.
func Example() {
	srv, err := sandbox.New(sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann", Name: "Ann"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()

	api := srv.URL() + "/api/v1/livechat/"
	for _, request := range []string{"visitor", "room"} {
		var resp *http.Response
		if request == "visitor" {
			body := strings.NewReader(`{"visitor":{"token":"t-1","name":"Vic"}}`)
			resp, err = http.Post(api+"visitor", "application/json", body)
		} else {
			resp, err = http.Get(api + "room?token=t-1")
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		resp.Body.Close()
		fmt.Println(request, resp.StatusCode)
	}
	for _, room := range srv.Rooms() {
		fmt.Println("served by", room.ServedBy, "open", room.Open)
	}
	// Output:
	// visitor 200
	// room 200
	// served by ann open true
}

// An agent who answers by himself: he types for a moment and then writes.
func ExampleAgent_Reply() {
	srv, err := sandbox.New(sandbox.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.Agent("ann").Reply(sandbox.Step{After: 20 * time.Millisecond, Typing: true, Text: "How can I help?"})
	fmt.Println(srv.Agent("ann").Username(), "is ready")
	// Output: ann is ready
}

// A test lets the next request fail as a proxy would.
func ExampleServer_Intercept() {
	srv, err := sandbox.New(sandbox.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	srv.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<h1>Bad Gateway</h1>")
		return true
	})
	resp, err := http.Get(srv.URL() + "/api/info")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	fmt.Println(resp.StatusCode)
	// Output: 502
}

// The workspace of a test stands in a file beside it.
func ExampleOptions_ReadYAML() {
	opts := sandbox.Options{Profile: sandbox.V7_0}
	err := opts.ReadYAML(strings.NewReader(`
routing: Manual_Selection
agents:
  - {username: ann, name: Ann}
departments:
  - {name: Sales, agents: [ann]}
settings:
  Livechat_title: Support
`))
	fmt.Println(len(opts.Agents), opts.Departments[0].Name, err)
	// Output: 1 Sales <nil>
}

// The second message is stored, and its answer is lost: what does the client do?
func ExampleServer_Faults() {
	srv, err := sandbox.New(sandbox.Options{Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer srv.Close()
	_, err = srv.Faults().Add(fault.Rule{
		Kind: fault.Lost, Match: fault.Match{Method: http.MethodPost, Path: "/api/v1/livechat/visitor"}, After: 1, Times: 1,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for i := range 3 {
		body := strings.NewReader(fmt.Sprintf(`{"visitor":{"token":"t-%d"}}`, i))
		resp, err := client.Post(srv.URL()+"/api/v1/livechat/visitor", "application/json", body)
		if err != nil {
			fmt.Println("no answer")
			continue
		}
		resp.Body.Close()
		fmt.Println(resp.StatusCode)
	}
	// Output:
	// 200
	// no answer
	// 200
}

// What one server has lived through, another begins with.
func ExampleServer_Save() {
	before, err := sandbox.New(sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer before.Close()
	resp, err := http.Post(before.URL()+"/api/v1/livechat/visitor", "application/json", strings.NewReader(`{"visitor":{"token":"t-1"}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	var state bytes.Buffer
	if err := before.Save(&state); err != nil {
		fmt.Println(err)
		return
	}

	after, err := sandbox.New(sandbox.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer after.Close()
	fmt.Println(after.Load(&state))
	resp, err = http.Get(after.URL() + "/api/v1/livechat/visitor/t-1")
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	fmt.Println(resp.StatusCode)
	// Output:
	// <nil>
	// 200
}
