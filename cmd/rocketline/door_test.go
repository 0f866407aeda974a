package main

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
)

// unheeding is a listener whose server has not noticed yet that the door is closed: Accept comes back only when the server itself
// closes it.
type unheeding struct {
	net.Listener
	accepting, closed chan struct{}
}

func (u unheeding) Accept() (net.Conn, error) {
	close(u.accepting)
	<-u.closed
	return nil, net.ErrClosed
}

func (u unheeding) Close() error {
	close(u.closed)
	return u.Listener.Close()
}

func TestAServerShutsDownInPeaceBehindAClosedDoor(t *testing.T) {
	t.Parallel()
	lis, err := listen(t.Context(), "--http", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	behind := unheeding{Listener: lis, accepting: make(chan struct{}), closed: make(chan struct{})}
	web := newHTTPServer(http.NotFoundHandler(), nil, slog.New(slog.DiscardHandler))
	ended := make(chan struct{})
	go func() {
		_ = web.Serve(behind)
		close(ended)
	}()
	<-behind.accepting
	if err := lis.Close(); err != nil {
		t.Fatal(err)
	}
	if err := web.Shutdown(t.Context()); err != nil {
		t.Errorf("nobody was there, and the shutdown complains: %v", err)
	}
	<-ended
}

// net/http ends a connection by halves, where it can, so that an answer to who still sends is not lost.
func TestADoorsConnectionEndsByHalves(t *testing.T) {
	t.Parallel()
	lis, err := listen(t.Context(), "--http", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lis.Close() }()
	client, err := new(net.Dialer).DialContext(t.Context(), "tcp", lis.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	conn, err := lis.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	half, ok := conn.(interface{ CloseWrite() error })
	if !ok {
		t.Fatal("it does not")
	}
	if err := half.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(client); err != nil || len(got) > 0 {
		t.Errorf("the client reads %q, %v", got, err)
	}
	if _, err := client.Write([]byte("more")); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(io.LimitReader(conn, 4)); string(got) != "more" {
		t.Errorf("of what the client sends then comes %q, %v", got, err)
	}
}
