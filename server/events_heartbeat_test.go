package server

import (
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/durationpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/server/follow"
)

// hears takes the next event and checks its kind.
func hears(t *testing.T, stream grpc.ServerStreamingClient[livechatv1.SubscribeResponse], want string) *livechatv1.SubscribeResponse {
	t.Helper()
	r, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	if follow.Kind(r) != want {
		t.Fatalf("heard %v, want a %s", r, want)
	}
	return r
}

func TestASilentStreamShowsThatItIsAlive(t *testing.T) {
	for name, c := range map[string]struct {
		asked *durationpb.Duration
		most  time.Duration
	}{
		"as often as it asks": {durationpb.New(60 * time.Second), 60 * time.Second},
		"unless it asks":      {nil, 15 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inPipes(t, func(t *testing.T, p *pipes) {
				one, other := &played{t: t, id: "one"}, &played{t: t, id: "other"}
				p.plays(one, other)
				client, _ := p.client()
				stream, _ := p.subscribes(client, &livechatv1.SubscribeRequest{HeartbeatInterval: c.asked})
				beats := func(last *livechatv1.SubscribeResponse) {
					t.Helper()
					since := time.Now()
					beat := hears(t, stream, "heartbeat")
					if silent := time.Since(since); silent > c.most || silent < c.most*4/5 {
						t.Errorf("it comes after %v", silent)
					}
					if beat.GetRoomId() != "" || beat.GetEventTime() == nil || beat.GetCursor() != last.GetCursor() {
						t.Errorf("%v, behind the cursor %q", beat, last.GetCursor())
					}
				}
				first := hears(t, stream, "subscribed")
				beats(first)
				beats(first)
				// What happens in any room is a sign of life.
				var last *livechatv1.SubscribeResponse
				for _, room := range []*played{one, other, one} {
					time.Sleep(c.most*4/5 - almost)
					room.tells(1)
					last = hears(t, stream, "message_created")
				}
				if last.GetCursor() == first.GetCursor() {
					t.Error("the cursor stands still")
				}
				beats(last)
			})
		})
	}
}

// A room wakes its readers for somebody who types, too. It is no sign of life for one that does not want to be told.
func TestAStreamThatIsWokenForNothingIsSilent(t *testing.T) {
	inPipes(t, func(t *testing.T, p *pipes) {
		room := &played{t: t, id: "theRoom"}
		p.plays(room)
		client, _ := p.client()
		stream, _ := p.subscribes(client, &livechatv1.SubscribeRequest{})
		hears(t, stream, "subscribed")
		for range 15 {
			time.Sleep(time.Second)
			room.tells(0)
			synctest.Wait()
		}
		since := time.Now()
		hears(t, stream, "heartbeat")
		if !since.Equal(time.Now()) {
			t.Errorf("it comes %v late", time.Since(since))
		}
	})
}

func TestStreamsThatBeginTogetherDoNotBeatTogether(t *testing.T) {
	const streams = 200
	inPipes(t, func(t *testing.T, p *pipes) {
		client, _ := p.client()
		began := time.Now()
		when := make(chan time.Duration, streams)
		for range streams {
			p.plays(&played{t: t, id: "theRoom"})
			stream, _ := p.subscribes(client, &livechatv1.SubscribeRequest{})
			go func() {
				hears(t, stream, "subscribed")
				hears(t, stream, "heartbeat")
				when <- time.Since(began)
			}()
		}
		perMoment, most := map[time.Duration]int{}, 0
		for range streams {
			moment := (<-when).Truncate(100 * time.Millisecond)
			perMoment[moment]++
			most = max(most, perMoment[moment])
		}
		if most > streams/5 {
			t.Errorf("%d of %d in a tenth of a second", most, streams)
		}
	})
}
