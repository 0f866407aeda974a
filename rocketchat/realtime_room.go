package rocketchat

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

// room is a room that is followed with one token: one set of subscriptions on one socket, for however many feeds. While it is subscribed it
// runs nothing; a worker makes the subscriptions, and makes them again after a break, until the room has no feed or is refused.
type room struct {
	r      *realtime
	id     string
	token  Secret
	socket *socket

	mu     sync.Mutex
	feeds  []*Feed
	gone   bool // takes no more feeds: the last has left, or the server refused
	live   bool // events are told
	broken bool // it was live before
	// messagesOf says who brings the room's messages: its own subscription or the service account's.
	messagesOf source
	up         *link             // that subs are on
	subs       [kindCount]string // ids; empty for none
	worker     *worker           // nil while everything is subscribed

	unsettled bool // its worker has yet to ask the present connection, or the next; guarded by the socket's lock
}

// source is where an event of a room comes from.
type source int

const (
	ofRoom    source = iota // a subscription of the room's own
	ofAccount               // the service account's
)

// worker makes a room's subscriptions.
type worker struct {
	ctx    context.Context
	cancel context.CancelFunc
	hurry  chan struct{} // holds a token when somebody asks not to wait for the next attempt
	done   chan struct{}
}

// join adds a feed, unless the room takes none. One that joins a room that is live hears what happens from then on.
func (m *room) join(f *Feed) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone {
		return false
	}
	f.room = m
	m.feeds = append(m.feeds, f)
	if m.live {
		f.out.open()
		return true
	}
	if m.worker != nil {
		select {
		case m.worker.hurry <- struct{}{}:
		default:
		}
	}
	return true
}

// leave takes a feed off and reports whether it was the last.
func (m *room) leave(f *Feed) (last bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.feeds = slices.DeleteFunc(m.feeds, func(other *Feed) bool { return other == f })
	if len(m.feeds) > 0 {
		return false
	}
	m.gone, m.live = true, false
	return true
}

// stop ends the worker and the subscriptions of a room without feeds.
func (m *room) stop() {
	m.mu.Lock()
	w := m.worker
	m.mu.Unlock()
	if w != nil {
		w.cancel()
		<-w.done
	}
	m.unsubscribe()
}

// start needs mu, and a realtime that is running.
func (m *room) start() {
	if m.worker != nil || m.gone {
		return
	}
	w := &worker{hurry: make(chan struct{}, 1), done: make(chan struct{})}
	w.ctx, w.cancel = context.WithCancel(context.Background())
	m.worker = w
	m.r.running.Go(func() {
		defer close(w.done)
		defer w.cancel()
		m.work(w)
	})
}

// work subscribes until it has succeeded, the room is refused, or it has to stop.
func (m *room) work(w *worker) {
	waits := redial{least: m.r.o.RedialMin, most: m.r.o.RedialMax}
	waits.next()
	for {
		up, err := m.socket.connection(w.ctx, true)
		if err != nil {
			return // it has to stop
		}
		err = m.subscribe(w, up)
		if err == nil && m.settled(up) {
			return
		}
		var refusal *ddp.Error
		switch {
		case w.ctx.Err() != nil:
			return
		case errors.As(err, &refusal) && refused(refusal).Kind != KindUnavailable:
			m.refuse(refused(refusal))
			return
		case err != nil:
			m.failed(err)
		}
		if up.alive() { // a dead connection's socket keeps its own waits
			w.sleep(up, waits.next())
		}
	}
}

// sleep waits, but no longer than the connection lives or nobody is in a hurry.
func (w *worker) sleep(up *link, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-w.hurry:
	case <-w.ctx.Done():
	case <-up.conn.Done():
	}
}

// settled ends the worker if nothing is missing: neither the connection nor a subscription was lost meanwhile. The room is live then,
// unless its messages are to come from an account that has a break of its own.
func (m *room) settled(up *link) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone || m.up != up || !up.alive() || len(m.missing()) > 0 {
		return false
	}
	m.worker = nil
	m.socket.settle(m, true)
	m.resume()
	return true
}
