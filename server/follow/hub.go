// Package follow keeps the logs of the rooms that somebody follows true to Rocket.Chat: it subscribes upstream, reads history,
// turns both into the contract's events, and says so when it may have missed something.
package follow

import (
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/rocketline/rocketline/internal/roomlog"
	"github.com/rocketline/rocketline/rocketchat"
)

// Upstream is what a Hub needs of the adapter.
type Upstream interface {
	FollowFunc(
		ctx context.Context, token rocketchat.Secret, roomID string, each func(rocketchat.Event), ended func(),
	) (*rocketchat.Feed, error)
	Room(ctx context.Context, token rocketchat.Secret, roomID string) (rocketchat.Room, error)
	History(ctx context.Context, token rocketchat.Secret, q rocketchat.HistoryQuery) ([]rocketchat.Message, error)
	Config(ctx context.Context, token rocketchat.Secret, department string) (rocketchat.LivechatConfig, error)
}

// Options configure a Hub.
type Options struct {
	Upstream Upstream
	Logger   *slog.Logger
	// Grace is how long a room is still followed after its last reader has left, so that one that comes back resumes. Default 30 s.
	Grace time.Duration
	// RingEvents and RingBytes bound what a room keeps for readers that come back or fall behind. Defaults 1,024 and 256 KiB.
	RingEvents, RingBytes int
	// RingsBytes bounds what all rooms keep together: the oldest goes first. Default 256 MiB.
	RingsBytes int64
	// Recheck is about how often a room is read though nothing is known to be missing: whether it is still its visitor's, whether it was
	// closed without a note, whether a frame was lost on the way. Default 10 min.
	Recheck time.Duration
	// RetryMin and RetryMax bound the waits between attempts to read a room after a break. Defaults 1 s and 30 s.
	RetryMin, RetryMax time.Duration
	// Meter is told what happens; nil for nobody.
	Meter Meter

	// follow is Upstream's, but in tests.
	follow func(ctx context.Context, token rocketchat.Secret, roomID string, each func(rocketchat.Event), ended func()) (feed, error)
}

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{
		{&o.Grace, 30 * time.Second},
		{&o.Recheck, 10 * time.Minute},
		{&o.RetryMin, time.Second},
		{&o.RetryMax, 30 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.usual
		}
	}
	if o.RingEvents == 0 {
		o.RingEvents = 1024
	}
	if o.RingBytes == 0 {
		o.RingBytes = 256 << 10
	}
	if o.RingsBytes == 0 {
		o.RingsBytes = 256 << 20
	}
	if o.Meter == nil {
		o.Meter = noMeter{}
	}
	if o.follow == nil {
		o.follow = func(
			ctx context.Context, token rocketchat.Secret, roomID string, each func(rocketchat.Event), ended func(),
		) (feed, error) {
			f, err := o.Upstream.FollowFunc(ctx, token, roomID, each, ended)
			if err != nil {
				return nil, err
			}
			return f, nil
		}
	}
	return o
}

// readers is how many rooms are read from Rocket.Chat at a time: enough to keep it busy, few enough to leave room for calls.
const readers = 32

// Hub holds the rooms that are followed, each once, however many readers it has.
type Hub struct {
	o      Options
	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	// reading bounds how many rooms are read at a time.
	reading chan struct{}
	budget  *roomlog.Budget

	mu    sync.Mutex
	rooms map[string]*room
}

// NewHub makes a hub. Close it when done.
func NewHub(o Options) *Hub {
	o = o.withDefaults()
	ctx, cancel := context.WithCancel(context.Background())
	return &Hub{
		o: o, ctx: ctx, cancel: cancel, rooms: make(map[string]*room), reading: make(chan struct{}, readers),
		budget: roomlog.NewBudget(o.RingsBytes),
	}
}

// Close stops following and waits until everything has ended.
func (h *Hub) Close() {
	h.mu.Lock()
	h.cancel() // under the lock: nothing begins after it
	h.mu.Unlock()
	h.work.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, r := range h.rooms {
		h.drop(r)
	}
}

// Rooms tells how many rooms are followed.
func (h *Hub) Rooms() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, r := range h.rooms {
		if !r.over {
			n++
		}
	}
	return n
}

// Readers tells how many readers there are, a stream of two rooms being two.
func (h *Hub) Readers() int {
	n := 0
	for _, r := range h.followed() {
		h.mu.Lock()
		n += r.readers
		h.mu.Unlock()
	}
	return n
}

// Broken tells of how many rooms frames are being lost.
func (h *Hub) Broken() int {
	n := 0
	for _, r := range h.followed() {
		if r.isBroken() {
			n++
		}
	}
	return n
}

// Budget is what all rooms keep for readers that come back or fall behind.
func (h *Hub) Budget() *roomlog.Budget { return h.budget }

// Recheck has the rooms that are followed for a visitor read now: they end if they are not the visitor's any more.
func (h *Hub) Recheck(token rocketchat.Secret) {
	for _, r := range h.followed() {
		if r.token == token {
			r.questions.ask(byClock, 0)
		}
	}
}

func (h *Hub) followed() []*room {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Values(h.rooms))
}

// Visitor is on whose behalf a room is followed.
type Visitor struct {
	Token   rocketchat.Secret
	Address netip.Addr // what Rocket.Chat is told; may be invalid
}

// Attach gives a reader of one room, and starts to follow the room if nobody does. The caller has proved the visitor's right: room
// is what Rocket.Chat answered to that visitor. Wake is sent to whenever the reader may have something new; it wants a buffer of one.
//
// It returns when the room has been read once. Its errors are the adapter's.
func (h *Hub) Attach(ctx context.Context, v Visitor, known rocketchat.Room, from Start, wake chan<- struct{}) (*Reader, error) {
	from.came = time.Now()
	r := h.join(v, known)
	if r == nil {
		return nil, h.ctx.Err()
	}
	select {
	case <-r.ready:
	case <-ctx.Done():
		h.leave(r)
		return nil, ctx.Err()
	}
	if r.failure != nil {
		h.leave(r)
		return nil, r.failure
	}
	return r.reader(from, wake, sync.OnceFunc(func() { h.leave(r) })), nil
}

// join counts one more reader of the room, which is followed from now on; nil if the hub is closed.
func (h *Hub) join(v Visitor, known rocketchat.Room) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ctx.Err() != nil {
		return nil
	}
	r, ok := h.rooms[known.ID]
	if !ok {
		// Its calls do not wait for Rocket.Chat's rate limit: while they did, they would keep other rooms from being read.
		ctx := rocketchat.WithLimitUntil(rocketchat.WithClientAddress(h.ctx, v.Address), time.Time{})
		r = newRoom(ctx, known, v.Token, &h.o, h.budget, h.reading)
		h.rooms[known.ID] = r
		h.work.Add(1)
		r.leave = func() {
			h.over(r)
			h.work.Done()
		}
		go r.begin()
	}
	r.readers++
	if r.idle != nil {
		r.idle.Stop()
		r.idle = nil
	}
	return r
}

// leave counts one reader less; a room without any is dropped after the grace period.
func (h *Hub) leave(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.readers--
	switch {
	case r.readers > 0:
		return
	case h.rooms[r.id] != r:
		r.log.Close()
		return
	}
	var idle *time.Timer
	idle = time.AfterFunc(h.o.Grace, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if r.idle == idle { // nobody has come since, not even for a moment
			h.drop(r)
		}
	})
	r.idle = idle
}

// over takes a room that is followed no longer. One that is closed is kept as any other, for readers that come back: nothing happens in it any more
// that they are told. Every other is dropped, so that the next reader starts it anew; its readers keep what they hold.
func (h *Hub) over(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	r.cancel()
	r.over = true
	if h.ctx.Err() != nil || r.ending != Closed {
		h.drop(r)
	}
}

// drop is called with the lock held.
func (h *Hub) drop(r *room) {
	r.cancel()
	if h.rooms[r.id] == r {
		delete(h.rooms, r.id)
	}
	if r.readers == 0 {
		r.log.Close()
	}
	if r.idle != nil {
		r.idle.Stop()
		r.idle = nil
	}
}

// newEpoch names one following of one room: positions are comparable only within it.
func newEpoch() Epoch {
	var e Epoch
	_, _ = rand.Read(e[:]) // never fails
	return e
}
