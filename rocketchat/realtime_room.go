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

// resume makes the room live if everything that it is told by is. It needs mu.
func (m *room) resume() {
	if m.live || m.gone || m.worker != nil || m.messagesOf == ofAccount && !m.r.account.live() {
		return
	}
	if m.broken {
		m.r.restored.Add(1)
	}
	m.live, m.broken = true, true
	for _, f := range m.feeds {
		f.out.resume()
	}
}

// pause tells the feeds of a break. It needs mu.
func (m *room) pause() {
	m.live = false
	for _, f := range m.feeds {
		f.out.interrupt()
	}
}

// interrupted is told when a connection is lost.
func (m *room) interrupted(up *link) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.up == up {
		m.forget()
	}
	switch {
	case m.gone:
	case m.worker == nil:
		m.pause()
		m.again()
	default:
		m.socket.settle(m, false)
	}
}

// again starts the worker of a room that was subscribed. It needs mu.
func (m *room) again() {
	if m.worker == nil && !m.gone {
		m.socket.settle(m, false)
		m.start()
	}
}

// accountChanged is told when the service account's connection comes or goes, or the account cannot be used.
func (m *room) accountChanged() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.gone || m.worker != nil || m.messagesOf != ofAccount {
		return // a worker finds out when it is done
	}
	switch {
	case m.r.account.live():
		m.resume()
	case m.r.account.usable():
		m.pause()
	default:
		m.pause()
		m.again() // its messages are missing now
	}
}

// accountFailed is told when an attempt to connect the service account failed.
func (m *room) accountFailed(err error) {
	m.mu.Lock()
	waits := m.worker == nil && !m.live
	m.mu.Unlock()
	if waits {
		m.failed(err)
	}
}

// takenBack is told when the server ends a subscription that it had confirmed. What it says when it is asked once more decides, where
// that can be anything but no.
func (m *room) takenBack(up *link, g *grant, refusal *ddp.Error) {
	m.mu.Lock()
	g.over = true
	if m.gone || m.up != up || m.subs[g.kind] == "" {
		m.mu.Unlock()
		return
	}
	m.drop(g.kind)
	busy, known := m.worker != nil, refused(refusal)
	again := known.Kind == KindUnavailable || known.Kind == KindLimited
	if !busy {
		m.pause()
		if again {
			m.again()
		}
	}
	m.mu.Unlock()
	if !busy && !again {
		m.refuse(known)
	}
}

// refuse ends every feed after its reader has taken what happened before.
func (m *room) refuse(err *Error) {
	m.mu.Lock()
	m.gone = true
	m.pause()
	for _, f := range m.feeds {
		f.out.finish(err)
	}
	m.socket.settle(m, true)
	m.mu.Unlock()
	m.unsubscribe()
}

// failed tells those who wait for their first event that an attempt failed: whether to try again is theirs to say. The others wait on.
func (m *room) failed(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.feeds {
		f.out.fail(err)
	}
}

// close ends every feed.
func (m *room) close(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, f := range m.feeds {
		f.end(err)
	}
}

// reachable tells whether the room waits for nothing but the server's word.
func (m *room) reachable() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.worker == nil { // the rest is the account's
		return m.live
	}
	return m.socket.isUp()
}

// take gives an event to the feeds.
func (m *room) take(e Event, from source) {
	e.At = time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.live || e.Kind == EventMessage && from != m.messagesOf {
		return
	}
	for _, f := range m.feeds {
		f.out.put(e)
	}
}

// caughtUp is told when a feed's reader, behind until now, has taken everything: a break of its own is over.
func (m *room) caughtUp(f *Feed) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.live {
		f.out.resume()
	}
}
