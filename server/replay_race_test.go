//go:build race

package server_test

// raced says that the race detector watches, under which a play takes five times as long.
const raced = true
