package sandbox_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rocketline/rocketline/sandbox"
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
