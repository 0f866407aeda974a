package main

import (
	"strings"
	"sync/atomic"
	"testing"

	rocketbox "github.com/rocketline/rocketline/sandbox"
)

func TestServeFollowsRoomsByAServiceAccount(t *testing.T) {
	t.Parallel()
	var messages, rooms atomic.Int32
	box, err := rocketbox.New(rocketbox.Options{
		Agents:   []rocketbox.AgentSpec{{Username: "ann"}},
		Accounts: []rocketbox.Account{{ID: "desk-id", Username: "desk", Roles: []string{"user", "livechat-manager"}, Tokens: []string{"desk-token"}}},
		OnCall: func(c rocketbox.Call) {
			switch {
			case c.Verb == "sub" && c.Name == "stream-room-messages":
				messages.Add(1)
			case c.Verb == "sub" && c.Name == "stream-livechat-room":
				rooms.Add(1)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	p, at := startServe(t, "--open", "--log-level=debug", "--rocketchat-url="+box.URL(),
		"--rocketchat-account-id=desk-id", "--rocketchat-account-token-file="+file(t, "token", "desk-token\n"))
	conn := dial(t, at.grpc, nil)
	for _, name := range []string{"Zoe", "Gus"} {
		visitor := rest(t, at.http, nil)
		token := visitor.register(name)
		visitor = visitor.as(token)
		room := visitor.open()
		stream := subscribe(t, conn, token)
		stream.caughtUp()
		if _, err := box.Agent("ann").Send(room, "good day "+name); err != nil {
			t.Fatal(err)
		}
		stream.message("good day " + name)
	}
	if messages.Load() != 1 || rooms.Load() != 2 {
		t.Errorf("%d subscriptions to messages for %d rooms", messages.Load(), rooms.Load())
	}
	if strings.Contains(p.log.String(), "desk-token") {
		t.Error("the log tells the token")
	}
}
