package acceptance_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/rocketline/rocketline/gateway"
	"github.com/rocketline/rocketline/internal/keys"
	"github.com/rocketline/rocketline/internal/observe"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server"
)

// versions are the Rocket.Chats that the sandbox plays, oldest first.
var versions = []sandbox.Profile{sandbox.V3_4, sandbox.V6_5, sandbox.V7_0, sandbox.Later}

// before tells whether a version is older than another.
func before(version, other sandbox.Profile) bool {
	order := map[sandbox.Profile]int{sandbox.V3_4: 1, sandbox.V6_5: 2, sandbox.V7_0: 3, sandbox.Later: 4}
	return order[version] < order[other]
}

// The workspace of every test: two departments with an agent each, and one that nobody may choose.
const (
	annID, annName = "annsOwnId00000001", "Ann Bee"
	bobID, bobName = "bobsOwnId00000001", "Bob Cray"

	salesID, sales     = "salesOwnId0000001", "Sales"
	supportID, support = "supportOwnId00001", "Support"
)

func workspace(version sandbox.Profile) sandbox.Options {
	return sandbox.Options{
		Profile: version,
		Agents:  []sandbox.AgentSpec{{Username: "ann", ID: annID, Name: annName}, {Username: "bob", ID: bobID, Name: bobName}},
		Departments: []sandbox.Department{
			{ID: salesID, Name: sales, Agents: []string{"ann"}}, {ID: supportID, Name: support, Agents: []string{"bob"}},
		},
		VisitorFields: []sandbox.CustomField{{Key: "plan", Label: "Plan"}},
		RoomFields:    []sandbox.CustomField{{Key: "order", Label: "Order"}},
		// The sandbox has no domains to ask for, and would refuse every address.
		Settings: map[string]any{"Livechat_validate_offline_email": false},
	}
}

// newChat starts a Rocket.Chat.
func newChat(t *testing.T, o sandbox.Options) *sandbox.Server {
	t.Helper()
	chat, err := sandbox.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = chat.Close() })
	return chat
}

// replica is one Rocketline in front of a Rocket.Chat, as it runs in production: gRPC and REST on sockets of their own.
type replica struct {
	chat    *sandbox.Server
	grpc    driver
	rest    driver
	log     *notebook
	edge    *notebook // every URL that the HTTP edge was asked, and every header that it answered
	metrics func() string
}

// drivers are both ways to call it.
func (r *replica) drivers() []driver { return []driver{r.grpc, r.rest} }

// how says what is not usual about a replica.
type how struct {
	chat rocketchat.Options // with a URL, Rocket.Chat is looked for there
	// keys is a key file; with one, the replica is locked.
	keys string
	// tape is where the drivers write down what they are told; nil keeps nothing.
	tape *notebook
}

// newReplica starts one.
func newReplica(t *testing.T, chat *sandbox.Server, how how) *replica {
	t.Helper()
	r := &replica{chat: chat, log: &notebook{}, edge: &notebook{}}
	logger, err := observe.NewLogger(r.log, "json", -8) // everything
	if err != nil {
		t.Fatal(err)
	}
	metrics := observe.NewMetrics(observe.Sources{})
	r.metrics = func() string { return metricsOf(metrics.Registry) }

	if how.chat.URL == "" {
		how.chat.URL = chat.URL()
	}
	how.chat.Logger, how.chat.Observe = logger, metrics.Upstream
	upstream, err := rocketchat.New(how.chat)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(upstream.Close)
	options := server.Options{Chat: upstream, Logger: logger, Metrics: metrics, Open: how.keys == ""}
	if how.keys != "" {
		if options.Keys, err = keys.Parse([]byte(how.keys)); err != nil {
			t.Fatal(err)
		}
	}
	srv, err := server.New(options)
	if err != nil {
		t.Fatal(err)
	}
	outside := serve(t, srv)
	inside, err := srv.ClientConn()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = inside.Close() })
	web, err := gateway.New(gateway.Options{
		Conn: inside, Logger: logger,
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, // the REST driver tells whom it speaks for
		Observe: func(route, method string, status int, took time.Duration) {
			metrics.HTTP(route, method, strconv.Itoa(status), took)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	r.grpc = &grpcDriver{conn: outside, tape: how.tape}
	r.rest = &restDriver{base: serveHTTP(t, overheard(web, r.edge)), client: newHTTPClient(t), tape: how.tape}
	return r
}

// serve lets the gRPC server serve on a socket, until the test ends, and connects to it.
func serve(t *testing.T, srv *server.Server) *grpc.ClientConn {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(socket) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := errors.Join(srv.Shutdown(ctx), <-served); err != nil {
			t.Errorf("serve gRPC: %v", err)
		}
	})
	conn, err := grpc.NewClient(socket.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// serveHTTP lets a handler serve on a socket, until the test ends, and returns the address.
func serveHTTP(t *testing.T, h http.Handler) string {
	t.Helper()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	web := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 16 << 10}
	served := make(chan error, 1)
	go func() { served <- web.Serve(socket) }()
	t.Cleanup(func() {
		_ = web.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Errorf("serve REST: %v", err)
		}
	})
	return "http://" + socket.Addr().String()
}

func newHTTPClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// overheard writes down every URL that a handler is asked, and every header that it answers.
func overheard(h http.Handler, book *notebook) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		book.note(r.Method, " ", r.URL.String(), " ", r.RequestURI)
		defer func() { book.note(fmt.Sprint(w.Header())) }()
		h.ServeHTTP(w, r)
	})
}

// The services of a locked replica, and their keys: one may act for visitors, the other may not.
const (
	crmKey   = "theKeyOfTheCRM-0123456789abcdefghij"
	statsKey = "theKeyOfStatistics-0123456789abcdef"
)

var serviceKeys = fmt.Sprintf("services:\n"+
	"  - {name: crm, sha256: %x, grants: [visitors]}\n"+
	"  - {name: stats, sha256: %x, grants: [rooms:all]}\n",
	sha256.Sum256([]byte(crmKey)), sha256.Sum256([]byte(statsKey)))

// notebook keeps texts that come from many goroutines.
type notebook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (n *notebook) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.Write(p)
}

// note writes a line; a nil notebook keeps nothing.
func (n *notebook) note(parts ...string) {
	if n == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range parts {
		n.text.WriteString(p)
	}
	n.text.WriteByte('\n')
}

func (n *notebook) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.text.String()
}
