//go:build !race

package model_test

// race tells that the race detector is off.
const race = false
