package main

import (
	"errors"
	"syscall"
	"time"
)

// tcpUserTimeout is TCP_USER_TIMEOUT, which package syscall does not name.
const tcpUserTimeout = 0x12

// giveUpAfter makes the connections of a listener break when what was sent over them is not taken for so long. Without it a peer that
// is gone without a word is noticed only after a quarter of an hour of repetitions: writes succeed until the buffers are full, and
// heartbeats do not fill them in that time.
func giveUpAfter(unacknowledged time.Duration) func(network, address string, c syscall.RawConn) error {
	return func(_, _ string, c syscall.RawConn) error {
		var err error
		failed := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(unacknowledged.Milliseconds()))
		})
		return errors.Join(failed, err)
	}
}
