package follow

import (
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// How a reader that came back, or fell behind, went on.
const (
	byLog = "log" // exactly, from its position
	bySum = "sum" // by what it knows
)

// Meter is told what happens, for metrics. Its methods must not wait.
type Meter interface {
	// Read: a room was read from REST for a reason ("begin", "break", "doubt", "close", "history", "audit").
	Read(why string, ok bool, took time.Duration)
	// Resumed: a reader goes on without a reset, by "log" or by "sum".
	Resumed(how string)
	// Reset: a reader, or all of a room, got a reset.
	Reset(why livechatv1.ResetCause)
	// Lag is how many entries a reader is behind when it takes some.
	Lag(entries uint64)
	// Behind is how long ago a message was last changed at Rocket.Chat when it was heard of, by two clocks.
	Behind(d time.Duration)
}

type noMeter struct{}

func (noMeter) Read(string, bool, time.Duration) {}
func (noMeter) Resumed(string)                   {}
func (noMeter) Reset(livechatv1.ResetCause)      {}
func (noMeter) Lag(uint64)                       {}
func (noMeter) Behind(time.Duration)             {}
