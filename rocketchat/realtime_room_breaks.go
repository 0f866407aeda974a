package rocketchat

import (
	"slices"
	"time"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

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
		if slices.ContainsFunc(m.feeds, func(f *Feed) bool { return f.out.isNew() }) {
			m.socket.urge()
		}
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
	if known.Kind == KindLimited {
		up.pace.hold(subTo(g.stream), holdFor(refusal))
	}
	if !busy {
		m.pause()
		m.gone = !again // before anybody else can make it subscribe again
	}
	m.again()
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
