package server

import (
	"context"
	"testing"

	"google.golang.org/grpc"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/server/follow"
)

// untold is a room that has something to tell only behind two batches that nobody is told, as the deletions of notes are.
type untold struct {
	*played
	skipped uint64
}

func (u *untold) Place() follow.Place {
	place := u.played.Place()
	place.Next = u.skipped
	return place
}

func (u *untold) Take(typing bool) ([]follow.Event, follow.Ending) {
	if u.skipped < 128 {
		u.skipped += 64
		return nil, follow.Running
	}
	return u.played.Take(typing)
}

// sink is a stream that counts what is sent.
type sink struct {
	grpc.ServerStream
	ctx  context.Context
	sent int
}

func (s *sink) Context() context.Context { return s.ctx }

func (s *sink) SendMsg(any) error {
	s.sent++
	return nil
}

func TestWhatStandsBehindABatchThatNobodyIsToldIsSentAtOnce(t *testing.T) {
	out := &sink{ctx: t.Context()}
	s := newSubscription(&events{metrics: observe.NewMetrics(observe.Sources{})}, &livechatv1.SubscribeRequest{}, out)
	s.take(&untold{played: &played{t: t, id: "r", more: 3}})
	if over, err := s.news(); over || err != nil {
		t.Fatal(over, err)
	}
	if out.sent != 3 {
		t.Errorf("%d events of 3 were sent, and nothing wakes the stream for the others", out.sent)
	}
}
