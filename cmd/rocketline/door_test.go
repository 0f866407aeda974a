package main

import (
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
