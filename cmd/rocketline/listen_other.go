//go:build !linux

package main

import (
	"syscall"
	"time"
)

// giveUpAfter does nothing where the system has no such setting: there, a peer that is gone without a word is noticed when the system
// gives up repeating what it sends.
func giveUpAfter(time.Duration) func(network, address string, c syscall.RawConn) error { return nil }
