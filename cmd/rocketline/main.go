// Command rocketline is a gRPC and REST service in front of Rocket.Chat Omnichannel Livechat.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once, for whoever does not want to wait for the drain.
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "rocketline:", err)
		os.Exit(exitCode(err))
	}
}

// errUsage marks what the user typed wrong, as against what went wrong.
type errUsage struct{ error }

func (e errUsage) Unwrap() error { return e.error }

func exitCode(err error) int {
	if errors.As(err, new(errUsage)) {
		return 2
	}
	return 1
}

// commands is everything that can be typed. Each command is a struct of its flags with a method Run.
type commands struct {
	Demo    demo    `cmd:"" help:"Run everything on this machine, without a Rocket.Chat: a sandbox with an agent that answers, and the service in open mode in front of it."`
	Serve   serve   `cmd:"" help:"Run the service in front of a Rocket.Chat."`
	Sandbox sandbox `cmd:"" help:"Run the sandbox alone: a Rocket.Chat in memory, for the tests of programs that talk to one."`
	Health  health  `cmd:"" help:"Ask a running service whether it is ready; exit with 0 if it is."`
	Key     key     `cmd:"" help:"Make a service key, and the entry for the file that --service-keys names."`
	Version version `cmd:"" help:"Print the version."`
}

// console is where a command writes what it is asked for, and where its log goes.
type console struct {
	out, log io.Writer
}

const description = `Rocketline stands in front of Rocket.Chat Omnichannel Livechat: services call it over gRPC, browsers as REST, and both follow
conversations as a stream.

Try it:  rocketline demo

Every flag can be given as an environment variable, which stands behind it in a command's help.`

// newParser makes the parser of what is typed, which takes from the environment what is not.
func newParser(c *commands, env environment, options ...kong.Option) (*kong.Kong, error) {
	parser, err := kong.New(c, append(options,
		kong.Name("rocketline"), kong.Description(description),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 110}), kong.ValueFormatter(helpOf),
		kong.Resolvers(env),
	)...)
	if err != nil {
		return nil, err
	}
	return parser, claim(parser.Model)
}

// run is the program: it parses what was typed, runs it until it is done or ctx ends, and never exits the process itself.
func run(ctx context.Context, args, environ []string, out, log io.Writer) error {
	var c commands
	env, exited := newEnvironment(environ), false
	parser, err := newParser(&c, env,
		kong.Writers(out, log), kong.Exit(func(int) { exited = true }),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(console{out: out, log: log}),
	)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	switch {
	case exited: // --help has been printed
		return nil
	case err != nil:
		return mistyped(err)
	}
	if err := env.check(parser.Model); err != nil {
		return errUsage{err}
	}
	return parsed.Run()
}
