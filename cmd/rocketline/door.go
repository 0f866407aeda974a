package main

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
)

// door is a listener that knows its connections. The servers behind it wait, when they end, for connections that have not said a word
// yet, net/http for 5 s and gRPC for two minutes: a browser that connects in advance, or a prober, would hold up every shutdown.
type door struct {
	net.Listener

	mu     sync.Mutex
	guests map[*guest]struct{}
	closed bool
}

func newDoor(lis net.Listener) *door { return &door{Listener: lis, guests: make(map[*guest]struct{})} }

// guest is a connection.
type guest struct {
	net.Conn
	door  *door
	spoke atomic.Bool // a byte has been read from it
}

// Accept implements net.Listener.
func (d *door) Accept() (net.Conn, error) {
	for {
		conn, err := d.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if g := (&guest{Conn: conn, door: d}); d.admit(g) {
			return g, nil
		}
		_ = conn.Close()
	}
}

func (d *door) admit(g *guest) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.closed {
		d.guests[g] = struct{}{}
	}
	return !d.closed
}

// Close lets nobody new in, and hangs up on those who have not said a word. A closed door may be closed again: a server does so that
// has not noticed yet, and would take the listener's complaint for calls that it could not end.
func (d *door) Close() error {
	err := d.Listener.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	d.hangUp(func(g *guest) bool { return !g.spoke.Load() })
	return err
}

// clear lets nobody new in, and hangs up on everybody.
func (d *door) clear() {
	_ = d.Listener.Close()
	d.hangUp(func(*guest) bool { return true })
}

func (d *door) hangUp(on func(*guest) bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	for g := range d.guests {
		if on(g) {
			_ = g.Conn.Close() // not the guest's own Close, which wants the lock; whoever serves it calls that one
		}
	}
}

// Read implements net.Conn.
func (g *guest) Read(p []byte) (int, error) {
	n, err := g.Conn.Read(p)
	if n > 0 {
		g.hasSpoken()
	}
	return n, err
}

func (g *guest) hasSpoken() {
	if !g.spoke.Load() {
		g.spoke.Store(true)
	}
}

// CloseWrite tells the peer that nothing more comes, and still reads. net/http asks for it, so that its last answer is not lost to a reset
// where a client is still sending.
func (g *guest) CloseWrite() error {
	if c, ok := g.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}

// Close implements net.Conn.
func (g *guest) Close() error {
	g.door.mu.Lock()
	delete(g.door.guests, g)
	g.door.mu.Unlock()
	return g.Conn.Close()
}
