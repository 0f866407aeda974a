// Package browser tries in a real browser what pages are promised: a conversation followed with fetch stays whole.
//
// The page in the folder page is what front-end developers copy: stream.mjs follows, conversation.mjs keeps what is known of a room.
package browser

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what has to happen. Nothing takes that long unless it never happens.
const patience = time.Minute

// skip leaves a test out where the machine lacks something. Where TEST_NO_SKIP is 1, as in CI, that is a failure.
func skip(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("TEST_NO_SKIP") == "1" {
		t.Fatal("cannot be skipped, because TEST_NO_SKIP is 1: " + why)
	}
	t.Skip(why)
}

// chromium returns where the distribution's Chromium is, and installs what drives it.
func chromium(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		skip(t, "chromium is not installed")
	}
	if _, err := os.Stat(filepath.Join("node_modules", ".package-lock.json")); err == nil {
		return path
	}
	if _, err := exec.LookPath("npm"); err != nil {
		skip(t, "npm is not installed")
	}
	if out, err := exec.CommandContext(t.Context(), "npm", "ci").CombinedOutput(); err != nil {
		skip(t, "npm ci: "+err.Error()+"\n"+string(out))
	}
	return path
}
