package fault

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// hole is the network below a websocket. When it has gone dark, the server writes into nothing, hears nothing and can close
// nothing: to the client a peer that is there and never answers, pings and close frames included.
type hole struct {
	net.Conn
	done chan struct{} // closed by Close

	mu     sync.Mutex
	dark   bool
	closed bool
}

// darken hands over the connection that Close will not close. Nil when there is nothing to keep.
func (h *hole) darken() net.Conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.dark || h.closed {
		return nil
	}
	h.dark = true
	return h.Conn
}

func (h *hole) isDark() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.dark
}

func (h *hole) Read(p []byte) (int, error) {
	for {
		n, err := h.Conn.Read(p)
		switch {
		case !h.isDark():
			return n, err
		case err != nil: // the client left, which nobody learns, or Close was called
			<-h.done
			return 0, net.ErrClosed
		}
	}
}

func (h *hole) Write(p []byte) (int, error) {
	if h.isDark() {
		return len(p), nil
	}
	return h.Conn.Write(p)
}

func (h *hole) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return net.ErrClosed
	}
	h.closed = true
	close(h.done)
	if h.dark {
		return h.SetDeadline(time.Unix(1, 0)) // wakes a Read that waits for the client, and a Write from before the dark
	}
	return h.Conn.Close()
}

// handshake keeps hold of the connection that a websocket's handler takes over.
type handshake struct {
	http.ResponseWriter
	hole *hole
}

type handshakeKey struct{}

// watched prepares handshakes for Open.
func watched(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := &handshake{ResponseWriter: w}
		next.ServeHTTP(s, r.WithContext(context.WithValue(r.Context(), handshakeKey{}, s)))
	})
}

// Unwrap is for http.ResponseController.
func (s *handshake) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// Hijack hands out the connection with the hole around it. The buffers are made anew: the server's own would lead past it.
func (s *handshake) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, buffers, err := http.NewResponseController(s.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	s.hole = &hole{Conn: conn, done: make(chan struct{})}
	early, _ := buffers.Peek(buffers.Reader.Buffered()) // never more than there is, so no error
	reader := bufio.NewReader(io.MultiReader(bytes.NewReader(bytes.Clone(early)), s.hole))
	_, _ = reader.Peek(len(early)) // into its buffer, where the taker looks for what the client sent early
	return s.hole, bufio.NewReadWriter(reader, bufio.NewWriter(s.hole)), nil
}

// holeBelow is nil for a request that did not come through Handler, or that nobody took over.
func holeBelow(r *http.Request) *hole {
	s, ok := r.Context().Value(handshakeKey{}).(*handshake)
	if !ok {
		return nil
	}
	return s.hole
}
