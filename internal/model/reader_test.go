package model_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// reader is a client of Subscribe as the contract wants it: it keeps the last cursor, comes back when the stream ends, and does as goodbye
// says. Steps make it leave, stop reading, or come back with an older cursor, and then it knows again what it knew there.
type reader struct {
	w       *world
	name    string
	rooms   []string
	history int

	cancel context.CancelFunc // of the present following; nil while it is away
	done   chan struct{}

	mu     sync.Mutex
	places []place
	gate   chan struct{} // closed while it reads
	slow   bool          // it has stopped reading since the stream began
	over   bool          // it was told not to come back
	conns  int
	trace  []string // what it heard, for people
}

// place is a cursor, and what the reader knew when it got it.
type place struct {
	cursor string
	knows  map[string]*view
	at     time.Time
	doomed bool // it is of a stream that was about to tell a reset
}

func newReader(w *world, name string, rooms []string, history int) *reader {
	open := make(chan struct{})
	close(open)
	return &reader{w: w, name: name, rooms: rooms, history: history, gate: open, places: []place{{knows: map[string]*view{}}}}
}

// come begins to follow, from a place that the reader has had; what it learnt since is forgotten.
func (r *reader) come(at int, damage string) {
	r.leave()
	r.mu.Lock()
	r.places = r.places[:at+1]
	r.over = false
	r.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	r.cancel, r.done = cancel, make(chan struct{})
	go func() {
		defer close(r.done)
		r.follow(ctx, damage)
	}()
}

// leave hangs up.
func (r *reader) leave() {
	if r.cancel == nil {
		return
	}
	r.cancel()
	<-r.done
	r.cancel = nil
	r.read(true)
}

// read says whether the reader takes what comes.
func (r *reader) read(does bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	open := isClosed(r.gate)
	switch {
	case does && !open:
		close(r.gate)
	case !does && open:
		r.gate, r.slow = make(chan struct{}), true
	}
}

func (r *reader) reads() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return isClosed(r.gate)
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// last is where the reader stands.
func (r *reader) last() place {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.places[len(r.places)-1]
}

// follow calls Subscribe again and again, as the stream's ends say.
func (r *reader) follow(ctx context.Context, damage string) {
	wait := time.Duration(0)
	for {
		if !sleep(ctx, wait) {
			return
		}
		i := r.w.replica(r.conns)
		if i == nil {
			wait = 2 * time.Second
			r.conns++
			continue
		}
		c := r.connect(ctx, i, damage)
		damage = ""
		if ctx.Err() != nil {
			return
		}
		switch {
		case c.ended.GetAdvice() == livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_DO_NOT_RETRY:
			r.mu.Lock()
			r.over = true
			r.mu.Unlock()
			return
		case c.ended.GetAdvice() == livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_AFTER:
			wait = c.ended.GetRetryAfter().AsDuration()
		case c.ended.GetAdvice() == livechatv1.GoodbyeAdvice_GOODBYE_ADVICE_RESUME_NOW && len(c.caught) == len(r.rooms):
			wait = 0
		default:
			wait = min(max(2*wait, time.Second), 20*time.Second)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	if d == 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// connect makes one call of Subscribe and takes what it brings until it ends.
func (r *reader) connect(ctx context.Context, i *instance, damage string) *connection {
	r.mu.Lock()
	r.conns++
	r.slow = !isClosed(r.gate)
	c := &connection{
		number: r.conns, instance: i, from: r.places[len(r.places)-1], damage: damage, history: r.history, started: time.Now(),
		caught: map[string]bool{}, clock: r.w.clock(), disorder: r.w.disordered(),
	}
	r.mu.Unlock()
	defer func() {
		r.w.tally.add("messages told again", c.again)
		r.w.tally.add("refills on the way", c.refills)
	}()

	ctx, cancel := context.WithCancel(metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+r.w.token))
	defer cancel()
	cursor, expected := damaged(c.from.cursor, damage)
	stream, err := i.events.Subscribe(ctx, &livechatv1.SubscribeRequest{
		RoomIds: r.rooms, Cursor: cursor, History: proto.Int32(int32(r.history)), IncludeTyping: true,
		HeartbeatInterval: durationpb.New(time.Minute),
	})
	for err == nil {
		r.mu.Lock()
		gate := r.gate
		r.mu.Unlock()
		select {
		case <-gate:
		case <-ctx.Done():
			return c
		}
		var ev *livechatv1.SubscribeResponse
		if ev, err = stream.Recv(); err == nil {
			r.hear(c, ev)
		}
	}
	if ctx.Err() == nil {
		if complaint := r.end(c, err, expected); complaint != "" {
			r.w.fail("%s, connection %d: %s", r.name, c.number, complaint)
		}
	}
	return c
}

// end answers what is wrong with a stream's end.
func (r *reader) end(c *connection, err error, expected codes.Code) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trace = append(r.trace, fmt.Sprintf("%s connection %d ends: %v", stamp(), c.number, err))
	code := status.Code(err)
	switch {
	case errors.Is(err, io.EOF):
		if c.ended == nil {
			return "it ended without goodbye"
		}
	case c.ended != nil:
		return fmt.Sprintf("after goodbye it ended with %v", err)
	case c.instance.killed.Load():
	case !c.opened && (code == expected || code == codes.Unavailable || code == codes.ResourceExhausted || code == codes.DeadlineExceeded):
		r.w.tally.add("subscribes that failed", 1)
	case r.slow && code == codes.Aborted: // READER_TOO_SLOW
	case r.slow && c.instance.isOver(): // it could not take goodbye
	default:
		return fmt.Sprintf("it ended with %v", err)
	}
	return ""
}

// isOver tells whether the time that a shutdown gives to what is under way is over.
func (i *instance) isOver() bool {
	began := i.ending.Load()
	return began != 0 && time.Since(time.Unix(0, began)) >= drain
}

// hear takes one event, and notes the place.
func (r *reader) hear(c *connection, ev *livechatv1.SubscribeResponse) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.trace = append(r.trace, fmt.Sprintf("%s %d: %s", stamp(), c.number, line(ev)))
	var problems []string
	p := r.places[len(r.places)-1]
	id := ev.GetRoomId()
	switch ev.GetEvent().(type) {
	case *livechatv1.SubscribeResponse_Subscribed:
		problems = c.open(ev.GetSubscribed(), r.rooms)
	case *livechatv1.SubscribeResponse_Heartbeat:
	case *livechatv1.SubscribeResponse_Goodbye:
		c.ended = ev.GetGoodbye()
		if why := c.ended.GetReason(); why != livechatv1.GoodbyeReason_GOODBYE_REASON_ROOMS_CLOSED &&
			why != livechatv1.GoodbyeReason_GOODBYE_REASON_SHUTTING_DOWN && (why != livechatv1.GoodbyeReason_GOODBYE_REASON_TOO_SLOW || !r.slow) {
			problems = append(problems, fmt.Sprintf("goodbye: %v", c.ended))
		}
	default:
		if !slices.Contains(r.rooms, id) || !c.opened {
			problems = append(problems, fmt.Sprintf("%s of %q, which was not asked for", kindOf(ev), id))
			break
		}
		v := p.knows[id]
		if v == nil {
			v = newView()
		}
		now := r.w.moment(c, ev, v)
		if reset := ev.GetReset_(); reset != nil {
			c.resets++
			problems = append(problems, r.w.judge(r, c, id, v, reset.GetCause())...)
		}
		v = v.clone()
		problems = append(problems, v.apply(ev, c, now)...)
		if ev.GetReset_() != nil {
			delete(c.caught, id)
		}
		if ev.GetCaughtUp() != nil {
			c.caught[id] = true
			r.w.counts(c, id)
		}
		p.knows = maps.Clone(p.knows)
		p.knows[id] = v
	}
	if ev.GetCursor() == "" || ev.GetEventTime() == nil {
		problems = append(problems, kindOf(ev)+" is without cursor or time")
	}
	p.cursor, p.at = ev.GetCursor(), time.Now()
	p.doomed = (c.damage != "" || c.from.doomed) && c.resets < len(r.rooms)
	r.places = append(r.places, p)
	for _, problem := range problems {
		r.w.fail("%s, connection %d: %s", r.name, c.number, problem)
	}
}
