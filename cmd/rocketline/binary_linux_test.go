package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// nobody is the user that the image runs as.
const nobody = 65532

// stepOfTheImage is the Dockerfile's own step that makes the binary.
func stepOfTheImage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if step, ok := strings.CutPrefix(strings.TrimSpace(line), "RUN "); ok && strings.Contains(step, "build") {
			return step
		}
	}
	t.Fatal("the Dockerfile builds nothing")
	return ""
}

// TestTheBinaryRunsAloneInAnEmptyFolder does what the image does: one static file, no other file in sight, no rights, no environment.
func TestTheBinaryRunsAloneInAnEmptyFolder(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		skip(t, "only root may shut a program into a folder")
	}
	root := filepath.Join(t.TempDir(), "root")
	if err := os.Mkdir(root, 0o755); err != nil { // another user has to enter it
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "sh", "-c", stepOfTheImage(t))
	build.Dir = "../.."
	build.Env = append(os.Environ(), "VERSION=v1.2.3", "OUT="+root+"/rocketline")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	// inside returns the command shut into the folder.
	inside := func(ctx context.Context, args ...string) *exec.Cmd {
		c := exec.CommandContext(ctx, "/rocketline", args...)
		c.Dir, c.Env = "/", []string{}
		c.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		return c
	}
	version, err := inside(t.Context(), "version").CombinedOutput()
	if errors.Is(err, syscall.EPERM) {
		skip(t, "this machine does not let root shut a program into a folder")
	}
	if err != nil || !strings.HasPrefix(string(version), "rocketline v1.2.3 (go") {
		t.Errorf("version: %v, %s", err, version)
	}
	wrong, err := inside(t.Context(), "serve").CombinedOutput()
	if code := new(exec.ExitError); !errors.As(err, &code) || code.ExitCode() != 2 || !strings.HasPrefix(string(wrong), "rocketline: serve lacks") {
		t.Errorf("serve with nothing: %v, %s", err, wrong)
	}

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	p, demo := child(t, inside(ctx, anywhere("demo", "--sandbox=127.0.0.1:0")...))
	at := p.addresses()
	visitor := rest(t, at.http, nil)
	visitor = visitor.as(visitor.register("Zoe"))
	room := visitor.open()
	stream := visitor.follow("text/event-stream")
	visitor.say(room, "Hello!")
	stream.message("You wrote: Hello!")
	if status, err := inside(ctx, "health", "--admin="+strings.TrimPrefix(at.admin, "127.0.0.1")).CombinedOutput(); err != nil {
		t.Errorf("health: %v, %s", err, status)
	}
	if _, _, body := rest(t, at.admin, nil).do(http.MethodGet, "/metrics", ""); !strings.Contains(body, "rocketline_streams 1") {
		t.Error("no metrics")
	}
	if err := demo.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	stream.goodbye()
	if err := p.wait(); err != nil {
		t.Errorf("after SIGTERM it ends with %v", err)
	}

	// Whoever does not want to wait for the drain says so twice.
	p, demo = child(t, inside(ctx, anywhere("demo", "--sandbox=127.0.0.1:0", "--drain=1h")...))
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", p.addresses().http)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "POST /v1/visitors HTTP/1.1\r\nHost: demo\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") { // the call is under way
		t.Fatalf("%q, %v", line, err)
	}
	if err := demo.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	p.logged(`shutting down`)
	eventually(t, "a second signal ends it", func() bool {
		_ = demo.Signal(syscall.SIGINT)
		select {
		case <-p.ended:
			return true
		default:
			return false
		}
	})
	if state := new(exec.ExitError); !errors.As(p.err, &state) || state.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
		t.Errorf("it ends with %v", p.err)
	}
}
