package server_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server"
	"github.com/rocketline/rocketline/server/follow"
)

// measured is the sum of a metric over its labels.
func (s *site) measured(name string) int {
	s.t.Helper()
	families, err := s.metrics.Registry.Gather()
	s.must(err)
	sum := 0.0
	for _, f := range families {
		for _, m := range f.GetMetric() {
			if f.GetName() == name {
				sum += m.GetCounter().GetValue() + m.GetGauge().GetValue()
			}
		}
	}
	return int(sum)
}

// doesNotRead subscribes to more than fits into the windows and buffers on the way, from outside, and reads nothing of it.
func (c *conversation) doesNotRead() (conn *grpc.ClientConn, hangUp context.CancelFunc) {
	c.t.Helper()
	long := strings.Repeat("x", 16<<10)
	for range 60 {
		c.sends(long)
	}
	conn, err := grpc.NewClient(c.listen(nil).Target(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStaticStreamWindowSize(64<<10))
	c.must(err)
	c.t.Cleanup(func() { _ = conn.Close() })
	ctx, hangUp := context.WithCancel(c.ctx)
	c.t.Cleanup(hangUp)
	most := int32(500)
	_, err = clientsOf(conn).events.Subscribe(ctx, &livechatv1.SubscribeRequest{History: &most})
	c.must(err)
	c.eventually("it is under way", func() bool { return c.measured("rocketline_events_total") >= 3 })
	return conn, hangUp
}

func TestAReaderThatVanishesInItsFirstHistoryLeavesNothingBehind(t *testing.T) {
	for name, vanish := range map[string]func(hangUp context.CancelFunc, conn *grpc.ClientConn){
		"it hangs up":              func(hangUp context.CancelFunc, _ *grpc.ClientConn) { hangUp() },
		"its connection is closed": func(_ context.CancelFunc, conn *grpc.ClientConn) { _ = conn.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			with := of(sandbox.V3_4)
			with.server = server.Options{StreamsPerCaller: 1}
			c := converse(t, with, follow.Options{Grace: time.Millisecond})
			conn, hangUp := c.doesNotRead()
			if c.hub.Rooms() != 1 || c.measured("rocketline_streams") != 1 {
				t.Errorf("%d rooms, %d streams", c.hub.Rooms(), c.measured("rocketline_streams"))
			}
			vanish(hangUp, conn)
			c.eventually("its room is let go", func() bool { return c.hub.Rooms() == 0 && c.chat.Connections() == 0 })
			c.eventually("its stream has ended", func() bool { return c.measured("rocketline_streams") == 0 })
			c.eventually("its slot is free", func() bool {
				l := c.subscribe(c.ctx, &livechatv1.SubscribeRequest{})
				defer l.hangUp()
				_, err := l.stream.Recv()
				return err == nil
			})
		})
	}
}

func TestAReaderThatDoesNotReadHoldsUpTheEndUntilItsDeadline(t *testing.T) {
	c := converse(t, of(sandbox.V3_4), follow.Options{})
	c.doesNotRead()
	ctx, cancel := context.WithTimeout(c.context(), 50*time.Millisecond)
	defer cancel()
	if err := c.server.Shutdown(ctx); err == nil || ctx.Err() == nil {
		t.Errorf("it ended before: %v", err)
	}
	if c.hub.Rooms() != 0 || c.measured("rocketline_streams") != 0 {
		t.Errorf("%d rooms, %d streams", c.hub.Rooms(), c.measured("rocketline_streams"))
	}
}
