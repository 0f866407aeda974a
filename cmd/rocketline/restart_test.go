package main

import (
	"testing"
	"time"
)

func TestARestartLosesNothingAndAsksNoMoreThanRocketChatAllows(t *testing.T) {
	t.Parallel()
	const rooms = 100
	box := boxInside(t)
	visits, at := box.visits(t, rooms), freeAddresses(t)
	serve := func() *program {
		p := start(t, nil, "serve", "--open", "--rocketchat-url="+box.url, "--address-rate=0",
			"--grpc="+at.grpc, "--http="+at.http, "--admin="+at.admin)
		p.addresses()
		return p
	}
	p := serve()
	readers := congregate(t, box, at.grpc, visits, 0.01, time.Millisecond)
	readers.allCaughtUp()
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	readers.roundBegins()
	serve()
	readers.allCaughtUp()
	sum := readers.end()
	t.Log(sum)
	if len(sum.resets) > 0 || sum.late > 0 || box.calls.refused() > 0 {
		t.Errorf("nothing was edited or deleted, and it went like this: %v, upstream: %v", sum, box.calls)
	}
}
