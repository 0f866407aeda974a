package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

const environmentPrefix = "ROCKETLINE_"

// fromKubernetes are variables that Kubernetes sets by itself in every pod beside a service that is called rocketline.
var fromKubernetes = regexp.MustCompile(`^ROCKETLINE_(([A-Z0-9]+_)*SERVICE_(HOST|PORT.*)|([A-Z0-9]+_)*PORT(_.*)?)$`)

// checkEnvironment refuses variables that look like ours and are none: a misspelt one would otherwise be passed over in silence.
func checkEnvironment(app *kong.Application, environ []string) error {
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
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, environmentPrefix) && !known[name] && !fromKubernetes.MatchString(name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("no flag has the environment variable %s (the help of a command lists those there are)", strings.Join(unknown, ", "))
}
