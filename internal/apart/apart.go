// Package apart keeps the stack of a goroutine that waits for long small. A goroutine's stack grows by doubling, and the collector halves it
// again only while less than a quarter is in use, so that one deep call leaves a goroutine that then waits for hours with several times
// what it waits in.
package apart

import (
	"fmt"
	"runtime/debug"
)

// Do calls a function in a goroutine of its own, and waits for it. What panics in it panics in the caller, with the stack that it had.
func Do(f func() error) error {
	ended := make(chan outcome, 1)
	go carryOut(f, ended)
	o := <-ended
	if o.panicked != "" {
		panic(o.panicked)
	}
	return o.err
}

// outcome is how a call ended: with which error, or in which panic.
type outcome struct {
	err      error
	panicked string
}

func carryOut(f func() error, ended chan<- outcome) {
	var o outcome
	defer func() {
		if p := recover(); p != nil {
			o.panicked = fmt.Sprintf("%v\n%s", p, debug.Stack())
		}
		ended <- o
	}()
	o.err = f()
}
