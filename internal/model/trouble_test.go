package model_test

import (
	"context"
	"time"

	"github.com/rocketline/rocketline/sandbox/fault"
)

// How a socket ends: without a close frame, which is 1006, cleanly, and in silence.
var ends = []fault.Cut{{Kind: fault.Drop}, {Kind: fault.Close, Code: 1000}, {Kind: fault.HalfOpen}, {Kind: fault.Close, Code: 1012, Reason: "restart"}}

// For how long a socket cannot be made again.
var gaps = []time.Duration{0, 5 * time.Second, 40 * time.Second}

// socketEnds cuts one socket between the service and Rocket.Chat, or all, and leaves a gap in which what happens is told to nobody.
func (w *world) socketEnds(a, b int) {
	if gap := pick(gaps, b/2); gap > 0 {
		rule := fault.Rule{Kind: fault.Status, Status: 503, For: gap, Match: fault.Match{Path: "/websocket"}}
		if _, err := w.chat.Faults().Add(rule); err != nil {
			w.fail("add a fault: %v", err)
		}
	}
	number := 0
	if open := w.chat.Faults().Connections(); b%2 == 1 && len(open) > 0 {
		number = pick(open, b).Number
	}
	n, err := w.chat.Faults().Cut(pick(ends, a), number)
	if err != nil {
		w.fail("cut sockets: %v", err)
	}
	w.tally.add("breaks", n)
}

// What the service asks Rocket.Chat for while it follows a room.
var asked = []string{
	"/api/v1/livechat/messages.history/:rid", "/api/v1/livechat/config", "/websocket", "/api/info", "/api/v1/livechat/message/:_id",
}

// How a request fails.
var failures = []fault.Rule{
	{Kind: fault.Status, Status: 503}, {Kind: fault.Status, Status: 500}, {Kind: fault.Reset}, {Kind: fault.Hang}, {Kind: fault.HTML},
	{Kind: fault.Truncate}, {Kind: fault.Status, Status: 429}, {Kind: fault.Lost}, {Kind: fault.Delay, Delay: 3 * time.Second},
}

// For how long, or how often.
func (w *world) fault(rule fault.Rule, b int) {
	switch b % 4 {
	case 0:
		rule.Times = 1
	case 1:
		rule.Times = 3
	case 2:
		rule.For = 5 * time.Second
	case 3:
		rule.For = 70 * time.Second
	}
	if _, err := w.chat.Faults().Add(rule); err != nil {
		w.fail("add a fault: %v", err)
	}
}

// restFails makes some of what the service asks for fail.
func (w *world) restFails(a, b int) {
	rule := pick(failures, a)
	routes := asked
	if b/4 < len(asked) {
		routes = asked[b/4 : b/4+1]
	}
	for _, path := range routes {
		rule.Match = fault.Match{Method: "GET", Path: path}
		w.fault(rule, b)
	}
	w.tally.add("rest failures", 1)
}

var streams = []string{"stream-room-messages", "stream-livechat-room", "stream-notify-room", "*"}

func (w *world) framesTwice(a, b int) {
	w.fault(fault.Rule{Kind: fault.Duplicate, Match: fault.Match{Collection: pick(streams, a)}}, b)
}

func (w *world) framesSwapped(a, b int) {
	w.fault(fault.Rule{Kind: fault.Reorder, Match: fault.Match{Collection: pick(streams, a)}}, b)
}

func (w *world) framesLate(a, b int) {
	w.fault(fault.Rule{Kind: fault.DelayFrame, Delay: 700 * time.Millisecond, Match: fault.Match{Collection: pick(streams, a)}}, b)
}

func (w *world) faultsEnd(_, _ int) { w.chat.Faults().Clear() }

// drain is how long a shutdown waits for what is under way.
const drain = 10 * time.Second

// restart ends a replica as its operator does, and starts it again.
func (w *world) restart(a, b int) {
	slot := a % len(w.slots)
	w.tally.add("restarts", 1)
	w.stop(slot, drain)
	if b%3 == 2 {
		time.Sleep(8 * time.Second)
	}
	w.start(slot)
}

// crash ends it without a word.
func (w *world) crash(a, b int) {
	slot := a % len(w.slots)
	w.tally.add("restarts", 1)
	i := w.slots[slot]
	i.killed.Store(true)
	_ = i.conn.Close()
	w.stop(slot, 0)
	if b%3 == 2 {
		time.Sleep(8 * time.Second)
	}
	w.start(slot)
}

// stop shuts a replica down, and what it has not ended by then is cut off.
func (w *world) stop(slot int, patience time.Duration) {
	w.mu.Lock()
	i := w.slots[slot]
	w.slots[slot] = nil
	w.mu.Unlock()
	i.ending.Store(time.Now().UnixNano())
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_ = i.server.Shutdown(ctx) // its error says that calls were cut off
	_ = i.conn.Close()
	i.chat.Close()
}
