package server

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/server/convert"
	"github.com/rocketline/rocketline/server/follow"
	"github.com/rocketline/rocketline/server/wire"
)

// pipes is a gRPC server with the bounds that it has on the network, whose connections are in memory, so that it lives in a synctest
// bubble. Its streams read rooms that the test plays.
type pipes struct {
	livechatv1.UnimplementedEventServiceServer
	t       *testing.T
	events  *events
	stop    context.CancelFunc // begins the end
	server  *grpc.Server
	conns   chan net.Conn
	ended   chan error // how each stream ended
	next    func() []*played
	closing sync.Once
	closed  chan struct{}
}

// inPipes runs a test with such a server, and checks that nothing is left of it: a goroutine that stays makes the bubble fail.
func inPipes(t *testing.T, test func(*testing.T, *pipes)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		draining, stop := context.WithCancel(t.Context())
		p := &pipes{t: t, stop: stop, conns: make(chan net.Conn), ended: make(chan error, 1000), closed: make(chan struct{})}
		p.events = &events{
			metrics: observe.NewMetrics(observe.Sources{}), draining: draining.Done(),
			patience: patience{stuck: 30 * time.Second, gone: 5 * time.Minute}, crew: newCrew(),
		}
		p.server = grpc.NewServer(append(outside(insecure.NewCredentials()),
			grpc.ForceServerCodecV2(wire.NewCodec()), grpc.WaitForHandlers(true),
		)...)
		livechatv1.RegisterEventServiceServer(p.server, p)
		var serving sync.WaitGroup
		serving.Go(func() { _ = p.server.Serve(p) })
		t.Cleanup(func() {
			stop()
			p.server.Stop()
			p.events.crew.end()
			serving.Wait()
		})
		test(t, p)
	})
}

func (p *pipes) Subscribe(req *livechatv1.SubscribeRequest, stream grpc.ServerStreamingServer[livechatv1.SubscribeResponse]) error {
	s := newSubscription(p.events, req, stream)
	for _, r := range p.next() {
		r.wake = s.wake
		s.take(r)
	}
	defer s.release()
	err := s.run(stream.Context())
	p.ended <- err
	return err
}

// plays makes the next streams read these rooms.
func (p *pipes) plays(rooms ...*played) { p.next = func() []*played { return rooms } }

// Accept, Close and Addr make the pipes a net.Listener.
func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.closing.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "rocketline.test"} }

// wired is one end of a connection. While it is mute, nothing arrives and nothing goes out, as if the cable had been pulled.
type wired struct {
	net.Conn
	mute atomic.Bool
}

func (c *wired) Write(b []byte) (int, error) {
	if c.mute.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

func (c *wired) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if err != nil || !c.mute.Load() {
			return n, err
		}
	}
}

// client returns a client on a connection of its own, and the connection.
func (p *pipes) client() (livechatv1.EventServiceClient, *wired) {
	p.t.Helper()
	here, there := net.Pipe()
	cable := &wired{Conn: here}
	conn, err := grpc.NewClient("passthrough:///rocketline", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStaticStreamWindowSize(64<<10), grpc.WithStaticConnWindowSize(1<<20),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) {
			select {
			case p.conns <- there:
				return cable, nil
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close() })
	return livechatv1.NewEventServiceClient(conn), cable
}

// subscribes opens a stream, of which nothing is read yet.
func (p *pipes) subscribes(c livechatv1.EventServiceClient, req *livechatv1.SubscribeRequest) (
	grpc.ServerStreamingClient[livechatv1.SubscribeResponse], context.CancelFunc,
) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	p.t.Cleanup(cancel)
	stream, err := c.Subscribe(ctx, req)
	if err != nil {
		p.t.Fatal(err)
	}
	synctest.Wait()
	return stream, cancel
}

// stuck is how many readers were given up.
func (p *pipes) stuck() int {
	families, err := p.events.metrics.Registry.Gather()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "rocketline_too_slow_total" {
			return int(f.GetMetric()[0].GetCounter().GetValue())
		}
	}
	return -1
}

// isOver tells whether the next stream that ends has ended, and how.
func (p *pipes) isOver() (error, bool) {
	synctest.Wait()
	select {
	case err := <-p.ended:
		return err, true
	default:
		return nil, false
	}
}

// rest reads a stream to its end.
func rest(stream grpc.ServerStreamingClient[livechatv1.SubscribeResponse]) (heard []*livechatv1.SubscribeResponse, end *status.Status) {
	for {
		r, err := stream.Recv()
		switch {
		case errors.Is(err, io.EOF):
			return heard, nil
		case err != nil:
			return heard, status.Convert(err)
		}
		heard = append(heard, r)
	}
}

// played is a room that tells as much as the test lets it.
type played struct {
	t      *testing.T
	id     string
	size   int // of each event's text
	wake   chan struct{}
	closed atomic.Int32

	mu    sync.Mutex
	more  int
	told  int64
	taken []int // how many each Take brought
}

func (r *played) RoomID() string { return r.id }
func (r *played) Resumed() bool  { return false }
func (r *played) Close()         { r.closed.Add(1) }

func (r *played) Place() follow.Place {
	r.mu.Lock()
	defer r.mu.Unlock()
	return follow.Place{Told: true, Until: r.told}
}

// tells makes the room tell so many events more.
func (r *played) tells(n int) {
	r.mu.Lock()
	r.more += n
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *played) Take(bool) ([]follow.Event, follow.Ending) {
	if r.closed.Load() > 0 {
		r.t.Error("a room is read that was released")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var batch []follow.Event
	for r.more > 0 && len(batch) < 64 {
		r.more--
		r.told++
		body, err := proto.Marshal(convert.Event(r.id, time.Now(), convert.Created(&livechatv1.Message{Text: strings.Repeat("x", r.size)})))
		if err != nil {
			r.t.Error(err)
		}
		batch = append(batch, follow.Event{Body: body, Kind: "message_created", Place: follow.Place{Told: true, Until: r.told}})
	}
	r.taken = append(r.taken, len(batch))
	return batch, follow.Running
}

// all is more events of 1 KiB than a reader that does not read is sent.
const all = 1000

func busy(t *testing.T, id string) *played { return &played{t: t, id: id, size: 1 << 10, more: all} }
