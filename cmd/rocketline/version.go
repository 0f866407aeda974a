package main

import (
	"cmp"
	"fmt"
	"runtime/debug"
)

// release is what a build was made from, a tag or a commit; make build sets it.
var release string

// version prints what is running.
type version struct{}

// Run prints the release, or else what Go knows of where the program came from, and Go's own version.
func (version) Run(io console) error {
	what, compiler := release, "go"
	if info, ok := debug.ReadBuildInfo(); ok {
		what, compiler = cmp.Or(what, info.Main.Version), info.GoVersion
	}
	fmt.Fprintf(io.out, "rocketline %s (%s)\n", cmp.Or(what, "of unknown version"), compiler)
	return nil
}
