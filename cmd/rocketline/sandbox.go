package main

import (
	"context"
	"fmt"
	"log/slog"

	rocketbox "github.com/rocketline/rocketline/sandbox"
)

// sandbox runs the sandbox alone.
type sandbox struct {
	Addr    string   `env:"ROCKETLINE_SANDBOX" default:"127.0.0.1:3000" placeholder:"ADDR" help:"Where it is served (${default})."`
	Profile string   `env:"ROCKETLINE_PROFILE" enum:"3.4,6.5" default:"6.5" help:"Which Rocket.Chat it plays: 3.4 or 6.5."`
	Agent   []string `env:"ROCKETLINE_AGENT" default:"ann" placeholder:"NAME" help:"Agents that are online and answer (${default})."`
	Limits  bool     `env:"ROCKETLINE_LIMITS" help:"Limit calls as a Rocket.Chat does: 10 a minute for each address and route, and the like."`

	Log logFlags `embed:""`
}

var profiles = map[string]rocketbox.Profile{"3.4": rocketbox.V3_4, "6.5": rocketbox.V6_5}

// Run serves until ctx ends.
func (c *sandbox) Run(ctx context.Context, io console) error {
	logger, err := c.Log.logger(io.log)
	if err != nil {
		return err
	}
	box, err := rocketbox.New(rocketbox.Options{Addr: c.Addr, Profile: profiles[c.Profile], RateLimits: c.Limits, Logger: logger})
	if err != nil {
		return listenError("--addr", c.Addr, err)
	}
	defer func() { _ = box.Close() }()
	for _, name := range c.Agent {
		box.Agent(name).ReplyFunc(answers)
	}
	logger.InfoContext(ctx, "the sandbox is serving", slog.String("profile", c.Profile), slog.Any("agents", c.Agent))
	fmt.Fprintln(io.out, box.URL())
	<-ctx.Done()
	return nil
}
