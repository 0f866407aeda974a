package server_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server"
	"github.com/rocketline/rocketline/server/follow"
)

func TestAServerThatShutsDownSaysGoodbye(t *testing.T) {
	c := converse(t, setup{}, follow.Options{})
	l, other := c.followed(), c.followed()
	c.server.Drain()
	for _, l := range []*listener{l, other, c.follow(l.cursor())} {
		l.hearsUntil("goodbye shutting_down, resume_after")
		if wait := l.heard[len(l.heard)-1].GetGoodbye().GetRetryAfter(); wait == nil || wait.AsDuration() < 0 || wait.AsDuration() > 5*time.Second {
			t.Errorf("come back after %v", wait)
		}
		l.ends()
	}
	c.must(c.server.Shutdown(c.context()))
	if n := c.hub.Rooms(); n != 0 {
		t.Errorf("%d rooms are still followed", n)
	}
	c.eventually("nothing is connected to Rocket.Chat", func() bool { return c.chat.Connections() == 0 })
}

func TestFiftyReadersOfARoomAreOneToRocketChat(t *testing.T) {
	c := converse(t, setup{server: server.Options{StreamsPerCaller: 50}}, follow.Options{Grace: time.Millisecond})
	var all []*listener
	for range 50 {
		all = append(all, c.follow(""))
	}
	for _, l := range all {
		l.hears("subscribed", "* agent ann", "caught up")
	}
	c.sends("to all")
	for _, l := range all {
		l.hears("+ to all")
	}
	readings := func(r sandbox.Request) bool { return !strings.Contains(r.Path, "messages.history") }
	if n := len(slices.DeleteFunc(c.chat.Requests(), readings)); n != 1 || c.chat.Connections() != 1 || c.hub.Rooms() != 1 {
		t.Errorf("the history was read %d times, %d connections, %d rooms", n, c.chat.Connections(), c.hub.Rooms())
	}
	for _, l := range all {
		l.leaves()
	}
	c.eventually("the room is let go", func() bool { return c.hub.Rooms() == 0 && c.chat.Connections() == 0 })
}

// A reader that does not read is filled anew when it does, and none of twenty others waits for it, on its connection or on another.
func TestAReaderThatDoesNotReadDelaysNobody(t *testing.T) {
	c := converse(t, of(sandbox.V3_4), follow.Options{RingEvents: 16})
	slow := c.followed()
	var others []*listener
	for n := range 20 {
		if n == 10 {
			c.clients = clientsOf(c.listen(nil))
		}
		others = append(others, c.followed())
	}
	long := strings.Repeat("x", 8<<10) // sixty of these fill every window and buffer on the way
	var want []string
	for n := range 60 {
		want = append(want, fmt.Sprint(n, long))
		c.sends(want[n])
		for _, l := range others {
			l.hears("+ " + want[n])
		}
	}
	c.sends("last")
	for _, l := range others {
		l.hears("+ last")
	}

	// It fell out of the ring, and is filled again by what it knows: nothing is lost, nothing told twice, and nothing is to be dropped.
	var got []string
	for _, e := range slow.hearsUntil("caught up") {
		if m := e.GetMessageCreated().GetMessage(); m != nil {
			got = append(got, m.GetText())
		}
	}
	if diff := cmp.Diff(append(want, "last"), got); diff != "" {
		t.Errorf("(-written +heard)\n%.500s", diff)
	}
	c.sends("live")
	slow.hears("+ live")
}

func TestReadersComeAndGoWhileARoomIsBusy(t *testing.T) {
	c := converse(t, setup{server: server.Options{StreamsPerCaller: 50}}, follow.Options{Grace: time.Millisecond})
	stays := c.followed()
	const each = 8
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := range 20 * each {
			if _, err := c.ann.Send(c.room, fmt.Sprint(n)); err != nil {
				t.Error(err)
			}
		}
	}()
	cursor := ""
	for range each {
		comes := c.subscribe(c.ctx, &livechatv1.SubscribeRequest{RoomIds: []string{c.room}, Cursor: cursor})
		comes.hearsUntil("caught up")
		cursor = comes.leaves()
	}
	<-done
	for n := range 20 * each {
		stays.hears("+ " + fmt.Sprint(n))
	}
}

// gRPC lets a connection carry so many streams at once and makes others wait, without a deadline. What comes through the gateway shares
// one connection, which must carry as many as all callers may have.
func TestTheConnectionFromWithinCarriesMoreStreamsThanOneFromOutside(t *testing.T) {
	const many = 1001
	c := converse(t, setup{server: server.Options{StreamsPerCaller: 2 * many}}, follow.Options{})
	ctx, cancel := context.WithTimeout(c.ctx, 20*time.Second)
	defer cancel()
	for range many {
		stream, err := c.events.Subscribe(ctx, &livechatv1.SubscribeRequest{RoomIds: []string{c.room}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.config.GetConfig(ctx, &livechatv1.GetConfigRequest{}); err != nil {
		t.Errorf("a call beside %d streams: %v", many, err)
	}
}
