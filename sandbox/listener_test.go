package sandbox_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"google.golang.org/grpc/test/bufconn"

	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
)

// The bubble itself proves that Close leaves nothing behind: it does not end before everything in it has.
func TestASandboxOnAListenerInMemoryLivesOnTheBubblesClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listener := bufconn.Listen(64 << 10)
		srv, err := sandbox.New(sandbox.Options{Listener: listener})
		if err != nil {
			t.Fatal(err)
		}
		transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return listener.DialContext(ctx) }}
		defer transport.CloseIdleConnections()
		client := &http.Client{Transport: transport}

		b := &box{t: t, srv: srv}
		if _, err := srv.Faults().Add(fault.Rule{Kind: fault.Delay, Delay: time.Hour, Match: fault.Match{Path: "/api/info"}}); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		resp, err := client.Get(srv.URL() + "/api/info")
		must(b, err)
		must(b, resp.Body.Close())
		if took := time.Since(began); resp.StatusCode != http.StatusOK || took != time.Hour {
			t.Errorf("status %d after %s, want 200 after an hour", resp.StatusCode, took)
		}

		socket, _, err := websocket.Dial(t.Context(), srv.URL()+"/websocket", &websocket.DialOptions{HTTPClient: client})
		must(b, err)
		defer func() { _ = socket.CloseNow() }()
		must(b, socket.Write(t.Context(), websocket.MessageText, []byte(`{"msg":"connect","version":"1","support":["1"]}`)))
		synctest.Wait()
		if n, err := srv.Faults().Cut(fault.Cut{Kind: fault.HalfOpen}, 0); n != 1 || err != nil {
			t.Errorf("%d sockets fell silent, %v, want 1", n, err)
		}
		time.Sleep(time.Hour)
		must(b, srv.Close())
		if _, err := listener.Dial(); err == nil {
			t.Error("the listener is open after Close")
		}
	})
}
