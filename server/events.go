package server

import (
	"time"

	"google.golang.org/grpc"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/apart"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/server/follow"
)

// events implements EventService.
type events struct {
	livechatv1.UnimplementedEventServiceServer
	chat     *rocketchat.Client
	hub      *follow.Hub
	metrics  *observe.Metrics
	draining <-chan struct{} // closed when this replica begins to shut down
	patience patience
	crew     *crew // sends; a task of it may outlive its handler by a moment
}

// Subscribe implements EventService. Its goroutine waits for as long as the stream lasts, so it does nothing that needs a deep stack: what
// comes before is done apart, and the crew sends.
func (s *events) Subscribe(req *livechatv1.SubscribeRequest, stream grpc.ServerStreamingServer[livechatv1.SubscribeResponse]) error {
	sub := newSubscription(s, req, stream)
	defer sub.release()
	if err := apart.Do(func() error { return sub.begin(stream.Context(), req) }); err != nil {
		return err
	}
	defer s.metrics.StreamOpened()()
	return sub.run(stream.Context())
}

// leaving tells whether this replica shuts down.
func (s *events) leaving() bool {
	select {
	case <-s.draining:
		return true
	default:
		return false
	}
}

// patience is how long a reader may take nothing.
type patience struct {
	// stuck: a send that takes longer costs the reader its places in the rooms.
	stuck time.Duration
	// gone: so much later it is cut off. If it reads again before, it is told goodbye.
	gone time.Duration
}
