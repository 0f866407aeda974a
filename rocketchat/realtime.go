package rocketchat

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// CodeNotAllowed is how a server refuses to let a room be followed, whatever the reason: a wrong token, an unknown room, and from 6.3
// on a closed one (6.5.3/ddp-visitor-subs). Servers that refuse without a word, as 3.4 does, read the same.
const CodeNotAllowed = "not-allowed"

const opFollow = "follow room"

var (
	errFeedClosed   = errors.New("feed closed")
	errClientClosed = errors.New("client closed")
	errNoConnection = errors.New("no connection in time")
)

// realtime keeps the connections on which rooms are followed. The visitor's token travels in each subscription, so one connection
// carries the rooms of many visitors (tried with 30 on 6.5.3, realtime.md 8 and 16). It never calls livechat:setUpConnection,
// which would tie a connection to its first visitor and set that one offline at every reconnect.
type realtime struct {
	url     string
	o       RealtimeOptions
	timeout time.Duration
	log     *slog.Logger
	http    *http.Client
	version func(context.Context) (Version, error)
	account *account       // nil for none
	dials   chan struct{}  // full while as many handshakes are under way as may be
	running sync.WaitGroup // every socket, worker and feed

	// Counted for RealtimeStats.
	subs, waiting     atomic.Int64
	restored, redials atomic.Uint64

	mu      sync.Mutex
	closed  bool
	sockets []*socket
	rooms   map[string][]*room // by id: one for each token, and those that are on their way out
}

// newRealtime makes a realtime that connects to nothing yet. o has its defaults. permitted is the service account's.
func newRealtime(site *url.URL, o Options, version func(context.Context) (Version, error), permitted func(context.Context, Account) error) *realtime {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // a WebSocket handshake has no place in HTTP/2
	tls := o.TLS.Clone()     // REST's transport writes into its own
	if tls != nil {
		tls.NextProtos = nil
	}
	r := &realtime{
		url:     websocketURL(site),
		o:       o.Realtime,
		timeout: o.Timeout,
		log:     o.Logger,
		http: &http.Client{Transport: &http.Transport{
			Proxy:           o.proxy(),
			DialContext:     o.DialContext,
			TLSClientConfig: tls,
			Protocols:       protocols,
		}},
		version: version,
		dials:   make(chan struct{}, maxDials),
		rooms:   map[string][]*room{},
	}
	if with := o.Realtime.Account; with != nil {
		r.account = &account{r: r, Account: *with, permitted: permitted}
	}
	return r
}

// websocketURL is the site's address with /websocket behind its path. Nothing may follow: ddp-streamer takes any other path for SockJS
// (realtime.md 1).
func websocketURL(site *url.URL) string {
	u := site.JoinPath("websocket")
	u.Scheme = map[string]string{"http": "ws", "https": "wss"}[site.Scheme]
	return u.String()
}

// follow implements Client.Follow. ctx governs the feed's whole life. A site that cannot be reached is told at once, as
// KindUnavailable; retrying is the caller's choice until there is a feed, and ours from then on.
func (r *realtime) follow(ctx context.Context, token Secret, roomID string) (*Feed, error) {
	return r.followFunc(ctx, token, roomID, nil, nil)
}

// followFunc implements Client.FollowFunc, without functions Client.Follow.
func (r *realtime) followFunc(ctx context.Context, token Secret, roomID string, each func(Event), ended func()) (*Feed, error) {
	f := newFeed(ctx, each, ended)
	started := f.out.started
	if !r.join(f, token, roomID) {
		f.end(errFeedClosed)
		if ended != nil {
			go ended()
		}
		return nil, &Error{Op: opFollow, Kind: KindUnavailable, cause: errClientClosed}
	}
	context.AfterFunc(f.ctx, f.finish)
	if err := f.start(started, r.timeout); err != nil {
		err = followError(f.ctx, err)
		f.end(err)
		if each == nil { // a function may be waiting for the caller
			<-f.done
		}
		return nil, err
	}
	return f, nil
}

// start waits until the feed is live. Once there is a connection it waits for as long as the server wants. If it returns an error nothing was
// told and nothing will be.
func (f *Feed) start(started <-chan error, timeout time.Duration) error {
	patience := time.NewTimer(timeout)
	defer patience.Stop()
	for {
		select {
		case err := <-started:
			return err
		case <-f.ctx.Done():
			f.out.fail(context.Cause(f.ctx)) // unless it has become live just now
			return <-started
		case <-patience.C:
			if !f.room.reachable() {
				f.out.fail(errNoConnection)
				return <-started
			}
		}
	}
}

// join puts a feed into its room, and makes that if nobody follows it yet with that token.
func (r *realtime) join(f *Feed, token Secret, roomID string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.running.Add(1) // until the feed has finished
	for _, m := range r.rooms[roomID] {
		if m.token == token && m.join(f) {
			m.socket.urge()
			return true
		}
	}
	r.account.start()
	m := &room{r: r, id: roomID, token: token, feeds: []*Feed{f}}
	f.room = m
	r.seat(m)
	r.rooms[roomID] = append(r.rooms[roomID], m)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.start()
	return true
}

// leave takes a feed out of its room. With the last one the room is given up.
func (r *realtime) leave(f *Feed) {
	m := f.room
	if !m.leave(f) {
		return
	}
	m.stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	rest := slices.DeleteFunc(r.rooms[m.id], func(other *room) bool { return other == m })
	if r.rooms[m.id] = rest; len(rest) == 0 {
		delete(r.rooms, m.id)
	}
	r.vacate(m)
}

// each calls do for every room.
func (r *realtime) each(do func(*room)) {
	r.mu.Lock()
	var all []*room
	for _, rooms := range r.rooms {
		all = append(all, rooms...)
	}
	r.mu.Unlock()
	for _, m := range all {
		do(m)
	}
}

// close ends every feed and every connection, and waits for them.
func (r *realtime) close() {
	r.mu.Lock()
	r.closed = true
	for _, s := range slices.Clone(r.sockets) {
		if s.empty() {
			r.remove(s)
		}
	}
	r.mu.Unlock()
	r.each(func(m *room) { m.close(&Error{Op: opFollow, Kind: KindUnavailable, cause: errClientClosed}) })
	r.account.close()
	r.running.Wait()
	r.http.CloseIdleConnections()
}

// typingKind chooses between the two names that typing has had. On 4 and 5 both exist and would tell everything twice. If the version
// cannot be had it is the newer name: below 4.0 that subscription is accepted and stays silent (3.4.0/ddp-subs), so no more
// than typing is missing, and only until the room is subscribed again.
func (r *realtime) typingKind(ctx context.Context) string {
	v, err := r.version(ctx)
	if err == nil && !v.has(userActivity) {
		return notifyTyping
	}
	return notifyActivity
}
