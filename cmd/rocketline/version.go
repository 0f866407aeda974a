package main

import (
	"fmt"
	"runtime/debug"
)

// version prints what is running.
type version struct{}

// Run prints the module's version, the revision it was built from, and Go's.
func (version) Run(io console) error {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		fmt.Fprintln(io.out, "rocketline, of unknown version")
		return nil
	}
	revision := ""
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			revision = " " + s.Value
		}
	}
	fmt.Fprintf(io.out, "rocketline %s%s %s\n", info.Main.Version, revision, info.GoVersion)
	return nil
}
