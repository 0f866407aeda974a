package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"google.golang.org/grpc"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/observe"
)

// bareEnvironment makes this program the bare server instead of the tests.
const bareEnvironment = "TEST_BARE_SERVER"

// bare is the least server of the contract: it opens a stream with one event, and holds it open.
type bare struct {
	livechatv1.UnimplementedEventServiceServer
}

func (bare) Subscribe(_ *livechatv1.SubscribeRequest, stream grpc.ServerStreamingServer[livechatv1.SubscribeResponse]) error {
	if err := stream.Send(&livechatv1.SubscribeResponse{
		Event: &livechatv1.SubscribeResponse_Subscribed{Subscribed: &livechatv1.Subscribed{}},
	}); err != nil {
		return err
	}
	<-stream.Context().Done()
	return stream.Context().Err()
}

// serveBare serves it until the process is killed, with the admin endpoint that the service has, and logs both addresses as it does.
func serveBare() error {
	var lis [2]net.Listener
	for i := range lis {
		var err error
		if lis[i], err = (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0"); err != nil {
			return err
		}
	}
	s := grpc.NewServer()
	livechatv1.RegisterEventServiceServer(s, bare{})
	registry, yes := prometheus.NewRegistry(), func() bool { return true }
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	admin := &http.Server{Handler: observe.Admin(registry, yes, yes), ReadHeaderTimeout: time.Minute}
	ended := make(chan error, len(lis))
	go func() { ended <- s.Serve(lis[0]) }()
	go func() { ended <- admin.Serve(lis[1]) }()
	fmt.Fprintf(os.Stderr, "msg=serving grpc=%s http=none admin=%s\n", lis[0].Addr(), lis[1].Addr())
	return <-ended
}

// ofBare is what one of so many readers costs the bare server, in a process of its own.
func ofBare(t testing.TB, readers int) footprint {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(context.Background(), self)
	c.Env = append(os.Environ(), bareEnvironment+"=1")
	p, process := child(t, c)
	at := p.addresses()
	before := measure(t, at.admin)
	crowd := gather(t, at.grpc, slices.Repeat([]*visit{{}}, readers))
	settle(t, at.admin)
	idle := measure(t, at.admin)
	crowd.leave()
	_ = process.Kill()
	<-p.ended
	return idle.less(before).each(readers)
}

// binaryOf builds the program.
func binaryOf(t testing.TB) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "rocketline")
	if text, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return binary
}

// serveFrom serves with a binary, in a process of its own, and waits until it does. Its log has only what is wrong: each end of a
// stream is a line otherwise.
func serveFrom(t testing.TB, binary string, at addresses, args ...string) (*program, *os.Process) {
	t.Helper()
	p, process := child(t, exec.CommandContext(context.Background(), binary, append([]string{
		"serve", "--grpc=" + at.grpc, "--http=" + at.http, "--admin=" + at.admin, "--log-level=warn",
	}, args...)...))
	for late := time.After(patience); ; {
		if _, err := get("http://" + at.admin + "/readyz"); err == nil {
			return p, process
		}
		select {
		case <-time.After(time.Millisecond):
		case <-p.ended:
			t.Fatalf("the service ends with %v", p.err)
		case <-late:
			t.Fatal("the service is never ready")
		}
	}
}

// freeAddresses finds ports that the system does not give to connections, so that they stay free while nobody listens.
func freeAddresses(t testing.TB) addresses {
	t.Helper()
	var found []string
	for len(found) < 3 {
		address := net.JoinHostPort("127.0.0.1", strconv.Itoa(20_000+rand.N(12_000)))
		if lis, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address); err == nil {
			defer func() { _ = lis.Close() }()
			found = append(found, address)
		}
	}
	return addresses{grpc: found[0], http: found[1], admin: found[2]}
}

// footprint is what a process takes: bytes, threads of control, open files, and the seconds of CPU that it has had.
type footprint struct{ rss, heap, stacks, goroutines, files, cpu float64 }

// settle leaves a process alone until it has given back what the start took. Each collection halves stacks that have become too large;
// left alone, a process collects every two minutes, and this lets it do so sooner.
func settle(t testing.TB, admin string) {
	t.Helper()
	for range collections {
		if _, err := get("http://" + admin + "/debug/pprof/heap?gc=1"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(settling / collections)
	}
}

// measure reads it from the admin endpoint.
func measure(t testing.TB, admin string) footprint {
	t.Helper()
	text, err := get("http://" + admin + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	value := func(name string) float64 {
		found := regexp.MustCompile(`(?m)^` + name + ` (\S+)$`).FindSubmatch(text)
		if found == nil {
			t.Fatalf("there is no metric %s", name)
		}
		n, err := strconv.ParseFloat(string(found[1]), 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return footprint{
		rss: value("process_resident_memory_bytes"), heap: value("go_memstats_heap_alloc_bytes"), stacks: value("go_memstats_stack_inuse_bytes"),
		goroutines: value("go_goroutines"), files: value("process_open_fds"), cpu: value("process_cpu_seconds_total"),
	}
}

func (f footprint) less(g footprint) footprint {
	return footprint{f.rss - g.rss, f.heap - g.heap, f.stacks - g.stacks, f.goroutines - g.goroutines, f.files - g.files, f.cpu - g.cpu}
}

// each is the share of one of n.
func (f footprint) each(n int) footprint {
	d := float64(n)
	return footprint{f.rss / d, f.heap / d, f.stacks / d, f.goroutines / d, f.files / d, f.cpu / d}
}

// String tells of the share of one.
func (f footprint) String() string {
	return fmt.Sprintf("%.1f KiB resident, %.1f KiB heap, %.1f KiB stacks, %.1f goroutines, %.2f files, %.1f ms of CPU",
		f.rss/1024, f.heap/1024, f.stacks/1024, f.goroutines, f.files, 1000*f.cpu)
}

// profile keeps what the heap, the goroutines and the metrics of a process are, in the folder that PROFILES names; without one, nowhere.
func profile(t testing.TB, admin string) {
	t.Helper()
	folder := os.Getenv("PROFILES")
	if folder == "" {
		return
	}
	for name, path := range map[string]string{
		"metrics.txt": "metrics", "heap.pprof": "debug/pprof/heap?gc=1", "goroutines.txt": "debug/pprof/goroutine?debug=1",
	} {
		text, err := get("http://" + admin + "/" + path)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// get asks for something that has to be there, on a connection for this once.
func get(url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		err = errors.Join(err, fmt.Errorf("%s answers %s", url, resp.Status))
	}
	return text, errors.Join(err, resp.Body.Close())
}

// enoughFiles refuses a machine on which one process may not have that many connections. This program has asked for as many as it may
// have already, as every Go program does, and so do the others.
func enoughFiles(t testing.TB, readers int) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/limits")
	if err != nil {
		t.Skipf("only on Linux, where /proc tells how many files a process may open: %v", err)
	}
	_, line, _ := strings.Cut(string(text), "Max open files")
	may, err := strconv.Atoi(strings.Fields(line + " none")[0])
	if err != nil {
		return // unlimited
	}
	if needs := readers + readers/roomsASocket + 1000; may < needs {
		t.Fatalf("%d readers need %d open files, and a process may have %d here: raise the hard limit (ulimit -Hn), or take fewer rooms (ROOMS=%d)",
			readers, needs, may, max(may-1000, 0)*roomsASocket/(roomsASocket+1))
	}
}
