package rocketchat

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"time"
)

// Options configure a Client. Only URL is required.
type Options struct {
	// URL is the site's address, http or https, with the path prefix that the site may have. It must not hold credentials.
	URL string
	// TLS is used for https and wss; nil takes the system's roots.
	TLS *tls.Config
	// DialContext makes every connection to the site: for REST, for files and for realtime, TLS on top of it. It is given the site's own
	// address, because a proxy that the environment names is then not used. It does not serve redirects to other hosts, whose addresses
	// are checked as they are dialled. nil dials as net/http does.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// Timeout bounds one REST call, without its wait for the rate limit, and one realtime handshake. Default 10 s.
	Timeout time.Duration
	// LimitWait is how long a call whose context has no deadline may wait for Rocket.Chat's rate limit; one with a deadline waits as long as
	// that allows. A call that cannot wait long enough is refused with KindLimited, without being sent where the limit is known to be
	// reached. Default 30 s.
	LimitWait time.Duration
	// Logger gets what no caller is told: a realtime connection lost and restored, a frame that could not be read. Default: discard.
	Logger *slog.Logger
	// Observe is called once per REST call with its operation ("send message"), its outcome ("ok", an error's code,
	// "unavailable", or "limited" where it was not sent) and how long it took without its wait for the rate limit. Neither argument ever holds an id. Optional.
	Observe func(op, outcome string, took time.Duration)
	// RedirectsTo lists where file downloads may be redirected to beside the site and public addresses over https. Redirects do not go
	// through a proxy that the environment names, because it would be dialled in the place of the address that is checked.
	RedirectsTo Redirects
	// Realtime tunes the realtime connections. The zero value is right for production.
	Realtime RealtimeOptions
}

// RealtimeOptions are the timings of realtime connections, and who subscribes.
type RealtimeOptions struct {
	PingAfter   time.Duration // own ping after this much silence. Default 20 s
	PingTimeout time.Duration // a connection that stays silent this much longer is dead. Default 10 s
	RedialMin   time.Duration // first wait between attempts to connect again; the very first attempt is at once. Default 1 s
	RedialMax   time.Duration // longest wait between attempts. Default 30 s
	// Account brings the messages of all rooms by one subscription, instead of one for each room. nil for none.
	Account *Account
}

// Client talks to one Rocket.Chat site. It is safe for concurrent use. Close it when done.
type Client struct {
	rest     *rest
	realtime *realtime
}

// New makes a Client. It checks the options and connects to nothing: a site that is down is not an error here.
func New(o Options) (*Client, error) {
	site, err := parseSite(o.URL)
	if err != nil {
		return nil, err
	}
	o = o.withDefaults()
	c := &Client{rest: newREST(site, o)}
	c.realtime = newRealtime(site, o, c.rest.version, c.rest.accountPermitted)
	return c, nil
}

// Close ends every feed and closes all connections.
func (c *Client) Close() {
	c.realtime.close()
	c.rest.close()
}

// Follow subscribes to everything that Rocket.Chat tells a visitor about one room and returns once the server has confirmed it
// all. The feed lives until ctx ends, Close is called, or the right to the room is lost.
//
// Rocket.Chat replays nothing: what happened before Follow returned is in History only. A room that is closed is refused from
// 6.3 on, with code "not-allowed", unless a service account brings its messages.
func (c *Client) Follow(ctx context.Context, token Secret, roomID string) (*Feed, error) {
	return c.realtime.follow(ctx, token, roomID)
}

// FollowFunc is Follow for those who follow so many rooms that a goroutine for each is too much: each is called with one event after the
// other, on a goroutine that exists only while there are some, and perhaps before FollowFunc has returned; never if that returns an error.
// While it is busy, events are kept for it as Feed.Events says. It must return when ctx ends, and must not close the feed.
//
// ended is called once, on a goroutine of its own, when the feed has ended and each has returned for the last time; also if FollowFunc
// returned an error. It may take its time and follow the room anew: no Close waits for it.
func (c *Client) FollowFunc(ctx context.Context, token Secret, roomID string, each func(Event), ended func()) (*Feed, error) {
	return c.realtime.followFunc(ctx, token, roomID, each, ended)
}
