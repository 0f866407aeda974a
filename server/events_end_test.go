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

// A reader that does not read is filled anew when it does, and nobody waits for it.
func TestAReaderThatDoesNotReadDelaysNobody(t *testing.T) {
	c := converse(t, of(sandbox.V3_4), follow.Options{RingEvents: 16})
	slow, l := c.followed(), c.followed()
	long := strings.Repeat("x", 8<<10) // sixty of these fill every window and buffer on the way
	var want []string
	for n := range 60 {
		want = append(want, fmt.Sprint(n, long))
		c.sends(want[n])
		l.hears("+ " + want[n])
	}
	c.sends("last")
	l.hears("+ last")

	texts := map[string]string{}
	reset := 0
	for last := false; !last || reset == 0; {
		e := slow.next()
		switch {
		case e.GetReset_() != nil:
			clear(texts)
			reset++
		case e.GetMessageCreated() != nil:
			m := e.GetMessageCreated().GetMessage()
			if _, known := texts[m.GetId()]; known {
				t.Fatalf("told twice, with nothing to tell them apart: %.20s", m.GetText())
			}
			texts[m.GetId()] = m.GetText()
			last = m.GetText() == "last"
		}
	}
	var got []string
	for _, text := range texts {
		got = append(got, text)
	}
	slices.Sort(got)
	want = append(want[11:], "last") // a reset brings the newest fifty
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" || reset != 1 {
		t.Errorf("%d resets (-written +known)\n%.500s", reset, diff)
	}
	slow.hears("* agent ann", "caught up")
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
