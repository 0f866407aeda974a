package replay

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// line is one end of a connection in memory. Like the kernel's, and unlike net.Pipe's, it takes what is written without waiting for
// the reader.
type line struct {
	net.Addr
	in, out *way
}

func newLine() (near, far *line) {
	a, b := newWay(), newWay()
	addr := &net.UnixAddr{Net: "memory", Name: host}
	return &line{Addr: addr, in: a, out: b}, &line{Addr: addr, in: b, out: a}
}

// way is one direction of a connection.
type way struct {
	mu       sync.Mutex
	changed  sync.Cond
	data     []byte
	end      error // what a reader gets behind the data; nil while there may be more
	left     bool  // the reader is gone
	lossy    bool  // nothing arrives any more
	deadline time.Time
	timer    *time.Timer
}

func newWay() *way {
	w := &way{}
	w.changed.L = &w.mu
	return w
}

// finish ends the way: nothing more is written.
func (w *way) finish(err error, dropped bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.lossy || w.end != nil {
		return
	}
	w.end = err
	if dropped {
		w.data = nil
	}
	w.changed.Broadcast()
}

// leave is the reader's end.
func (w *way) leave() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = true
	if w.timer != nil {
		w.timer.Stop()
	}
	w.changed.Broadcast()
}

// Read implements net.Conn.
func (l *line) Read(b []byte) (int, error) {
	w := l.in
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		switch {
		case w.left:
			return 0, net.ErrClosed
		case len(w.data) > 0:
			n := copy(b, w.data)
			w.data = w.data[n:]
			return n, nil
		case w.end != nil:
			return 0, w.end
		case !w.deadline.IsZero() && !time.Now().Before(w.deadline):
			return 0, os.ErrDeadlineExceeded
		}
		w.changed.Wait()
	}
}

// Write implements net.Conn. What is written on a half-open connection is lost without an error.
func (l *line) Write(b []byte) (int, error) {
	w := l.out
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.lossy:
	case w.end != nil:
		return 0, net.ErrClosed
	case w.left:
		return 0, syscall.EPIPE
	default:
		w.data = append(w.data, b...)
		w.changed.Broadcast()
	}
	return len(b), nil
}

// Close implements net.Conn: the other end reads what is on its way, and then the end.
func (l *line) Close() error {
	l.out.finish(io.EOF, false)
	l.in.leave()
	return nil
}

// reset ends the connection as a router does that has forgotten it: what is on its way is lost.
func (l *line) reset() {
	l.out.finish(syscall.ECONNRESET, true)
	l.in.finish(syscall.ECONNRESET, true)
}

// forget makes the connection half-open: from now on nothing arrives at either end, not even that it has ended.
func (l *line) forget() {
	for _, w := range []*way{l.in, l.out} {
		w.mu.Lock()
		w.lossy = true
		w.mu.Unlock()
	}
}

// LocalAddr implements net.Conn.
func (l *line) LocalAddr() net.Addr { return l.Addr }

// RemoteAddr implements net.Conn.
func (l *line) RemoteAddr() net.Addr { return l.Addr }

// SetDeadline implements net.Conn.
func (l *line) SetDeadline(t time.Time) error { return l.SetReadDeadline(t) }

// SetWriteDeadline implements net.Conn: a write never waits.
func (l *line) SetWriteDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.Conn.
func (l *line) SetReadDeadline(t time.Time) error {
	w := l.in
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	w.deadline = t
	if !t.IsZero() && !w.left {
		w.timer = time.AfterFunc(time.Until(t), func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			w.changed.Broadcast()
		})
	}
	w.changed.Broadcast()
	return nil
}
