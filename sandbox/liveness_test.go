package sandbox_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/rocketline/rocketline/sandbox"
)

// brittle is a server whose clock panics once, at the n-th look at it after n was stored, as any mistake inside a request would.
func brittle(t *testing.T, profile sandbox.Profile) (*sandbox.Server, *atomic.Int64) {
	t.Helper()
	var looks atomic.Int64
	srv, err := sandbox.New(sandbox.Options{Profile: profile, Now: func() time.Time {
		if looks.Load() > 0 && looks.Add(-1) == 0 {
			panic("a mistake")
		}
		return time.Now()
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	return srv, &looks
}

// soon fails the test where something that must not wait does.
func soon(t *testing.T, what string, do func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	select {
	case <-done:
	case <-time.After(3 * time.Second):
		t.Fatal(what + " hangs")
	}
}

// greeted is a client with an open DDP session.
func greeted(t *testing.T, srv *sandbox.Server) *client {
	t.Helper()
	c := dial(t, srv)
	c.send(`{"msg":"connect","version":"1","support":["1"]}`)
	for !strings.Contains(string(c.next("control")), `"connected"`) {
	}
	return c
}

func TestAMistakeInOneRequestStopsNoOther(t *testing.T) {
	for _, profile := range []sandbox.Profile{sandbox.V3_4, sandbox.V6_5} {
		t.Run(string(profile)+" in a DDP method", func(t *testing.T) {
			srv, looks := brittle(t, profile)
			c := greeted(t, srv)
			looks.Store(1)
			c.send(`{"msg":"method","id":"1","method":"livechat:registerGuest","params":[{"token":"t"}]}`)
			for range c.frames { // until the connection ends
			}
			soon(t, "the next request", func() { srv.Agent("ann") })
			soon(t, "Close", func() { _ = srv.Close() })
			if n := srv.Connections(); n != 0 {
				t.Errorf("%d connections are left", n)
			}
		})
		for n := int64(2); n <= 4; n++ { // the first look is that of the log
			t.Run(string(profile)+" in a REST call", func(t *testing.T) {
				srv, looks := brittle(t, profile)
				looks.Store(n)
				resp, err := http.Post(srv.URL()+"/api/v1/livechat/visitor", "application/json", strings.NewReader(`{"visitor":{"token":"t"}}`))
				if err == nil {
					_ = resp.Body.Close()
				}
				soon(t, "the next request", func() { srv.Agent("ann") })
			})
		}
	}
}

func TestDroppingAConnectionThatIsBeingClosedWaitsForNobody(t *testing.T) {
	for name, drop := range map[string]func(*sandbox.Server){
		"DropConnections": (*sandbox.Server).DropConnections,
		"Close":           func(s *sandbox.Server) { _ = s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			srv := start(t, sandbox.Options{}).srv
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			conn, _, err := websocket.Dial(ctx, strings.Replace(srv.URL(), "http", "ws", 1)+"/websocket", nil)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = conn.CloseNow() }()
			if err := conn.Write(ctx, websocket.MessageText, []byte(`{"msg":"connect","version":"none","support":["none"]}`)); err != nil {
				t.Fatal(err)
			}
			for frame := []byte(nil); !bytes.Contains(frame, []byte(`"failed"`)); { // the close frame behind it is never answered
				if _, frame, err = conn.Read(ctx); err != nil {
					t.Fatal(err)
				}
			}
			soon(t, name, func() { drop(srv) })
			soon(t, "the next request", func() { srv.Agent("ann") })
		})
	}
}

func TestAnUploadGoesOnAsTheSameAccountOfALoadedState(t *testing.T) {
	s := newStage(t, sandbox.Options{}, true)
	reader, writer := io.Pipe()
	form := multipart.NewWriter(writer)
	req, err := http.NewRequest(http.MethodPost, s.srv.URL()+"/api/v1/rooms.upload/"+s.rid, reader)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("X-User-Id", "ann-id")
	req.Header.Set("X-Auth-Token", "ann-token")
	answered := make(chan int, 1)
	go func() {
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			answered <- 0
			return
		}
		_ = resp.Body.Close()
		answered <- resp.StatusCode
	}()
	part, err := form.CreateFormFile("file", "large.bin")
	if err != nil {
		t.Fatal(err)
	}
	// More than the network holds: when it is written the server has found out long ago whose upload this is.
	if _, err := part.Write(make([]byte, 32<<20)); err != nil {
		t.Fatal(err)
	}
	if err := s.srv.Load(bytes.NewReader(saved(t, s.srv))); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(form.Close(), writer.Close()); err != nil {
		t.Fatal(err)
	}
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the upload answers %d", status)
	}
}

func TestAServerThatCannotStartKeepsNoPort(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := free.Addr().String()
	_ = free.Close()
	if _, err := sandbox.New(sandbox.Options{Addr: addr, Control: taken.Addr().String()}); !errors.Is(err, sandbox.ErrControlAddress) {
		t.Fatalf("err = %v", err)
	}
	again, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatalf("the port is kept: %v", err)
	}
	_ = again.Close()
}

func TestCloseMayBeCalledByManyWhileRequestsRun(t *testing.T) {
	r := start(t, sandbox.Options{Agents: []sandbox.AgentSpec{{Username: "ann"}}})
	room := r.chat("t")
	var clients sync.WaitGroup
	for range 4 {
		greeted(t, r.srv)
		clients.Go(func() {
			for { // until the server is gone
				_, _ = r.srv.Agent("ann").Send(room, "hello")
				resp, err := http.Get(r.srv.URL() + "/api/v1/livechat/config")
				if err != nil {
					return
				}
				_ = resp.Body.Close()
			}
		})
	}
	soon(t, "Close", func() {
		var closers sync.WaitGroup
		for range 3 {
			closers.Go(func() { _ = r.srv.Close() })
		}
		closers.Wait()
	})
	clients.Wait()
	_ = r.srv.Close()
}
