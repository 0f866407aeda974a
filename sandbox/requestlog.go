package sandbox

import (
	"net/http"
	"sync"
)

// Request is a request that the server saw.
type Request struct {
	Method string
	// Path is the request's path with its query.
	Path string
	// Route is the template of the route that the path matched, such as "livechat/message/:_id", or the path itself.
	Route string
	// ClientIP is the address that a limiter counts by: X-Forwarded-For, else X-Real-IP, else the peer's.
	ClientIP string
	Header   http.Header
	// Status is what was answered; 0 for a request that was intercepted, and for a websocket.
	Status int
}

// requestLog keeps the newest requests.
type requestLog struct {
	mu   sync.Mutex
	kept []Request
}

const keptRequests = 10_000

func (l *requestLog) add(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.kept) == keptRequests {
		l.kept = append(l.kept[:0:0], l.kept[keptRequests/2:]...)
	}
	l.kept = append(l.kept, r)
}

// Requests lists the requests seen so far, oldest first, each after its answer was written. At least the newest 5,000
// are kept.
func (s *Server) Requests() []Request {
	s.seen.mu.Lock()
	defer s.seen.mu.Unlock()
	return append([]Request(nil), s.seen.kept...)
}
