package server

import (
	"fmt"
	"testing"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// A room in which more happens than can be sent, and 63 others.
func TestABusyRoomDoesNotStarveTheOthers(t *testing.T) {
	inPipes(t, func(t *testing.T, p *pipes) {
		rooms := []*played{{t: t, id: "busy", size: 100, more: 1 << 40}}
		for n := range 63 {
			rooms = append(rooms, &played{t: t, id: fmt.Sprint("quiet", n)})
		}
		p.plays(rooms...)
		c, _ := p.client()
		stream, hangUp := p.subscribes(c, &livechatv1.SubscribeRequest{})
		for range 5000 { // under way
			if _, err := stream.Recv(); err != nil {
				t.Fatal(err)
			}
		}
		for _, quiet := range rooms[1:] {
			quiet.tells(2)
		}
		heard, between := map[string]int{}, 0
		for len(heard) < 63 {
			r, err := stream.Recv()
			if err != nil {
				t.Fatal(err)
			}
			if r.GetRoomId() == "busy" {
				between++
			} else {
				heard[r.GetRoomId()]++
			}
		}
		// What fits into the windows and buffers on the way was sent before: some 128 KiB, 150 bytes each.
		if between > 1200 {
			t.Errorf("%d events of the busy room came first", between)
		}
		hangUp()
	})
}
