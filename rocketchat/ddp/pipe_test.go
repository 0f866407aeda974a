package ddp

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pipeListener is a network in memory, so that a whole connection lives in a synctest bubble.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory"} }

func (l *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, errors.New("connection refused")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// serve runs a WebSocket server in memory for the length of the test and returns the client to reach it with. script gets each
// connection after the client's connect frame and its answer.
func serve(t *testing.T, script func(*peer)) *http.Client {
	t.Helper()
	l := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{})}
	var running sync.WaitGroup
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running.Add(1)
		defer running.Done()
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer func() { _ = ws.CloseNow() }()
		script(&peer{t: t, ws: ws})
	})}
	running.Go(func() { _ = server.Serve(l) })
	transport := &http.Transport{DialContext: l.dial}
	t.Cleanup(func() {
		_ = server.Close()
		transport.CloseIdleConnections()
		running.Wait()
	})
	return &http.Client{Transport: transport}
}

// peer is the server's end of one connection.
type peer struct {
	t  *testing.T
	ws *websocket.Conn
}

// read returns the client's next frame; ok is false when the connection ended.
func (p *peer) read() (f sent, ok bool) {
	_, text, err := p.ws.Read(context.Background())
	if err != nil {
		return sent{}, false
	}
	return parseSent(text), true
}

// drain reads and drops frames up to the end of the connection.
func (p *peer) drain() {
	for {
		if _, ok := p.read(); !ok {
			return
		}
	}
}

func (p *peer) send(frames ...string) {
	for _, f := range frames {
		if p.ws.Write(context.Background(), websocket.MessageText, []byte(f)) != nil {
			return
		}
	}
}

// welcome takes connect and answers it.
func (p *peer) welcome() {
	if f, _ := p.read(); f.Msg != "connect" {
		p.t.Errorf("the first frame is %q, want connect", f.Msg)
	}
	p.send(`{"server_id":"0"}`, `{"msg":"connected","session":"kQ3vXbT7mWcR2sYpd"}`)
}

func dial(t *testing.T, o Options) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), "ws://site.test/websocket", o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}
