package browser

import (
	"io"
	"net"
	"sync"
	"testing"
)

// road is the way from the page to the service: one address, whichever process of the service is at its end at the moment. It can fall
// silent, as a network does that nobody tells of.
type road struct {
	lis   net.Listener
	done  chan struct{} // closed with the road
	walks sync.WaitGroup

	mu       sync.Mutex
	to       string
	silent   bool
	silences int
	conns    map[net.Conn]struct{}
}

func newRoad(t *testing.T) *road {
	t.Helper()
	lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &road{lis: lis, done: make(chan struct{}), conns: make(map[net.Conn]struct{})}
	r.walks.Go(r.accept)
	t.Cleanup(func() {
		close(r.done)
		_ = lis.Close()
		r.cut()
		r.walks.Wait()
	})
	return r
}

func (r *road) address() string { return r.lis.Addr().String() }

// leadTo makes new connections end at an address.
func (r *road) leadTo(address string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.to = address
}

// cut cuts every connection.
func (r *road) cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.conns {
		_ = c.Close()
	}
}

// fallSilent lets connections stand, and new ones be made, and carries nothing any more, not even that one end hangs up.
func (r *road) fallSilent() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent = true
	r.silences++
}

// carry carries new connections again. Those that saw the silence stay dead.
func (r *road) carry() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.silent = false
}

func (r *road) accept() {
	for {
		page, err := r.lis.Accept()
		if err != nil {
			return
		}
		r.walks.Go(func() { r.walk(page) })
	}
}

// walk carries one connection, both ways, until either end hangs up.
func (r *road) walk(page net.Conn) {
	defer r.keep(page)()
	r.mu.Lock()
	to, heard := r.to, r.silences
	if r.silent {
		heard = -1
	}
	r.mu.Unlock()
	service, err := net.Dial("tcp", to)
	if err != nil {
		return
	}
	defer r.keep(service)()
	r.walks.Go(func() {
		r.carryOver(page, service, heard)
		_ = page.Close()
	})
	r.carryOver(service, page, heard)
}

// carryOver copies until the end, or loses everything from the next silence on.
func (r *road) carryOver(to io.Writer, from io.Reader, heard int) {
	for buf := make([]byte, 32<<10); ; {
		n, err := from.Read(buf)
		r.mu.Lock()
		dead := r.silences != heard
		r.mu.Unlock()
		if dead {
			_, _ = io.Copy(io.Discard, from)
			<-r.done
			return
		}
		if _, failed := to.Write(buf[:n]); err != nil || failed != nil {
			return
		}
	}
}

// keep closes a connection with the road, or when the function that it returns is called.
func (r *road) keep(conn net.Conn) (letGo func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conns[conn] = struct{}{}
	select {
	case <-r.done:
		_ = conn.Close()
	default:
	}
	return func() {
		_ = conn.Close()
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.conns, conn)
	}
}
