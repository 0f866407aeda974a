package sandbox_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
)

// Rocket.Chat's own clients from npm, nothing in them changed, hold a conversation on both sides: a visitor and two agents.
func TestClientsFromNPMTakeTheSandboxForRocketChat(t *testing.T) {
	installClients(t)
	for _, profile := range []sandbox.Profile{sandbox.V3_4, sandbox.V6_5, sandbox.V7_0} {
		for _, script := range []string{"ddp-client.mjs", "sdk.mjs"} {
			t.Run(string(profile)+" "+script, func(t *testing.T) {
				t.Parallel()
				converse(t, profile, script)
			})
		}
	}
}

func converse(t *testing.T, profile sandbox.Profile, script string) {
	t.Helper()
	roles := []string{"user", "livechat-agent", "livechat-manager"} // a plain agent may not forward
	srv, err := sandbox.New(sandbox.Options{
		Profile: profile, Routing: sandbox.ManualSelection,
		Accounts: []sandbox.Account{
			{Username: "ann", Password: "s3cret", Roles: roles}, {Username: "bob", Password: "s3cret", Roles: roles},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", script)
	cmd.Dir = "clients"
	cmd.Env = append(os.Environ(),
		"SITE="+srv.URL(), "PROFILE="+string(profile), "AGENT=ann", "COLLEAGUE=bob", "PASSWORD=s3cret")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// installClients fetches the clients that package-lock.json pins. Without npm the test is left out, where that is allowed.
func installClients(t *testing.T) {
	t.Helper()
	if _, err := os.Stat(filepath.Join("clients", "node_modules", ".package-lock.json")); err == nil {
		return
	}
	if _, err := exec.LookPath("npm"); err != nil {
		leaveOut(t, "npm is not installed")
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci")
	cmd.Dir = "clients"
	if out, err := cmd.CombinedOutput(); err != nil {
		leaveOut(t, "npm ci: "+err.Error()+"\n"+string(out))
	}
}

// leaveOut skips a test where the machine lacks something. Where TEST_NO_SKIP is 1, as in CI, that is a failure.
func leaveOut(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("TEST_NO_SKIP") == "1" {
		t.Fatal("cannot be skipped, because TEST_NO_SKIP is 1: " + why)
	}
	t.Skip(why)
}
