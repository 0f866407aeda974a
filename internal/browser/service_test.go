package browser

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"testing"
	"time"
)

// build makes the program once, as it is shipped.
var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "browser")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "rocketline")
	out, err := exec.Command("go", "build", "-o", binary, "../../cmd/rocketline").CombinedOutput()
	if err != nil {
		err = &exec.Error{Name: string(out), Err: err}
	}
	return binary, err
})

// service is the program in front of a Rocket.Chat, restarted as often as a test likes, at the end of one road.
type service struct {
	t    *testing.T
	road *road
	args []string

	process *exec.Cmd
	ended   chan struct{}
}

func startService(t *testing.T, r *road, args ...string) *service {
	t.Helper()
	s := &service{t: t, road: r, args: append([]string{"serve", "--open", "--grpc=127.0.0.1:0", "--http=127.0.0.1:0", "--admin=127.0.0.1:0"}, args...)}
	s.start()
	t.Cleanup(func() { s.end(os.Kill) })
	return s
}

func (s *service) start() {
	s.t.Helper()
	binary, err := build()
	if err != nil {
		s.t.Fatal(err)
	}
	// The program outlives the contexts of tests: it is ended by end.
	s.process, s.ended = exec.CommandContext(context.Background(), binary, s.args...), make(chan struct{})
	log := &startLog{at: make(chan string, 1)}
	s.process.Stderr = log
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		_ = s.process.Wait()
		close(s.ended)
	}()
	select {
	case at := <-log.at:
		s.road.leadTo(at)
	case <-s.ended:
		s.t.Fatalf("the service ends: %s", log)
	case <-time.After(patience):
		s.t.Fatalf("the service does not start: %s", log)
	}
}

// end ends the program with a signal, and waits for its end.
func (s *service) end(signal os.Signal) {
	s.t.Helper()
	_ = s.process.Process.Signal(signal)
	select {
	case <-s.ended:
	case <-time.After(patience):
		s.t.Error("the service does not end")
	}
}

// startLog keeps what a program logs, and finds in it where it serves REST.
type startLog struct {
	mu   sync.Mutex
	text bytes.Buffer
	at   chan string
}

var serving = regexp.MustCompile(`msg=serving grpc=\S+ http=(\S+)`)

// Write implements io.Writer.
func (l *startLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	told := serving.Match(l.text.Bytes())
	l.text.Write(p)
	if found := serving.FindSubmatch(l.text.Bytes()); found != nil && !told {
		l.at <- string(found[1])
	}
	return len(p), nil
}

// String is everything that was logged so far.
func (l *startLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// certificate returns the flags for a certificate of 127.0.0.1 in files, and a client that trusts it.
func certificate(t *testing.T) (flags []string, client *http.Client) {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Close() // its certificate is all that is wanted
	pair := server.TLS.Certificates[0]
	secret, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, block := range map[string]*pem.Block{
		"cert": {Type: "CERTIFICATE", Bytes: pair.Certificate[0]}, "key": {Type: "PRIVATE KEY", Bytes: secret},
	} {
		file := filepath.Join(dir, name+".pem")
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		flags = append(flags, "--tls-"+name+"="+file)
	}
	return flags, server.Client()
}
