package browser

import (
	"os/exec"
	"testing"
)

// TestThePageWhenTheServiceAnswersAsItSeldomDoes runs what stands in stream.test.mjs, without a browser.
func TestThePageWhenTheServiceAnswersAsItSeldomDoes(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		skip(t, "node is not installed")
	}
	if out, err := exec.CommandContext(t.Context(), node, "--test", "stream.test.mjs").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
