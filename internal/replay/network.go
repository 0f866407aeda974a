package replay

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// network carries the connections between a Server and its clients in memory, so that both can live under a clock that is faked
// (testing/synctest). It is the server's net.Listener.
type network struct {
	dialled chan net.Conn
	done    chan struct{}
	once    sync.Once
}

func newNetwork() *network {
	return &network{dialled: make(chan net.Conn), done: make(chan struct{})}
}

// dial makes a connection; a server that is closed refuses it.
func (n *network) dial(ctx context.Context) (net.Conn, error) {
	near, far := newLine()
	select {
	case n.dialled <- far:
		return near, nil
	case <-n.done:
		return nil, &net.OpError{Op: "dial", Net: "memory", Addr: n.Addr(), Err: syscall.ECONNREFUSED}
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Accept implements net.Listener.
func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.dialled:
		return c, nil
	case <-n.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (n *network) Close() error {
	n.once.Do(func() { close(n.done) })
	return nil
}

// Addr implements net.Listener.
func (n *network) Addr() net.Addr { return &net.UnixAddr{Net: "memory", Name: host} }

// lineKey is the context key under which a request's line is found.
type lineKey struct{}

func withLine(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, lineKey{}, c)
}

func lineOf(ctx context.Context) *line {
	l, _ := ctx.Value(lineKey{}).(*line)
	return l
}
