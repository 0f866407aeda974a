package main

import (
	"errors"
	"io"
	"syscall"

	"google.golang.org/grpc/mem"
)

// ReadOnReady waits until there is something to read, and holds a buffer only then. gRPC reads bare TCP connections so, and others that
// have this method; for one without it, it holds 32 KiB as long as the connection lives, which is as much as all the rest of an idle
// stream. The listener behind the door is a TCP listener.
func (g *guest) ReadOnReady(size int, pool mem.BufferPool) (buf *[]byte, n int, err error) {
	raw, err := g.Conn.(syscall.Conn).SyscallConn()
	if err != nil {
		return nil, 0, err
	}
	var failure error
	if err := raw.Read(func(fd uintptr) bool {
		buf = pool.Get(size)
		for n, failure = syscall.Read(int(fd), *buf); errors.Is(failure, syscall.EINTR); {
			n, failure = syscall.Read(int(fd), *buf)
		}
		if failure != nil || n == 0 {
			pool.Put(buf)
			buf = nil
		}
		return !errors.Is(failure, syscall.EAGAIN)
	}); err != nil { // closed, or too late; nothing was read
		return nil, 0, err
	}
	switch {
	case failure != nil:
		return nil, 0, failure
	case n == 0:
		return nil, 0, io.EOF
	}
	g.hasSpoken()
	return buf, n, nil
}
