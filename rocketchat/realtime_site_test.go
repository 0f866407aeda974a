package rocketchat

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// site is a Rocket.Chat in memory, as far as realtime is concerned: it grants subscriptions and sends what the test tells it to. It
// lives in a synctest bubble.
type site struct {
	t    *testing.T
	rest http.Handler // of what is not realtime; nil for none
	// permission is the answer to whether the service account may view rooms.
	permission   error
	loginRefusal string // the error of a login; empty grants it
	logins       int
	slow         func() // called in a handshake; nil for nothing
	conns        chan net.Conn
	done         chan struct{}
	running      sync.WaitGroup

	mu      sync.Mutex
	down    bool
	dials   []time.Time
	sockets []*siteSocket
	subs    []siteSub
	writes  []siteSub // methods that were called
	// result is the member of a method's answer: "" for none, as a write has; "silence" answers nothing.
	result func(siteSub) string
	// answer may refuse a subscription: the error member of nosub, or "bare" for none. Empty grants it, "silence" does neither.
	answer func(siteSub) string
}

type siteSub struct {
	socket *siteSocket
	ID     string `json:"id"`
	Msg    string `json:"msg"`
	Name   string `json:"name"`
	Method string `json:"method"`
	Params []any  `json:"params"`
}

func (s siteSub) event() string { return s.Params[0].(string) }

type connKey struct{}

// siteSocket is one connection as the site sees it.
type siteSocket struct {
	ws   *websocket.Conn
	raw  net.Conn
	mu   sync.Mutex
	subs map[string]string // stream and event, by id
	mute bool              // still reads, says nothing
}

func newSite(t *testing.T) *site {
	s := &site{t: t, conns: make(chan net.Conn), done: make(chan struct{}), answer: func(siteSub) string { return "" }, result: func(siteSub) string { return "" }}
	server := &http.Server{Handler: s, ConnContext: func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, c)
	}}
	s.running.Go(func() { _ = server.Serve(s) })
	t.Cleanup(func() {
		_ = server.Close()
		s.running.Wait()
	})
	return s
}

// realtime returns a realtime that reaches the site, with the default timings. It is closed with the test.
func (s *site) realtime(version string) *realtime { return s.realtimeOf(version, nil) }

func (s *site) realtimeOf(version string, account *Account) *realtime {
	address, _ := url.Parse("https://chat.test/support")
	r := newRealtime(address, Options{Realtime: RealtimeOptions{Account: account}}.withDefaults(), func(context.Context) (Version, error) { return parseVersion(version) }, s.permitted)
	r.http.Transport = &http.Transport{DialContext: s.dial, DialTLSContext: s.dial}
	s.t.Cleanup(r.close)
	return r
}

func (s *site) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	s.mu.Lock()
	s.dials = append(s.dials, time.Now())
	down := s.down
	s.mu.Unlock()
	if down {
		return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	}
	client, server := net.Pipe()
	select {
	case s.conns <- server:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept, Close and Addr make the site a net.Listener.
func (s *site) Accept() (net.Conn, error) {
	select {
	case c := <-s.conns:
		return c, nil
	case <-s.done:
		return nil, net.ErrClosed
	}
}

func (s *site) Close() error {
	select {
	case <-s.done:
	default:
		close(s.done)
	}
	return nil
}

func (s *site) Addr() net.Addr { return &net.UnixAddr{Name: "chat.test"} }

// ServeHTTP speaks DDP.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.running.Add(1)
	defer s.running.Done()
	if r.URL.Path != "/support/websocket" {
		if s.rest != nil {
			s.rest.ServeHTTP(w, r)
			return
		}
		s.t.Errorf("path %s", r.URL.Path)
	}
	if s.slow != nil {
		s.slow()
	}
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer func() { _ = ws.CloseNow() }()
	socket := &siteSocket{ws: ws, raw: r.Context().Value(connKey{}).(net.Conn), subs: map[string]string{}}
	s.mu.Lock()
	s.sockets = append(s.sockets, socket)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.sockets = slices.DeleteFunc(s.sockets, func(x *siteSocket) bool { return x == socket })
	}()
	for {
		_, text, err := ws.Read(context.Background())
		if err != nil {
			return
		}
		sub := siteSub{socket: socket}
		_ = json.Unmarshal(text, &sub)
		s.take(sub)
	}
}

func (s *site) take(f siteSub) {
	switch f.Msg {
	case "connect":
		f.socket.send(`{"msg":"connected","session":"kQ3vXbT7mWcR2sYpd"}`)
	case "ping":
		f.socket.send(`{"msg":"pong"}`)
	case "unsub":
		f.socket.mu.Lock()
		delete(f.socket.subs, f.ID)
		f.socket.mu.Unlock()
		f.socket.send(fmt.Sprintf(`{"msg":"nosub","id":%q}`, f.ID))
	case "sub":
		s.mu.Lock()
		s.subs = append(s.subs, f)
		refusal := s.answer(f)
		s.mu.Unlock()
		switch refusal {
		case "silence":
		case "bare":
			f.socket.send(fmt.Sprintf(`{"msg":"nosub","id":%q}`, f.ID))
		case "":
			f.socket.grant(f)
		default:
			f.socket.send(fmt.Sprintf(`{"msg":"nosub","id":%q,"error":%s}`, f.ID, refusal))
		}
	case "method":
		s.mu.Lock()
		var result string
		if f.Method == "login" {
			result = s.login(f)
		} else {
			s.writes = append(s.writes, f)
			result = s.result(f)
		}
		s.mu.Unlock()
		if result != "silence" {
			f.socket.send(fmt.Sprintf(`{"msg":"updated","methods":[%q]}`, f.ID))
			f.socket.send(fmt.Sprintf(`{"msg":"result","id":%q%s}`, f.ID, result))
		}
	case "pong":
	default:
		s.t.Errorf("the client sent %q", f.Msg)
	}
}

// grant subscribes. A frame comes once for each subscription to its event, as on a real server.
func (c *siteSocket) grant(f siteSub) {
	c.mu.Lock()
	c.subs[f.ID] = f.Name + " " + f.event()
	c.mu.Unlock()
	c.send(fmt.Sprintf(`{"msg":"ready","subs":[%q]}`, f.ID))
}

// to is how many subscriptions there are to an event.
func (c *siteSocket) to(stream, event string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, topic := range c.subs {
		if topic == stream+" "+event {
			n++
		}
	}
	return n
}

func (c *siteSocket) send(text string) {
	c.mu.Lock()
	mute := c.mute
	c.mu.Unlock()
	if !mute {
		_ = c.ws.Write(context.Background(), websocket.MessageText, []byte(text))
	}
}

func (s *site) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// say writes a message into a room, to whoever is subscribed to it, and reports by how many subscriptions that is.
func (s *site) say(roomID, messageID string) (receivers int) {
	frame := fmt.Sprintf(`{"msg":"changed","collection":"stream-room-messages","id":"id","fields":{"eventName":%q,`+
		`"args":[{"_id":%q,"rid":%q,"msg":"hello","token":"tok-secret","ts":{"$date":1728900000000},"u":{"_id":"V1"}}]}}`, roomID, messageID, roomID)
	for _, c := range s.open() {
		for range c.to(streamMessages, roomID) {
			receivers++
			c.send(frame)
		}
		for range c.to(streamMessages, allMessages) {
			receivers++
			mine := strings.Replace(frame, fmt.Sprintf(`"eventName":%q`, roomID), `"eventName":"__my_messages__"`, 1)
			c.send(strings.Replace(mine, `}]}}`, `},{"roomParticipant":false,"roomType":"l"}]}}`, 1))
		}
	}
	return receivers
}

func (s *site) open() []*siteSocket {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sockets)
}

// cut breaks every connection without a close frame.
func (s *site) cut() {
	for _, c := range s.open() {
		_ = c.raw.Close()
	}
}

// mute makes every connection half-open: the peer is there and never answers again.
func (s *site) mute() {
	for _, c := range s.open() {
		c.mu.Lock()
		c.mute = true
		c.mu.Unlock()
	}
}
