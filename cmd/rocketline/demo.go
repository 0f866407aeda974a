package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	rocketbox "github.com/rocketline/rocketline/sandbox"
)

// demo runs a sandbox and the service in front of it.
type demo struct {
	Sandbox string `env:"ROCKETLINE_SANDBOX" default:"127.0.0.1:3000" placeholder:"ADDR" help:"Where the sandbox is served (${default})."`
	Limits  bool   `env:"ROCKETLINE_LIMITS" help:"Let the sandbox limit calls as a Rocket.Chat does: 10 a minute for each address and route, and the like."`

	Edge edgeFlags `embed:""`
	Log  logFlags  `embed:""`
}

// Run runs the demo until ctx ends.
func (c *demo) Run(ctx context.Context, stdio console) error {
	if err := c.Edge.check(); err != nil {
		return err
	}
	if at := public(c.Edge.GRPC, c.Edge.HTTP, c.Sandbox); at != "" {
		return errUsage{fmt.Errorf("the demo lets everyone in, so it listens on 127.0.0.1 only, not on %s", at)}
	}
	logger, err := c.Log.logger(stdio.log)
	if err != nil {
		return err
	}
	box, err := rocketbox.New(rocketbox.Options{Addr: c.Sandbox, RateLimits: c.Limits, Logger: logger.With(slog.String("in", "sandbox"))})
	if err != nil {
		return listenError("--sandbox", c.Sandbox, err)
	}
	defer func() { _ = box.Close() }()
	box.Agent("ann").ReplyFunc(answers)

	return service{
		edge: c.Edge, open: true, site: box.URL(), logger: logger,
		started: func(grpc, http, admin net.Addr) { guide(stdio.out, box.URL(), grpc, http, admin) },
	}.run(ctx)
}

// answers is the demo's agent: she types a moment, then repeats what she heard.
func answers(visitorText string) []rocketbox.Step {
	return []rocketbox.Step{{After: 400 * time.Millisecond, Typing: true, Text: "You wrote: " + visitorText}}
}

// guide prints what to try.
func guide(w io.Writer, box string, grpc, http, admin net.Addr) {
	fmt.Fprintf(w, `
Rocketline is running, with a sandbox instead of a Rocket.Chat and an agent, ann, who answers. Stop it with Ctrl-C.

  REST     http://%[2]s      gRPC     %[1]s (plaintext, with reflection)
  admin    http://%[3]s      sandbox  %[4]s

In another terminal:

  TOKEN=$(curl -s http://%[2]s/v1/visitors -d '{"name":"Zoe"}' | sed 's/.*"visitorToken":"\([^"]*\)".*/\1/')
  ROOM=$(curl -s http://%[2]s/v1/rooms -H "Authorization: Bearer $TOKEN" -d '{}' | sed 's/.*"room":{"id":"\([^"]*\)".*/\1/')
  curl -sN http://%[2]s/v1/events -H "Authorization: Bearer $TOKEN" -H 'Accept: text/event-stream' &
  curl -s http://%[2]s/v1/rooms/$ROOM/messages -H "Authorization: Bearer $TOKEN" -d '{"text":"Hello!"}'

`, grpc, http, admin, box)
}
