package fault

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a network in memory, so that a server and its client live in a synctest bubble, where time is not waited for.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.done:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// inMemory runs a server with faults inside a bubble.
func inMemory(t *testing.T, i *Injector, handler http.Handler) *http.Client {
	t.Helper()
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: i.Handler(handler, Hooks{})}
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(i.Listener(p)) })
	transport := &http.Transport{DialContext: p.dial, DisableKeepAlives: true}
	t.Cleanup(func() {
		_ = server.Close()
		transport.CloseIdleConnections()
		running.Wait()
	})
	return &http.Client{Transport: transport}
}

func TestDelay(t *testing.T) {
	send := func(t *testing.T, client *http.Client, timeout time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), timeout)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://memory/", strings.NewReader("hello"))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := client.Do(req)
		if err != nil {
			return err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		return errors.Join(err, resp.Body.Close())
	}
	rule := Rule{Kind: Delay, Delay: 3 * time.Second}

	t.Run("a request waits, then it is handled with its whole body", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var s store
			begin := time.Now()
			if err := send(t, inMemory(t, injector(t, rule), &s), time.Minute); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begin); took != 3*time.Second || !slices.Equal(s.texts(), []string{"hello"}) {
				t.Errorf("it took %v, stored is %q", took, s.texts())
			}
		})
	})
	t.Run("delays add up", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			begin := time.Now()
			if err := send(t, inMemory(t, injector(t, rule, rule), &store{}), time.Minute); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(begin); took != 6*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	})
	t.Run("a client who leaves meanwhile wrote nothing", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var s store
			client := inMemory(t, injector(t, rule), &s)
			if err := send(t, client, time.Second); !errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("the client sees %v", err)
			}
			time.Sleep(time.Minute)
			if len(s.texts()) != 0 {
				t.Errorf("stored is %q", s.texts())
			}
		})
	})
}
