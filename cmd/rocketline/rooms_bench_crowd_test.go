package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// crowd are readers, one for each room.
type crowd struct {
	readers []*roomReader
	leave   func() // ends them all, and waits
}

// forRoom is the message for a visit's room.
func forRoom(v *visit) string { return "for " + v.room }

// roomReader counts what the reader of a room is told.
type roomReader struct {
	visit    *visit
	caughtUp atomic.Bool
	messages atomic.Int64 // its own
	strays   atomic.Int64 // of other rooms
	failure  atomic.Pointer[error]
}

// gather opens a stream for each visit, on a connection of its own.
func gather(t testing.TB, address string, visits []*visit) *crowd {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	c := &crowd{}
	var streams sync.WaitGroup
	c.leave = func() { cancel(); streams.Wait() }
	t.Cleanup(c.leave)
	for _, v := range visits {
		c.readers = append(c.readers, &roomReader{visit: v})
	}
	if err := together(enter, c.readers, func(r *roomReader) error {
		entered := make(chan error, 2)
		streams.Go(func() {
			err := followOnce(ctx, address, r.visit, "", func(e *livechatv1.SubscribeResponse) {
				if e.GetSubscribed() != nil {
					entered <- nil
				}
				r.take(e)
			})
			entered <- err
			if ctx.Err() == nil {
				r.failure.Store(&err)
			}
		})
		select {
		case err := <-entered:
			return err
		case <-time.After(patience):
			return fmt.Errorf("the stream of room %s does not open", r.visit.room)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *roomReader) take(e *livechatv1.SubscribeResponse) {
	switch {
	case e.GetCaughtUp() != nil:
		r.caughtUp.Store(true)
	case e.GetMessageCreated() == nil:
	case e.GetRoomId() == r.visit.room && e.GetMessageCreated().GetMessage().GetText() == forRoom(r.visit):
		r.messages.Add(1)
	default:
		r.strays.Add(1)
	}
}

// all waits until every reader has got something, but no longer than patience while the number of those does not grow.
func (c *crowd) all(t testing.TB, what string, has func(*roomReader) bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	best, since := -1, time.Now()
	for {
		there := 0
		for _, r := range c.readers {
			if failure := r.failure.Load(); failure != nil {
				t.Fatalf("the stream of room %s ends: %v", r.visit.room, *failure)
			}
			if has(r) {
				there++
			}
		}
		switch {
		case there == len(c.readers):
			return
		case there > best:
			best, since = there, time.Now()
		case time.Since(since) > patience:
			t.Fatalf("%d of %d readers do not get %s", len(c.readers)-there, len(c.readers), what)
		}
		<-tick.C
	}
}

// eachHasItsOwn fails unless every reader has got its room's message, once, and no other.
func (c *crowd) eachHasItsOwn(t testing.TB) {
	t.Helper()
	for _, r := range c.readers {
		if n, strays := r.messages.Load(), r.strays.Load(); n != 1 || strays != 0 {
			t.Errorf("the reader of room %s got its message %d times, and %d others", r.visit.room, n, strays)
		}
	}
}
