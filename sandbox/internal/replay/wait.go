package replay

import (
	"context"
	"time"
)

// await takes in what must come before an event, and moves the clock to its time. It waits for what is missing only so long.
func (p *Player) await(ctx context.Context, event int) {
	p.patiently(ctx, &p.spentOnReplies, func(l *link) bool { return l.replied() })
	if !p.patiently(ctx, &p.spent, func(l *link) bool { return l.complete(event) }) {
		for _, l := range p.open() {
			l.forgo(event)
		}
	}
	for _, l := range p.open() {
		l.learn(p.names, event)
	}
	if event < len(p.rec.Events) {
		p.cfg.Clock.advance(p.rec.Start.Add(time.Duration(p.rec.Events[event].T) * time.Millisecond))
	}
}

// patiently waits until something holds for all connections. The time that it waits in vain is spent.
func (p *Player) patiently(ctx context.Context, spent *time.Duration, holds func(*link) bool) bool {
	patience := framePatience
	if *spent > totalPatience {
		patience = hardlyAnyTime
	}
	began := time.Now()
	done := p.until(ctx, patience, func() bool {
		all := true
		for _, l := range p.open() {
			l.absorb(p.names, p.acted)
			all = all && holds(l)
		}
		return all
	})
	if !done {
		*spent += time.Since(began)
	}
	return done
}

// until waits for a condition that can only change when a connection receives something.
func (p *Player) until(ctx context.Context, patience time.Duration, condition func() bool) bool {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for !condition() {
		select {
		case <-p.news:
		case <-timer.C:
			return condition()
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// end closes a connection, unless the server has done so, and waits until the server has noticed: whoever was online on it is so no
// more when the next request comes.
func (p *Player) end(ctx context.Context, c *conn) {
	c.close()
	if p.cfg.Connections == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, closePatience)
	defer cancel()
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	for p.cfg.Connections() > p.alive() {
		select {
		case <-poll.C:
		case <-ctx.Done():
			return
		}
	}
}

// alive is how many connections of ours are open.
func (p *Player) alive() int {
	n := 0
	for _, l := range p.open() {
		if !l.conn.over() {
			n++
		}
	}
	for _, c := range p.presences {
		if !c.over() {
			n++
		}
	}
	return n
}

// open are the links with a connection, in the order of their opening.
func (p *Player) open() []*link {
	var all []*link
	seen := map[*link]bool{}
	for _, l := range p.links {
		if l != nil && l.conn != nil && !seen[l] {
			all = append(all, l)
			seen[l] = true
		}
	}
	return all
}

// finish waits for the last frames.
func (p *Player) finish(ctx context.Context) {
	p.await(ctx, len(p.rec.Events))
	for _, l := range p.open() {
		if !l.closed.recorded {
			p.last(ctx, l)
		}
	}
}

// settle waits until our server has done what it was told on a connection, and has sent all that came of it.
func (p *Player) settle(ctx context.Context, l *link) {
	if !l.connected() {
		return // no ping would be answered
	}
	before := l.conn.barriersPassed()
	_ = l.conn.barrier(ctx) // a connection that is gone shows as ended
	p.on(ctx, l, func() bool { return l.conn.barriersPassed() > before })
}

// last waits, before a connection is let go, for all that can still come on it, whatever patience was spent.
func (p *Player) last(ctx context.Context, l *link) {
	p.settle(ctx, l)
	if !l.connected() {
		p.on(ctx, l, l.whole)
	}
}

// on waits until something holds for a connection, unless that ends.
func (p *Player) on(ctx context.Context, l *link, holds func() bool) {
	p.until(ctx, settlePatience, func() bool {
		_, over := l.conn.ended()
		l.absorb(p.names, p.acted)
		return over || holds()
	})
}

// connected says that the connection is so far that a ping is answered.
func (l *link) connected() bool {
	for _, frame := range at(l.got, "control").items {
		if object, ok := frame.(map[string]any); ok && object["msg"] == "connected" {
			return true
		}
	}
	return false
}

// closeAll ends what is still open.
func (p *Player) closeAll() {
	for _, l := range p.open() {
		l.conn.close()
	}
	for _, c := range p.presences {
		c.close()
	}
}
