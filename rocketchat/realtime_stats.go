package rocketchat

import "time"

// RealtimeStats are measurements of a Client's realtime connections.
type RealtimeStats struct {
	Sockets       int // connections that are wanted
	SocketsUp     int // those that are up
	Rooms         int // rooms that are followed, each token's
	Subscriptions int // that the server has confirmed, on connections that are up
	Waiting       int // subscriptions that wait for the server's limits
	// Resubscribed is how often a room was subscribed again after a break, Redials how often a connection was tried again after it had been
	// lost or could not be made. Both only grow.
	Resubscribed, Redials uint64
	// HeartbeatAge is the longest time for which a wanted connection has not been heard; 0 where none is wanted. One that has never been
	// up counts from when it was first wanted.
	HeartbeatAge time.Duration
}

// RealtimeStats measures the realtime connections. It asks nobody and costs about a microsecond for every ten connections.
func (c *Client) RealtimeStats() RealtimeStats { return c.realtime.stats() }

func (r *realtime) stats() RealtimeStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	st := RealtimeStats{
		Subscriptions: int(r.subs.Load()), Waiting: int(r.waiting.Load()),
		Resubscribed: r.restored.Load(), Redials: r.redials.Load(),
	}
	for _, rooms := range r.rooms {
		st.Rooms += len(rooms)
	}
	now := time.Now()
	count := func(heard time.Time, up bool) {
		st.Sockets++
		if up {
			st.SocketsUp++
		}
		st.HeartbeatAge = max(st.HeartbeatAge, now.Sub(heard))
	}
	for _, s := range r.sockets {
		count(s.pulse())
	}
	if heard, up, wanted := r.account.pulse(); wanted {
		count(heard, up)
	}
	return st
}

// pulse tells when the socket's connection was last heard, and whether it is up.
func (s *socket) pulse() (heard time.Time, up bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up != nil {
		return s.up.conn.Heard(), s.up.alive()
	}
	return s.heard, false
}
