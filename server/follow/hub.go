// Package follow keeps the logs of the rooms that somebody follows true to Rocket.Chat: it subscribes upstream, reads history,
// turns both into the contract's events, and says so when it may have missed something.
package follow

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/rocketline/rocketline/rocketchat"
)

// Upstream is what a Hub needs of the adapter.
type Upstream interface {
	Follow(ctx context.Context, token rocketchat.Secret, roomID string) (*rocketchat.Feed, error)
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
	// RingSize is how many events a room keeps for readers that come back or fall behind. Default 1,024.
	RingSize int
	// RetryMin and RetryMax bound the waits between attempts to read a room after a break. Defaults 1 s and 30 s.
	RetryMin, RetryMax time.Duration

	follow func(ctx context.Context, token rocketchat.Secret, roomID string) (feed, error) // Upstream's, but in tests
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

	mu    sync.Mutex
	rooms map[string]*room
}

// NewHub makes a hub. Close it when done.
func NewHub(o Options) *Hub {
	if o.Grace == 0 {
		o.Grace = 30 * time.Second
	}
	if o.RingSize == 0 {
		o.RingSize = 1024
	}
	if o.RetryMin == 0 {
		o.RetryMin = time.Second
	}
	if o.RetryMax == 0 {
		o.RetryMax = 30 * time.Second
	}
	if o.follow == nil {
		o.follow = func(ctx context.Context, token rocketchat.Secret, roomID string) (feed, error) {
			f, err := o.Upstream.Follow(ctx, token, roomID)
			if err != nil {
				return nil, err
			}
			return f, nil
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	return &Hub{o: o, ctx: ctx, cancel: cancel, rooms: make(map[string]*room), reading: make(chan struct{}, readers)}
}

// Close stops following and waits until everything has ended.
func (h *Hub) Close() {
	h.cancel()
	h.work.Wait()
}

// Rooms tells how many rooms are followed, for the metric.
func (h *Hub) Rooms() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.rooms)
}

// Visitor is on whose behalf a room is followed.
type Visitor struct {
	Token   rocketchat.Secret
	Address netip.Addr // what Rocket.Chat is told; may be invalid
}

// Attach gives a reader of one room, and starts to follow the room if nobody does. The caller has proved the visitor's right: room
// is what Rocket.Chat answered to that visitor. Wake is sent to whenever the reader may have something new.
//
// It returns when the room's history is known. Its errors are the adapter's.
func (h *Hub) Attach(ctx context.Context, v Visitor, known rocketchat.Room, from Start, wake chan<- struct{}) (*Reader, error) {
	r := h.join(v, known)
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
	return r.reader(from, wake, func() { h.leave(r) }), nil
}

// join counts one more reader of the room, which is followed from now on.
func (h *Hub) join(v Visitor, known rocketchat.Room) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	r, ok := h.rooms[known.ID]
	if !ok {
		// Its calls do not wait for Rocket.Chat's rate limit: while they did, they would keep other rooms from being read.
		ctx, cancel := context.WithCancel(rocketchat.WithLimitUntil(rocketchat.WithClientAddress(h.ctx, v.Address), time.Time{}))
		r = newRoom(known, v.Token, h.o, newEpoch(), h.reading, cancel)
		h.rooms[known.ID] = r
		h.work.Go(func() {
			r.run(ctx)
			h.forget(r)
		})
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
	if r.readers > 0 || h.rooms[r.id] != r {
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

// forget drops a room whose run has ended, so that the next reader starts it anew. Its readers keep what they hold.
func (h *Hub) forget(r *room) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(r)
}

// drop is called with the lock held.
func (h *Hub) drop(r *room) {
	r.cancel()
	if h.rooms[r.id] == r {
		delete(h.rooms, r.id)
	}
	if r.idle != nil {
		r.idle.Stop()
		r.idle = nil
	}
}

// newEpoch names one following of one room: positions are comparable only within it.
func newEpoch() [8]byte {
	var e [8]byte
	_, _ = rand.Read(e[:]) // never fails
	return e
}
