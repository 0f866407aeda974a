package model_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/fault"
	"github.com/rocketline/rocketline/server"
	"github.com/rocketline/rocketline/server/follow"
)

// grace is for how long a replica follows a room that nobody reads.
const grace = 30 * time.Second

// window is what a stream takes that nobody reads: the smallest that gRPC allows.
const window = 64 << 10

var errRefused = errors.New("refused")

// metrics are shared by all runs: making them is most of the work of starting a server.
var metrics = observe.NewMetrics(observe.Sources{})

// world is one run.
type world struct {
	script  script
	chat    *sandbox.Server
	net     network
	token   string
	readers []*reader
	tally   *tally

	written int // texts so far
	flooded bool

	mu       sync.Mutex
	truth    truth
	slots    []*instance // replicas; nil while one is down
	started  int
	problems []string
}

// instance is one run of the service.
type instance struct {
	number int
	chat   *rocketchat.Client
	server *server.Server
	conn   *grpc.ClientConn
	events livechatv1.EventServiceClient
	killed atomic.Bool  // it ends without a word
	ending atomic.Int64 // when its shutdown began, in Unix nanoseconds
}

// play runs a script and answers what was wrong. It is called in a bubble, and nothing is left of it when it returns.
func play(s script, count *tally) []string {
	w := &world{script: s, net: newNetwork(), token: "the-visitors-token", tally: count}
	w.open()
	for _, st := range s.steps {
		at := slices.IndexFunc(verbs, func(v verb) bool { return v.name == st.do })
		w.note(st)
		verbs[at].do(w, st.a, st.b)
		w.tally.add("steps", 1)
		switch st.then {
		case 0:
		case settle:
			synctest.Wait()
		default:
			time.Sleep(st.then)
		}
	}
	w.rest()
	w.close()
	return w.told()
}

// told is what was wrong, and then what each reader heard.
func (w *world) told() []string {
	if len(w.problems) == 0 {
		return nil
	}
	text := w.problems
	for _, r := range w.readers {
		text = append(text, "", r.name)
		text = append(text, r.trace...)
	}
	return text
}

// open makes the workspace, the visitor's first room, and the service.
func (w *world) open() {
	s := w.script.site
	options := sandbox.Options{
		Listener: w.net, Profile: s.profile, DDP: s.ddp, Seed: s.seed,
		Departments: []sandbox.Department{{ID: department, Name: "Sales", Agents: []string{agents[2]}}},
		Settings:    map[string]any{"Message_ShowDeletedStatus": s.traces, "Livechat_show_agent_info": !s.hidden},
	}
	w.truth.presence = map[string]sandbox.Status{}
	for _, name := range agents {
		options.Agents = append(options.Agents, sandbox.AgentSpec{Username: name, ID: name + "Id"})
		w.truth.presence[name] = sandbox.Online
	}
	var err error
	if w.chat, err = sandbox.New(options); err != nil {
		panic(err)
	}
	if s.sameMS { // a clock that is set at all does not keep messages apart
		if err := w.chat.Faults().Clock().Set(fault.Setting{Skew: time.Millisecond}); err != nil {
			panic(err)
		}
	}
	if _, ok := w.call("POST", "visitor", map[string]any{"visitor": map[string]any{"token": w.token, "name": "Vera"}}); !ok {
		panic("the visitor was not registered")
	}
	w.visitorOpens(0, 0)
	w.slots = make([]*instance, max(1, s.replicas))
	for slot := range w.slots {
		w.start(slot)
	}
}

// start starts a replica.
func (w *world) start(slot int) {
	chat, err := rocketchat.New(rocketchat.Options{URL: w.chat.URL(), DialContext: w.net.dial})
	if err != nil {
		panic(err)
	}
	logger := slog.New(slog.DiscardHandler)
	srv, err := server.New(server.Options{
		Chat: chat, Logger: logger, Open: true, Metrics: metrics, UpstreamCheck: time.Hour,
		Hub: follow.NewHub(follow.Options{
			Upstream: chat, Logger: logger, RingEvents: w.script.site.ring, RingBytes: w.script.site.bytes, Grace: grace, Recheck: w.script.site.recheck,
		}),
	})
	if err != nil {
		panic(err)
	}
	front := bufconn.Listen(window)
	go func() { _ = srv.Serve(front) }()
	conn, err := grpc.NewClient("passthrough:///rocketline",
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return front.DialContext(ctx) }),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithStaticStreamWindowSize(window), grpc.WithStaticConnWindowSize(window),
	)
	if err != nil {
		panic(err)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.started++
	w.slots[slot] = &instance{number: w.started, chat: chat, server: srv, conn: conn, events: livechatv1.NewEventServiceClient(conn)}
}

// close ends everything.
func (w *world) close() {
	for _, r := range w.readers {
		r.leave()
	}
	for slot := range w.slots {
		w.stop(slot, drain)
	}
	_ = w.chat.Close()
}

// note writes a step down beside what the readers heard.
func (w *world) note(st step) {
	for _, r := range w.readers {
		r.mu.Lock()
		r.trace = append(r.trace, fmt.Sprintf("%s --- %s %d %d", stamp(), st.do, st.a, st.b))
		r.mu.Unlock()
	}
}

// happens does something in Rocket.Chat, and nobody sees the truth while it is done.
func (w *world) happens(do func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	do()
}

// worked tells whether an agent's act was carried out. Most refusals are as they should be: a script asks for anything.
func (w *world) worked(err error) bool { return err == nil }

// replica is one that is up, not always the same; nil for none.
func (w *world) replica(n int) *instance {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.slots[n%len(w.slots)]
}

// clock is how much has happened.
func (w *world) clock() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.truth.clock
}

// disordered tells whether frames may come in another order than they were sent.
func (w *world) disordered() bool {
	return slices.ContainsFunc(w.script.steps, func(st step) bool { return st.do == "frames-swapped" })
}

// fail notes what was wrong. The caller does not hold the world's lock.
func (w *world) fail(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	at := time.Since(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
	w.problems = append(w.problems, fmt.Sprintf("%12s  %s", at, fmt.Sprintf(format, args...)))
}
