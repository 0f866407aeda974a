package follow

import (
	"strings"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// Meter is told what happens, for metrics. Its methods must not wait.
type Meter interface {
	// Reset: a reader was given a reset, by the contract's ResetCause without the prefix.
	Reset(cause string)
	// Resumed: a reader came back, and goes on by "ring", exactly where it was, by "sum", with what is newer than what it knows, or with a
	// "reset".
	Resumed(how string)
	// Refilled: a reader fell out of the ring, and "kept" what it knows or got a "reset".
	Refilled(outcome string)
	// Repaired: a room was read because of a "break", a "doubt", its "close", or as a "recheck", and proved to be the "same", was
	// "mended", began with a "reset" or "ended", or the reading "failed".
	Repaired(cause, outcome string, took time.Duration)
	// Lag is how many entries a reader is behind when it takes some.
	Lag(entries uint64)
	// Behind is how long ago a message was last changed at Rocket.Chat when it was heard of, by two clocks.
	Behind(d time.Duration)
}

// What the Meter is told.
const (
	byRing  = "ring"
	bySum   = "sum"
	byReset = "reset"
	kept    = "kept"

	same   = "same"
	mended = "mended"
	anew   = "reset"
	over   = "ended"
	failed = "failed"
)

func causeName(why livechatv1.ResetCause) string {
	return strings.TrimPrefix(why.String(), "RESET_CAUSE_")
}

type noMeter struct{}

func (noMeter) Reset(string)                           {}
func (noMeter) Resumed(string)                         {}
func (noMeter) Refilled(string)                        {}
func (noMeter) Repaired(string, string, time.Duration) {}
func (noMeter) Lag(uint64)                             {}
func (noMeter) Behind(time.Duration)                   {}
