package main

import (
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestHealthTellsHowTheServiceIs(t *testing.T) {
	t.Parallel()
	upstream := startSite(t)
	p, at := startServe(t, "--open", "--rocketchat-url="+upstream.url)
	p.logged(`msg="rocket.chat answers"`)
	_, port, err := net.SplitHostPort(at.admin)
	if err != nil {
		t.Fatal(err)
	}
	for name, environ := range map[string][]string{
		"where it listens":               {"ROCKETLINE_ADMIN=" + at.admin},
		"where it listens for everybody": {"ROCKETLINE_ADMIN=:" + port},
		"on all of the machine's IPv4":   {"ROCKETLINE_ADMIN=0.0.0.0:" + port},
		"on all of the machine's IPv6":   {"ROCKETLINE_ADMIN=[::]:" + port},
		"upstream":                       {"ROCKETLINE_ADMIN=" + at.admin, "ROCKETLINE_HEALTH_UPSTREAM=true"},
	} {
		if out, _, err := perform(t, environ, "health"); err != nil || out != "ok\n" {
			t.Errorf("%s: %q, error %v", name, out, err)
		}
	}

	upstream.down()
	p.logged(`msg="rocket.chat does not answer`)
	if out, _, err := perform(t, nil, "health", "--admin="+at.admin); err != nil || out != "ok\n" {
		t.Errorf("while Rocket.Chat is down: %q, error %v", out, err)
	}
	out, _, err := perform(t, nil, "health", "--admin="+at.admin, "--upstream")
	if err == nil || out != "no\n" || exitCode(err) != 1 || !strings.Contains(err.Error(), "503") {
		t.Errorf("while Rocket.Chat is down, of Rocket.Chat: %q, error %v", out, err)
	}

	if err := p.stop(); err != nil {
		t.Error(err)
	}
	out, _, err = perform(t, nil, "health", "--admin="+at.admin)
	if err == nil || out != "" || exitCode(err) != 1 ||
		!regexp.MustCompile(`^no service answers at --admin `+at.admin+`: dial tcp .*: connect: connection refused$`).MatchString(err.Error()) {
		t.Errorf("when it is gone: %q, error %v", out, err)
	}
}

func TestHealthDoesNotWaitForever(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	_, _, err = perform(t, nil, "health", "--timeout=50ms", "--admin="+silent.Addr().String())
	if err == nil || exitCode(err) != 1 || !strings.Contains(err.Error(), "deadline") {
		t.Errorf("error %v", err)
	}
}

func TestVersionSaysWhatIsRunning(t *testing.T) {
	t.Parallel()
	out, _, err := perform(t, nil, "version")
	if err != nil || !regexp.MustCompile(`^rocketline \S+( \S+)* \(go\S+.*\)\n$`).MatchString(out) {
		t.Errorf("%q, error %v", out, err)
	}
}

func TestTheSandboxPlaysTheVersionItIsAskedFor(t *testing.T) {
	t.Parallel()
	for profile, version := range map[string]string{"3.4": "3.4", "6.5": "6.5", "7.0": "7.", "later": "8."} {
		p := start(t, nil, "sandbox", "--addr=127.0.0.1:0", "--profile="+profile)
		at := p.printed(`^http://(\S+)\n$`)[1]
		status, _, info := rest(t, at, nil).do(http.MethodGet, "/api/info", "")
		if status != http.StatusOK || !strings.Contains(info, `"version":"`+version) {
			t.Errorf("profile %s: %d %s", profile, status, info)
		}
		if err := p.stop(); err != nil {
			t.Errorf("profile %s: error %v", profile, err)
		}
	}
}

func TestTheSandboxHasTheAgentsItIsAskedFor(t *testing.T) {
	t.Parallel()
	box := start(t, nil, "sandbox", "--addr=127.0.0.1:0", "--agent=bob")
	_, at := startServe(t, "--open", "--rocketchat-url="+box.printed(`^(\S+)\n$`)[1])
	visitor := rest(t, at.http, nil)
	visitor = visitor.as(visitor.register("Zoe"))
	room := visitor.open()
	stream := visitor.follow("text/event-stream")
	visitor.say(room, "Hello!")
	if by := stream.message("You wrote: Hello!").GetMessageCreated().GetMessage().GetAuthor().GetUsername(); by != "bob" {
		t.Errorf("%q answers", by)
	}
}

func TestTheSandboxSaysThatItsAddressIsTaken(t *testing.T) {
	t.Parallel()
	first := start(t, nil, "sandbox", "--addr=127.0.0.1:0")
	at := first.printed(`^http://(\S+)\n$`)[1]
	_, _, err := perform(t, nil, "sandbox", "--addr="+at)
	if err == nil || !strings.HasPrefix(err.Error(), "--addr "+at+" is taken") {
		t.Errorf("error %v", err)
	}
}
