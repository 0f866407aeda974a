package browser

import (
	"os"
	"os/exec"
	"testing"
)

// TestThePageWhenTheServiceAnswersAsItSeldomDoes runs what stands in stream.test.mjs, without a browser.
func TestThePageWhenTheServiceAnswersAsItSeldomDoes(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		skip(t, "node is not installed")
	}
	for _, file := range []string{"stream.test.mjs", "page/stream.mjs", "page/conversation.mjs"} {
		if _, err := os.ReadFile(file); err != nil { // so that go test knows that the result depends on it
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), node, "--test", "stream.test.mjs").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
