package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	if os.Getenv(bareEnvironment) != "" {
		panic(serveBare())
	}
	goleak.VerifyTestMain(m)
}

// patience is how long a test waits for what has to happen. Nothing takes that long unless it never happens.
const patience = 20 * time.Second

// skip leaves a test out where the machine lacks something. Where TEST_NO_SKIP is 1, as in CI, that is a failure.
func skip(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("TEST_NO_SKIP") == "1" {
		t.Fatal("cannot be skipped, because TEST_NO_SKIP is 1: " + why)
	}
	t.Skip(why)
}

// screen keeps what a program writes, and lets a test wait for it.
type screen struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{} // closed and replaced by every write
}

func newScreen() *screen { return &screen{changed: make(chan struct{})} }

// Write implements io.Writer.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
	return s.text.Write(p)
}

// String is everything that was written so far.
func (s *screen) String() string {
	text, _ := s.read()
	return text
}

func (s *screen) read() (string, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String(), s.changed
}

// program is the command, run in this process as main runs it.
type program struct {
	t        testing.TB
	out, log *screen
	cancel   context.CancelFunc
	ended    chan struct{}
	err      error // once ended is closed
}

// start runs the command until stop, or the end of the test.
func start(t testing.TB, environ []string, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	p := &program{t: t, out: newScreen(), log: newScreen(), cancel: cancel, ended: make(chan struct{})}
	go func() {
		p.err = run(ctx, args, environ, p.out, p.log)
		close(p.ended)
	}()
	t.Cleanup(func() {
		cancel()
		_ = p.wait()
		if t.Failed() {
			t.Logf("%v printed:\n%s\nand logged:\n%s", args, p.out, p.log)
		}
	})
	return p
}

// child starts a command that goes on until it is told to end, as a process of its own.
func child(t testing.TB, c *exec.Cmd) (*program, *os.Process) {
	t.Helper()
	p := &program{t: t, out: newScreen(), log: newScreen(), ended: make(chan struct{})}
	c.Stdout, c.Stderr = p.out, p.log
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		p.err = c.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = c.Process.Kill()
		<-p.ended
		if t.Failed() {
			t.Logf("it printed:\n%s\nand logged:\n%s", p.out, p.log)
		}
	})
	return p, c.Process
}

// wait returns what the program returns, when it does.
func (p *program) wait() error {
	p.t.Helper()
	select {
	case <-p.ended:
		return p.err
	case <-time.After(patience):
		p.t.Fatal("the program does not end")
		return nil
	}
}

// stop is Ctrl-C; it returns what the program returns.
func (p *program) stop() error {
	p.t.Helper()
	p.cancel()
	return p.wait()
}

// logged waits until the program has logged what the expression says, and returns its groups.
func (p *program) logged(expression string) []string {
	p.t.Helper()
	return p.await(p.log, expression)
}

// printed is logged for what the program prints.
func (p *program) printed(expression string) []string {
	p.t.Helper()
	return p.await(p.out, expression)
}

func (p *program) await(s *screen, expression string) []string {
	p.t.Helper()
	pattern, late, ended := regexp.MustCompile(expression), time.After(patience), p.ended
	for {
		text, changed := s.read()
		if found := pattern.FindStringSubmatch(text); found != nil {
			return found
		}
		select {
		case <-changed:
		case <-ended:
			ended = nil // look once more: it may be its last word
			if text, _ := s.read(); !pattern.MatchString(text) {
				p.t.Fatalf("the program ended with error %v before it wrote %q", p.err, expression)
			}
		case <-late:
			p.t.Fatalf("the program never wrote %q", expression)
		}
	}
}

// addresses are where a service listens.
type addresses struct{ grpc, http, admin string }

// addresses waits until the service listens.
func (p *program) addresses() addresses {
	p.t.Helper()
	found := p.logged(`msg=serving grpc=(\S+) http=(\S+) admin=(\S+)`)
	return addresses{grpc: found[1], http: found[2], admin: found[3]}
}

// anywhere are the flags of a service that listens wherever there is room.
func anywhere(args ...string) []string {
	return append(args, "--grpc=127.0.0.1:0", "--http=127.0.0.1:0", "--admin=127.0.0.1:0")
}

// perform runs a command that ends by itself.
func perform(t *testing.T, environ []string, args ...string) (out, log string, err error) {
	t.Helper()
	p := start(t, environ, args...)
	err = p.wait()
	return p.out.String(), p.log.String(), err
}

// eventually waits until a condition holds that has no way to tell by itself.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for late := time.After(patience); !holds(); {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("never came true: %s", what)
		}
	}
}
