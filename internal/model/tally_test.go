package model_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// tally counts what occurred in all runs.
type tally struct {
	mu sync.Mutex
	of map[string]int
}

func (t *tally) add(what string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[string]int{}
	}
	t.of[what] += n
}

// resets are the causes of all resets, each as often as it occurred; "none" for none.
func (t *tally) resets() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var causes []string
	for _, what := range slices.Sorted(maps.Keys(t.of)) {
		if cause, ok := strings.CutPrefix(what, "reset "); ok {
			causes = append(causes, slices.Repeat([]string{cause}, t.of[what])...)
		}
	}
	return cmp.Or(strings.Join(causes, " "), "none")
}

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(t.of)) {
		fmt.Fprintf(&b, "%9d %s\n", t.of[what], what)
	}
	return b.String()
}
