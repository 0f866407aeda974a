package rocketchat

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/rocketline/rocketline/rocketchat/ddp"
)

// CodeNotAllowed is how a server refuses to let a room be followed, whatever the reason: a wrong token, an unknown room, and from 6.3
// on a closed one (6.5.3/ddp-visitor-subs). Servers that refuse without a word, as 3.4 does, read the same.
const CodeNotAllowed = "not-allowed"

// roomsPerSocket bounds the rooms on one connection. Rocket.Chat takes 40 subscriptions per stream name, connection and 40 s
// (measured on 6.5.3, realtime.md 16), and a room needs two of stream-notify-room: a connection of 20 rooms can be restored at once.
const roomsPerSocket = 20

const opFollow = "follow room"

var (
	errFeedClosed   = errors.New("feed closed")
	errClientClosed = errors.New("client closed")
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
	running sync.WaitGroup // every socket and every follower

	mu      sync.Mutex
	closed  bool
	sockets []*socket
}

// newRealtime makes a realtime that connects to nothing yet. o has its defaults.
func newRealtime(site *url.URL, o Options, version func(context.Context) (Version, error)) *realtime {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true) // a WebSocket handshake has no place in HTTP/2
	tls := o.TLS.Clone()     // REST's transport writes into its own
	if tls != nil {
		tls.NextProtos = nil
	}
	return &realtime{
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
	}
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
	f := newFollower(ctx, r, token, roomID)
	if !r.admit(f) {
		return nil, &Error{Op: opFollow, Kind: KindUnavailable, cause: errClientClosed}
	}
	conn, err := f.setUp()
	if err != nil {
		err = followError(f.ctx, err)
		f.end(err)
		r.release(f)
		r.running.Done()
		return nil, err
	}
	f.out.open()
	go func() {
		defer r.running.Done()
		f.run(conn)
	}()
	return &Feed{f}, nil
}

// admit finds a socket for f and counts it as running. Two feeds of one room go on two sockets: frames do not say which
// subscription they belong to. This is the place to weigh sockets by how many subscriptions they may still make.
func (r *realtime) admit(f *follower) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return false
	}
	r.running.Add(1)
	for _, s := range r.sockets {
		if s.take(f) {
			f.socket = s
			return true
		}
	}
	s := newSocket(r)
	s.take(f)
	f.socket = s
	r.sockets = append(r.sockets, s)
	r.running.Go(s.run)
	return true
}

// release takes f off its socket and closes the socket if it was the last, unless somebody is writing on it.
func (r *realtime) release(f *follower) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.socket.drop(f) && (f.socket.writing == 0 || r.closed) {
		r.remove(f.socket)
	}
}

// close ends every feed and every connection, and waits for them.
func (r *realtime) close() {
	r.mu.Lock()
	r.closed = true
	for _, s := range slices.Clone(r.sockets) {
		followers := s.followers()
		for _, f := range followers {
			f.end(&Error{Op: opFollow, Kind: KindUnavailable, cause: errClientClosed})
		}
		if len(followers) == 0 {
			r.remove(s)
		}
	}
	r.mu.Unlock()
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

// followError makes the *Error that callers see. ctx is the follower's: when it has ended, that is the reason.
func followError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	var known *Error
	var refusal *ddp.Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &refusal):
		return refused(refusal)
	default:
		return &Error{Op: opFollow, Kind: KindUnavailable, cause: err}
	}
}

// refused translates a server's refusal of a subscription (realtime.md 5.3).
func refused(e *ddp.Error) *Error {
	known := &Error{Op: opFollow, Kind: KindRefused, Code: e.Code, Text: e.Reason, RetryAfter: e.TimeToReset}
	switch e.Code {
	case "":
		if e.Reason == "" {
			known.Code = CodeNotAllowed
		}
	case "too-many-requests", CodeTooManyRequests:
		known.Kind, known.Code = KindLimited, CodeTooManyRequests
	case "404": // no such publication
		known.Kind = KindUnsupported
	case "500": // a rule threw
		known.Kind = KindUnavailable
	}
	return known
}
