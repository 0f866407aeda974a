package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	rocketbox "github.com/rocketline/rocketline/sandbox"
)

// sandbox runs the sandbox alone.
type sandbox struct {
	Addr    string `env:"ROCKETLINE_SANDBOX" default:"127.0.0.1:3000" placeholder:"ADDR" help:"Where it is served (${default})."`
	Control string `env:"ROCKETLINE_SANDBOX_CONTROL" placeholder:"ADDR" help:"Where faults are injected, the clock set and the state taken, on this machine only. Nowhere by default."`

	Profile   string   `env:"ROCKETLINE_PROFILE" enum:"3.4,6.5,7.0,later" default:"6.5" help:"Which Rocket.Chat it plays: 3.4, 6.5, 7.0 or later."`
	DDP       string   `name:"ddp" env:"ROCKETLINE_SANDBOX_DDP" enum:"mono,micro" default:"mono" help:"Whose realtime server it plays: that of one process, mono, or of the microservices, micro."`
	Accounts  *os.File `env:"ROCKETLINE_SANDBOX_ACCOUNTS" placeholder:"FILE" help:"JSON list of accounts with _id, username, password, roles and tokens."`
	Workspace *os.File `env:"ROCKETLINE_SANDBOX_WORKSPACE" placeholder:"FILE" help:"YAML description of a workspace: accounts, agents, departments, custom fields, permissions, settings."`
	Agent     []string `env:"ROCKETLINE_AGENT" placeholder:"NAME" help:"Agents that are online and answer. One named ann by default, where neither accounts nor a workspace bring users."`
	State     string   `env:"ROCKETLINE_SANDBOX_STATE" placeholder:"FILE" help:"Load the state from this file, if it is there, in the place of accounts and workspace; save it there at the end."`
	Limits    bool     `env:"ROCKETLINE_LIMITS" help:"Limit calls as a Rocket.Chat does: 10 a minute for each address and route, and the like."`
	Delays    float64  `env:"ROCKETLINE_SANDBOX_DELAYS" default:"0" placeholder:"FACTOR" help:"Answer as late as a Rocket.Chat does where it waits on purpose, times this factor (none)."`
	Seed      uint64   `env:"ROCKETLINE_SANDBOX_SEED" placeholder:"NUMBER" help:"Makes ids and faults repeatable. Random by default; the log tells it."`
	Quiet     bool     `env:"ROCKETLINE_SANDBOX_QUIET" help:"Do not write a line for every request and realtime call."`

	Log logFlags `embed:""`
}

// Run serves until ctx ends.
func (c *sandbox) Run(ctx context.Context, io console) error {
	logger, err := c.Log.logger(io.log)
	if err != nil {
		return err
	}
	opts, err := c.options(logger)
	if err != nil {
		return errUsage{err}
	}
	if !c.Quiet {
		opts.OnCall = c.requestLog(logger, io.log)
	}
	box, err := rocketbox.New(opts)
	if err != nil {
		return c.startError(err)
	}
	defer func() { _ = box.Close() }()
	if err := c.load(ctx, box, logger); err != nil {
		return err
	}
	for _, name := range c.Agent {
		box.Agent(name).ReplyFunc(answers)
	}
	logger.InfoContext(ctx, "the sandbox is serving", slog.String("profile", c.Profile), slog.String("ddp", c.DDP),
		slog.Any("agents", c.Agent), slog.Uint64("seed", opts.Seed), slog.String("control", box.ControlURL()))
	fmt.Fprintln(io.out, box.URL())
	<-ctx.Done()
	return c.save(box)
}

func (c *sandbox) options(logger *slog.Logger) (rocketbox.Options, error) {
	if c.Seed == 0 {
		c.Seed = rand.Uint64() // chosen here, so that the log can tell it
	}
	opts := rocketbox.Options{
		Addr: c.Addr, Control: c.Control, Profile: rocketbox.Profile(c.Profile), DDP: rocketbox.DDPServer(c.DDP), RateLimits: c.Limits,
		DelayScale: c.Delays, Seed: c.Seed, Logger: logger,
	}
	if c.Accounts != nil {
		defer func() { _ = c.Accounts.Close() }()
		accounts, err := rocketbox.ReadAccounts(c.Accounts)
		if err != nil {
			return opts, fmt.Errorf("--accounts: %w", err)
		}
		opts.Accounts = accounts
	}
	if c.Workspace != nil {
		defer func() { _ = c.Workspace.Close() }()
		if err := opts.ReadYAML(c.Workspace); err != nil {
			return opts, fmt.Errorf("--workspace: %w", err)
		}
	}
	if len(c.Agent) == 0 && len(opts.Accounts) == 0 && len(opts.Agents) == 0 {
		c.Agent = []string{"ann"}
	}
	return opts, nil
}

func (c *sandbox) startError(err error) error {
	switch {
	case errors.Is(err, rocketbox.ErrControlAddress):
		return listenError("--control", c.Control, err)
	case errors.As(err, new(*net.OpError)):
		return listenError("--addr", c.Addr, err)
	}
	return errUsage{err}
}

// load brings back what save wrote; a file that is not there is a fresh start. A place where nothing can be saved is told now: at the
// end it would be too late.
func (c *sandbox) load(ctx context.Context, box *rocketbox.Server, logger *slog.Logger) error {
	if c.State == "" {
		return nil
	}
	if err := c.replaceState(func(io.Writer) error { return errTrial }); !errors.Is(err, errTrial) {
		return err
	}
	file, err := os.Open(c.State)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("--state: %w", err)
	}
	defer func() { _ = file.Close() }()
	if err := box.Load(file); err != nil {
		return fmt.Errorf("--state %s: %w", c.State, err)
	}
	if c.Limits { // of the server, not of the workspace that it was saved with
		box.SetRateLimits(true)
	}
	logger.InfoContext(ctx, "the state is loaded, in the place of accounts and workspace", slog.String("file", c.State))
	return nil
}

func (c *sandbox) save(box *rocketbox.Server) error {
	if c.State == "" {
		return nil
	}
	return c.replaceState(box.Save)
}

// errTrial leaves the state's file as it is.
var errTrial = errors.New("nothing is to be saved yet")

// replaceState replaces the state's file only when all of it is written.
func (c *sandbox) replaceState(write func(io.Writer) error) error {
	part := c.State + ".part"
	file, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) // it holds login tokens
	if err != nil {
		return fmt.Errorf("--state: %w", err)
	}
	err = errors.Join(write(file), file.Close())
	if err == nil {
		err = os.Rename(part, c.State)
	}
	if err != nil {
		_ = os.Remove(part)
		return fmt.Errorf("--state: %w", err)
	}
	return nil
}

// requestLog answers what writes the log of calls: a readable one, or records of the log where that is for machines.
func (c *sandbox) requestLog(logger *slog.Logger, w io.Writer) func(rocketbox.Call) {
	if c.Log.LogFormat != "json" {
		return (&requestLog{w: w}).write
	}
	return func(call rocketbox.Call) {
		logger.Info("call", slog.String("verb", call.Verb), slog.String("name", call.Name), slog.String("outcome", call.Outcome),
			slog.Duration("took", call.Took), slog.String("refusal", call.Refusal))
	}
}

// requestLog writes a line for each call, without anything that a client sent: that may be secret.
type requestLog struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *requestLog) write(c rocketbox.Call) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := fmt.Sprintf("%s  %-7s %-42s %-7s %8s  %s", c.At.Format("15:04:05.000"), c.Verb, onOneLine(c.Name),
		c.Outcome, c.Took.Round(10*time.Microsecond), onOneLine(c.Refusal))
	fmt.Fprintln(l.w, strings.TrimRight(line, " "))
}

// onOneLine quotes what would break the line or steer the terminal: a client may call a method by any name.
func onOneLine(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
