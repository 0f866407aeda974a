package rocketchat

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

// kind is one of the subscriptions of a room.
type kind int

const (
	kindMessages kind = iota
	kindLivechat
	kindDeleted
	kindTyping
	kindCount = iota
)

// roomSubs is how many subscriptions a room needs of each stream.
var roomSubs = map[string]int{streamMessages: 1, streamLivechat: 1, streamNotify: 2}

// topic is the stream and the event of a subscription.
func (m *room) topic(ctx context.Context, k kind) (stream, event string) {
	switch k {
	case kindMessages:
		return streamMessages, m.id
	case kindLivechat:
		return streamLivechat, m.id
	case kindDeleted:
		return streamNotify, m.id + "/" + notifyDeleted
	default:
		return streamNotify, m.id + "/" + m.r.typingKind(ctx)
	}
}

// grant is a subscription from when it is asked for.
type grant struct {
	kind   kind
	stream string
	over   bool // the server has ended it; guarded by the room's lock
}

// missing are the subscriptions that the room lacks. It needs mu.
func (m *room) missing() (lacks []kind) {
	for k := kindMessages; k < kindCount; k++ {
		if m.subs[k] == "" && (k != kindMessages || m.messagesOf == ofRoom || !m.r.account.usable()) {
			lacks = append(lacks, k)
		}
	}
	return lacks
}

// subscribe makes the subscriptions that the room lacks on the connection: its messages first, because that is the one that shows
// whether the visitor may follow the room at all, and because after a break those of all rooms come before anything else; then the rest
// together.
func (m *room) subscribe(w *worker, up *link) error {
	defer up.passed(m)
	m.mu.Lock()
	if m.up != up {
		m.forget()
		m.up = up
	}
	if m.subs[kindMessages] == "" {
		m.messagesOf = ofRoom
		if m.r.account.usable() {
			m.messagesOf = ofAccount
		}
	}
	lacks := m.missing()
	m.mu.Unlock()
	var left atomic.Int32
	left.Store(int32(len(lacks)))
	placed := func() {
		if left.Add(-1) == 0 {
			m.socket.placed(up, m)
		}
	}
	if len(lacks) > 0 && lacks[0] == kindMessages {
		if err := m.add(w.ctx, up, kindMessages, placed); err != nil {
			return err
		}
		lacks = lacks[1:]
	}
	up.passed(m)
	patience := time.NewTimer(m.r.timeout)
	defer patience.Stop()
	select {
	case <-up.clear:
	case <-patience.C:
	case <-up.conn.Done():
		return up.conn.Err()
	case <-w.ctx.Done():
		return context.Cause(w.ctx)
	}
	rest, ctx := errgroup.WithContext(w.ctx)
	for _, k := range lacks {
		rest.Go(func() error { return m.add(ctx, up, k, placed) })
	}
	return rest.Wait()
}

// add makes one subscription when there is a place for it, which placed is told. A server that is asked too often all the same says how long to wait; then
// nobody asks for that stream on that connection for so long.
func (m *room) add(ctx context.Context, up *link, k kind, placed func()) error {
	stream, event := m.topic(ctx, k)
	name := subTo(stream)
	for first := true; ; first = false {
		if err := up.pace.take(ctx, up.conn.Done(), name, m); err != nil {
			return err
		}
		if first {
			placed()
		}
		err := m.ask(ctx, up, k, stream, event)
		up.pace.done(name)
		var refusal *ddp.Error
		if !errors.As(err, &refusal) || refused(refusal).Kind != KindLimited {
			return err
		}
		up.pace.hold(name, holdFor(refusal))
		m.r.log.Debug("realtime: subscriptions are limited", slog.String("stream", stream), slog.Duration("wait", refusal.TimeToReset))
	}
}

// holdFor is how long a server that is asked too often is not asked again.
func holdFor(refusal *ddp.Error) time.Duration { return max(refusal.TimeToReset, time.Second) }

// ask sends both keys that streams look for the token under: visitorToken for messages and livechat-room, token for notify-room
// (6.5.3/ddp-visitor-subs).
func (m *room) ask(ctx context.Context, up *link, k kind, stream, event string) error {
	ctx, cancel := context.WithTimeout(ctx, m.r.timeout)
	defer cancel()
	token, g := m.token.Reveal(), &grant{kind: k, stream: stream}
	sub := ddp.Subscription{
		Name: stream,
		Params: []any{event, map[string]any{
			"useCollection": false,
			"args":          []any{map[string]string{"token": token, "visitorToken": token}},
		}},
		OnEnd: func(refusal *ddp.Error) { m.takenBack(up, g, refusal) },
	}
	if k == kindMessages {
		sub.OnSent = func() { up.passed(m) }
	}
	id, err := up.conn.Subscribe(ctx, sub)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !g.over && m.up == up {
		m.subs[k] = id
		m.r.subs.Add(1)
	}
	return nil
}

// drop forgets one subscription. It needs mu.
func (m *room) drop(k kind) {
	if m.subs[k] != "" {
		m.subs[k] = ""
		m.r.subs.Add(-1)
	}
}

// forget drops what was on a connection that is no more. It needs mu.
func (m *room) forget() {
	for k := range kind(kindCount) {
		m.drop(k)
	}
	m.up = nil
}

// unsubscribe ends every subscription.
func (m *room) unsubscribe() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.up.alive() {
		for _, id := range m.subs {
			if id != "" {
				m.up.conn.Unsubscribe(id)
			}
		}
	}
	m.forget()
}
