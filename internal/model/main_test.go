// Package model_test runs conversations at random, in front of a Rocket.Chat that fails at random, and holds what readers of the stream
// make of them against what happened.
//
// One run is a script: a workspace and some steps, plain data that can be printed, shrunk, kept as a file and played again. It is played in a
// testing/synctest bubble that holds the sandbox, the service with its real gRPC server, and the readers, so that heartbeats, back-off and
// minutes of silence cost no time. The world knows what happened (truth), each reader knows what it was told (view); they are compared when
// everything has come to rest, and every reset is judged when it comes.
package model_test

import (
	"os"
	"runtime/debug"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// A run makes some megabytes of garbage and lives for milliseconds: most of the collector's work would be for nothing.
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	goleak.VerifyTestMain(m)
}
