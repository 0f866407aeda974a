package intercept

import (
	"sync"
	"time"

	"google.golang.org/grpc/codes"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/auth"
	"github.com/rocketline/rocketline/server/failure"
)

// retryStreams is the advice to a caller with too many streams.
const retryStreams = 5 * time.Second

// Streams bounds how many streams are open, of one caller and in all.
type Streams struct {
	perCaller, inAll int

	mu       sync.Mutex
	byCaller map[string]int
	open     int
}

// NewStreams makes the bound.
func NewStreams(perCaller, inAll int) *Streams {
	return &Streams{perCaller: perCaller, inAll: inAll, byCaller: make(map[string]int)}
}

func (s *Streams) begin(of *stream) error {
	if exempt(of.info.FullMethod) {
		return nil
	}
	of.caller = auth.From(of.ctx).ID()
	if !s.enter(of.caller) {
		return failure.New(codes.ResourceExhausted, livechatv1.ErrorReason_ERROR_REASON_TOO_MANY_STREAMS,
			"too many streams are open").RetryAfter(retryStreams)
	}
	return nil
}

func (s *Streams) end(of *stream, err error) error {
	if !exempt(of.info.FullMethod) {
		s.exit(of.caller)
	}
	return err
}

func (s *Streams) enter(caller string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open >= s.inAll || s.byCaller[caller] >= s.perCaller {
		return false
	}
	s.open++
	s.byCaller[caller]++
	return true
}

func (s *Streams) exit(caller string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	if s.byCaller[caller]--; s.byCaller[caller] == 0 {
		delete(s.byCaller, caller)
	}
}
