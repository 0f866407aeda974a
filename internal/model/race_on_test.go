//go:build race

package model_test

// race tells that the race detector is on, with which a run takes ten times as long.
const race = true
