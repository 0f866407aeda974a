package main

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

const environmentPrefix = "ROCKETLINE_"

// environment is the variables that flags are taken from. An empty variable is the same as none.
type environment map[string]string

func newEnvironment(entries []string) environment {
	e := make(environment)
	for _, entry := range entries {
		if name, value, _ := strings.Cut(entry, "="); value != "" {
			e[name] = value
		}
	}
	return e
}

// fromKubernetes are variables that Kubernetes sets by itself in every pod beside a service that is called rocketline, or so begins.
var fromKubernetes = regexp.MustCompile(
	`^ROCKETLINE_([A-Z0-9]+_)*(SERVICE_HOST=|SERVICE_PORT(_[A-Z0-9_]+)?=|PORT=[a-z]+://|PORT_[0-9]+_[A-Z]+(_PROTO|_PORT|_ADDR)?=)`)

// check refuses variables that look like ours and are none: a misspelt one would otherwise be passed over in silence.
func (e environment) check(app *kong.Application) error {
	known := make(map[string]bool)
	for _, command := range app.Leaves(false) {
		for _, flags := range command.AllFlags(false) {
			for _, flag := range flags {
				for _, env := range flag.Envs {
					known[env] = true
				}
			}
		}
	}
	var unknown []string
	for name, value := range e {
		if strings.HasPrefix(name, environmentPrefix) && !known[name] && !fromKubernetes.MatchString(name+"="+value) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("no flag has the environment variable %s (the help of a command lists those there are)", strings.Join(unknown, ", "))
}

// claim takes the flags' variables away from kong, which would read them from the process, and an empty one as a value.
func claim(app *kong.Application) error {
	return kong.Visit(app, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			flag.Tag.Envs = nil // the flag itself still has them
		}
		return next(nil)
	})
}

// Validate implements kong.Resolver.
func (environment) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver: it returns what a flag that was not typed gets from its variable; nil for nothing.
func (e environment) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		value, ok := e[name]
		if !ok {
			continue
		}
		if err := fits(flag, value); err != nil {
			return nil, fmt.Errorf("%w, from the environment variable %s", err, name)
		}
		return value, nil
	}
	return nil, nil
}

// fits tries whether a flag takes a value, so that the error can name the variable that it came from.
func fits(flag *kong.Flag, value string) error {
	into := reflect.New(flag.Target.Type()).Elem()
	scan := kong.Scan().PushTyped(value, kong.FlagValueToken)
	if err := flag.Mapper.Decode(&kong.DecodeContext{Value: flag.Value, Scan: scan}, into); err != nil {
		return err
	}
	if choice := flag.EnumSlice(); flag.Enum != "" && into.Kind() == reflect.String && !slices.Contains(choice, into.String()) {
		return fmt.Errorf(`must be one of "%s" but got %q`, strings.Join(choice, `","`), value)
	}
	return nil
}

// helpOf is a flag's help with its variable.
func helpOf(value *kong.Value) string {
	if value.Flag == nil || len(value.Flag.Envs) == 0 {
		return value.Help
	}
	return fmt.Sprintf("%s ($%s).", strings.TrimSuffix(value.Help, "."), strings.Join(value.Flag.Envs, ", $"))
}

// mistyped is the error for what was typed wrong, with the way to the help that says it right.
func mistyped(err error) error {
	see := "rocketline"
	if wrong := new(kong.ParseError); errors.As(err, &wrong) {
		if command := wrong.Context.Selected(); command != nil {
			see = command.FullPath()
		}
	}
	return errUsage{fmt.Errorf("%w (see %s --help)", err, see)}
}
