package main

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"
)

// watchedPool is a pool of buffers that counts those which are held.
type watchedPool struct {
	held int
	back chan struct{} // gets a value when one is given back
}

func (p *watchedPool) Get(size int) *[]byte {
	p.held++
	buf := make([]byte, size)
	return &buf
}

func (p *watchedPool) Put(*[]byte) {
	p.held--
	select {
	case p.back <- struct{}{}:
	default:
	}
}

func TestASilentConnectionHoldsNoBuffer(t *testing.T) {
	t.Parallel()
	lis, err := listen(t.Context(), "--grpc", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lis.Close() })
	far, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", lis.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = far.Close() })
	near, err := lis.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = near.Close() })

	pool := &watchedPool{back: make(chan struct{}, 1)}
	type read struct {
		text string
		err  error
	}
	got := make(chan read)
	once := func() {
		buf, n, err := near.(*guest).ReadOnReady(16, pool)
		if err != nil {
			got <- read{err: err}
			return
		}
		got <- read{text: string((*buf)[:n])}
	}
	go once()
	select {
	case <-pool.back: // it has found nothing
	case r := <-got:
		t.Fatalf("it reads %+v where nothing is", r)
	case <-time.After(patience):
		t.Fatal("it keeps its buffer while there is nothing to read")
	}
	if _, err := io.WriteString(far, "hello"); err != nil {
		t.Fatal(err)
	}
	if r := <-got; r.text != "hello" || r.err != nil || pool.held != 1 {
		t.Errorf("it reads %+v, and holds %d buffers", r, pool.held)
	}
	if err := far.Close(); err != nil {
		t.Fatal(err)
	}
	go once()
	if r := <-got; !errors.Is(r.err, io.EOF) || pool.held != 1 {
		t.Errorf("at the end it reads %+v, and holds %d buffers", r, pool.held)
	}
	if err := lis.Close(); err != nil {
		t.Fatal(err)
	}
	if err := near.Close(); err != nil {
		t.Errorf("it had spoken, and was hung up on: %v", err)
	}
}
