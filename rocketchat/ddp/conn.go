package ddp

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// ErrClosed is Err after Close.
var ErrClosed = errors.New("ddp: connection closed")

var (
	errSilent  = errors.New("ddp: the server fell silent")
	errVersion = errors.New("ddp: the server does not speak version 1")
	errBinary  = errors.New("ddp: the server sent a binary frame")
)

// Options configure a Conn. The zero value is usable.
type Options struct {
	HTTPClient *http.Client // used for the handshake; redirects are never followed. Default http.DefaultClient
	// PingAfter is the silence after which the Conn asks for a sign of life, PingTimeout the further silence after which it is
	// dead. Defaults 20 s and 10 s: servers give up after 30 s (Meteor, recorded 3.4.0/ddp-connect) to 60 s.
	PingAfter   time.Duration
	PingTimeout time.Duration
	// WriteTimeout bounds one write; a connection that cannot take a frame in that time is dead. Default 10 s.
	WriteTimeout time.Duration
	// ReadLimit is the longest frame taken, in bytes; a longer one ends the connection. Default 16 MiB.
	ReadLimit int64
	// OnChanged gets every changed frame, in order, from the one goroutine that reads. It must not block.
	OnChanged func(Changed)
	// Logger gets the server's complaints that belong to no call. Default: discard.
	Logger *slog.Logger
}

func (o Options) withDefaults() Options {
	if o.HTTPClient == nil {
		o.HTTPClient = http.DefaultClient
	}
	if o.PingAfter <= 0 {
		o.PingAfter = 20 * time.Second
	}
	if o.PingTimeout <= 0 {
		o.PingTimeout = 10 * time.Second
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = 10 * time.Second
	}
	if o.ReadLimit <= 0 {
		o.ReadLimit = 16 << 20
	}
	if o.OnChanged == nil {
		o.OnChanged = func(Changed) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// Changed is a change of a document, which servers also use as a pipe for events. A frame does not name the subscription that
// it belongs to.
type Changed struct {
	Collection string
	ID         string
	Fields     json.RawMessage
}

// Subscription is what Subscribe asks for.
type Subscription struct {
	Name   string
	Params []any // marshalled as they are; use Date for dates
	// OnSent is called once the request has its place in the order of what is sent. It must not block. Optional.
	OnSent func()
	// OnEnd is called if the server ends the subscription after having confirmed it, which may happen at any time. It is called
	// from the goroutine that reads and must not block. Neither Unsubscribe nor the connection's end calls it. Optional.
	OnEnd func(*Error)
}

// Conn is one DDP connection. Its methods are safe for concurrent use.
type Conn struct {
	o       Options
	ws      *websocket.Conn
	ctx     context.Context // ends every read and write
	cancel  context.CancelFunc
	workers sync.WaitGroup
	session string
	ready   chan struct{} // closed when connected
	done    chan struct{} // closed when dead
	out     outbound
	heard   clock

	mu     sync.Mutex
	err    error
	lastID int
	subs   map[string]*subscription
	calls  map[string]chan outcome
}

type subscription struct {
	answer    chan error // nil or *Error, once; let go of then
	confirmed bool
	onEnd     func(*Error)
}

type outcome struct {
	result json.RawMessage
	err    error
}

// Dial connects to url (ws or wss) and returns when the server has answered connected. ctx bounds that and nothing after it.
func Dial(ctx context.Context, url string, o Options) (*Conn, error) {
	o = o.withDefaults()
	client := *o.HTTPClient
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	//nolint:bodyclose // Dial closes it, or gives it to the connection
	ws, resp, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: &client})
	if err != nil {
		return nil, dialError(ctx, resp, err)
	}
	ws.SetReadLimit(o.ReadLimit)
	c := &Conn{
		o: o, ws: ws,
		ready: make(chan struct{}), done: make(chan struct{}),
		out:  newOutbound(),
		subs: map[string]*subscription{}, calls: map[string]chan outcome{},
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.heard.mark()
	// Before anything is read: ddp-streamer may ping 30 ms after the opening and closes on any frame that precedes connect.
	if err := c.write([]byte(connectFrame)); err != nil {
		c.cancel()
		_ = ws.CloseNow()
		return nil, fmt.Errorf("ddp: send connect: %w", err)
	}
	c.workers.Go(c.readLoop)
	c.workers.Go(c.writeLoop)
	select {
	case <-c.ready:
		return c, nil
	case <-c.done:
		c.workers.Wait()
		return nil, c.Err()
	case <-ctx.Done():
		c.fail(ctx.Err())
		c.workers.Wait()
		return nil, fmt.Errorf("ddp: wait for connected: %w", ctx.Err())
	}
}

// Session returns the id that the server gave to this connection.
func (c *Conn) Session() string { return c.session }

// Done is closed when the connection is dead.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err tells why the connection is dead; nil while it lives.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Heard returns when the server last said anything.
func (c *Conn) Heard() time.Time { return c.heard.last() }

// Close says goodbye to the server, for at most a second, and waits until nothing of the connection runs any more. It must not be
// called from OnChanged or OnEnd.
func (c *Conn) Close() error {
	if c.die(ErrClosed) {
		impatient := time.AfterFunc(time.Second, c.cancel)
		_ = c.ws.Close(websocket.StatusNormalClosure, "")
		impatient.Stop()
	}
	c.cancel()
	c.workers.Wait()
	return nil
}

// die records the first cause of death and releases every waiter. It reports whether this call was the first.
func (c *Conn) die(cause error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return false
	}
	c.err = cause
	close(c.done)
	return true
}

// fail ends the connection without a goodbye.
func (c *Conn) fail(cause error) {
	if c.die(cause) {
		c.cancel()
	}
}

// Subscribe asks for a subscription and waits for the server's word. A refusal is an *Error, also the bare one. Any other error is
// the connection's or ctx's end.
func (c *Conn) Subscribe(ctx context.Context, s Subscription) (id string, err error) {
	answer := make(chan error, 1)
	sub := &subscription{answer: answer, onEnd: s.OnEnd}
	c.mu.Lock()
	id = c.nextID("s")
	c.subs[id] = sub
	c.mu.Unlock()
	text, err := encode(subFrame{Msg: "sub", ID: id, Name: s.Name, Params: orEmpty(s.Params)})
	if err != nil {
		c.forget(id)
		return "", err
	}
	c.out.push(text)
	if s.OnSent != nil {
		s.OnSent()
	}
	select {
	case err = <-answer:
	case <-c.done:
		err = c.Err()
	case <-ctx.Done():
		c.Unsubscribe(id)
		err = fmt.Errorf("ddp: wait for subscription: %w", ctx.Err())
	}
	if err != nil {
		c.forget(id)
		return "", err
	}
	return id, nil
}

// Unsubscribe ends a subscription. It does not wait; frames on their way may still arrive.
func (c *Conn) Unsubscribe(id string) {
	c.forget(id)
	text, _ := encode(shortFrame{Msg: "unsub", ID: id})
	c.out.push(text)
}

// Call runs a method and waits for its result, which is empty where the method returned nothing. An *Error means that the server
// refused. After any other error the outcome is unknown: the method may have run.
func (c *Conn) Call(ctx context.Context, method string, params ...any) (json.RawMessage, error) {
	answer := make(chan outcome, 1)
	c.mu.Lock()
	id := c.nextID("m")
	c.calls[id] = answer
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.calls, id)
	}()
	text, err := encode(methodFrame{Msg: "method", ID: id, Method: method, Params: orEmpty(params)})
	if err != nil {
		return nil, err
	}
	c.out.push(text)
	select {
	case got := <-answer:
		return got.result, got.err
	case <-c.done:
		return nil, c.Err()
	case <-ctx.Done():
		return nil, fmt.Errorf("ddp: wait for result: %w", ctx.Err())
	}
}

// nextID makes an id that is unique on this connection. The caller holds mu.
func (c *Conn) nextID(prefix string) string {
	c.lastID++
	return prefix + strconv.Itoa(c.lastID)
}

func (c *Conn) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.subs, id)
}
