package main

import "testing"

func TestManyRoomsShareFewSocketsAndEachReaderGetsItsOwn(t *testing.T) {
	t.Parallel()
	const rooms = 5 * roomsASocket
	box := boxInside(t)
	visits := box.visits(t, rooms)
	p, at := startServe(t, "--open", "--rocketchat-url="+box.url, "--address-rate=0")
	crowd := gather(t, at.grpc, visits)
	crowd.all(t, "caught_up", func(r *roomReader) bool { return r.caughtUp.Load() })
	box.sayAll(t, visits, forRoom)
	crowd.all(t, "its message", func(r *roomReader) bool { return r.messages.Load() > 0 })
	crowd.leave()
	crowd.eachHasItsOwn(t)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	box.stop()
	if n := box.calls.websockets(); n == 0 || n > rooms/roomsASocket || box.calls.refused() > 0 {
		t.Errorf("%d rooms are followed on %d sockets: %v", rooms, n, box.calls)
	}
}
