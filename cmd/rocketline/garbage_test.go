package main

import (
	"runtime/debug"
	"strings"
	"testing"
)

func TestGarbageIsCollectedSoonerUnlessGOGCSaysWhen(t *testing.T) {
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	for said, want := range map[string]string{"": "33", "77": "77"} {
		t.Setenv("GOGC", said)
		debug.SetGCPercent(77)
		p, at := startServe(t, "--open", "--rocketchat-url=http://127.0.0.1:1")
		text, err := get("http://" + at.admin + "/metrics")
		if err != nil || !strings.Contains(string(text), "\ngo_gc_gogc_percent "+want+"\n") {
			t.Errorf("GOGC=%q: it is not %s: %v", said, want, err)
		}
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	}
}
