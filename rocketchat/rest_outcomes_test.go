package rocketchat

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestTheListOfOutcomesIsComplete keeps testdata/outcomes.txt, from which the service's tests know which kinds and codes to expect, in step
// with what the recordings and the reference lead to.
func TestTheListOfOutcomesIsComplete(t *testing.T) {
	var outcomes []string
	for _, f := range failures {
		outcomes = append(outcomes, f.String())
	}
	for _, r := range refusals {
		outcomes = append(outcomes, failure{KindRefused, r.code}.String())
	}
	slices.Sort(outcomes)
	want := strings.Join(slices.Compact(outcomes), "\n") + "\n"
	if got, err := os.ReadFile("testdata/outcomes.txt"); err != nil || string(got) != want {
		t.Errorf("testdata/outcomes.txt should be (%v)\n%s", err, want)
	}
}

// String is a line of the list: "refused invalid-token".
func (f failure) String() string {
	kind := map[Kind]string{
		KindRefused: "refused", KindLimited: "limited", KindUnavailable: "unavailable", KindUnsupported: "unsupported",
	}[f.kind]
	return strings.TrimSpace(kind + " " + f.code)
}
