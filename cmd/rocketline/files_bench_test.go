package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

const (
	// benchFile is the size of the file that the benchmark sends up and gets back.
	benchFile = 200 << 20
	// maxGrown is by how much the process may grow meanwhile: far less than the file.
	maxGrown = 32 << 20
)

// BenchmarkAFileUpAndDown sends a large file through REST to a sandbox and gets it back. The service is a process of its own, started
// with flags as an operator starts it; the sandbox and the client are in this one. It fails if other bytes come back, or if the
// service's memory, as the kernel counts it, ever grows by maxGrown over what it was before the first byte. How fast that was, it tells
// as a share of what the least possible program does with the same bytes: one that copies them with net/http, and nothing else.
func BenchmarkAFileUpAndDown(b *testing.B) {
	if _, err := memoryOf(os.Getpid(), "VmHWM"); err != nil {
		b.Skipf("only on Linux, where /proc tells how much memory a process has: %v", err)
	}
	_, want, err := digest(noise(benchFile))
	if err != nil {
		b.Fatal(err)
	}
	upstream := startSiteWith(b, map[string]any{"FileUpload_MaxFileSize": 2 * benchFile})
	at := freeAddresses(b)
	_, service := serveFrom(b, binaryOf(b), at, "--open", "--rocketchat-url="+upstream.url)
	process := service.Pid
	visitor := rest(b, at.http, nil)
	visitor = visitor.as(visitor.register("Zoe"))
	room, least := visitor.open(), leastCopier(b)
	idle, err := memoryOf(process, "VmRSS")
	if err != nil {
		b.Fatal(err)
	}

	var up, down, leastUp, leastDown time.Duration
	for b.Loop() {
		began := time.Now()
		path, _ := visitor.put(room, noise(benchFile), benchFile, true)
		up += time.Since(began)
		began = time.Now()
		resp, n, sum := visitor.download(path)
		down += time.Since(began)
		if resp.StatusCode != http.StatusOK || n != benchFile || sum != want {
			b.Fatalf("%s: %d bytes came back, the same: %t", resp.Status, n, sum == want)
		}
		began = time.Now()
		least.post(noise(benchFile))
		leastUp += time.Since(began)
		began = time.Now()
		if _, n, sum := least.download(""); n != benchFile || sum != want {
			b.Fatal("the least copier copies something else")
		}
		leastDown += time.Since(began)
	}
	peak, err := memoryOf(process, "VmHWM")
	if err != nil {
		b.Fatal(err)
	}
	const mb = 1 << 20
	grown, moved := float64(peak-idle)/mb, float64(b.N)*benchFile/mb
	b.ReportMetric(grown, "MB-grown")
	b.ReportMetric(moved/up.Seconds(), "MB/s-up")
	b.ReportMetric(moved/down.Seconds(), "MB/s-down")
	b.ReportMetric(leastUp.Seconds()/up.Seconds(), "of-least-up")
	b.ReportMetric(leastDown.Seconds()/down.Seconds(), "of-least-down")
	b.ReportMetric(0, "ns/op") // which would tell of this program's own work
	if grown >= maxGrown/mb {
		b.Errorf("%d MB up and down grow the process by %.1f MB, from %.1f; it may be %d", benchFile/mb, grown, float64(idle)/mb, maxGrown/mb)
	}
}

// memoryOf reads a number of bytes from /proc/<pid>/status: VmRSS is the memory that a process has now, VmHWM the most that it ever had.
func memoryOf(pid int, name string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	found := regexp.MustCompile(`(?m)^` + name + `:\s+(\d+) kB$`).FindSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("there is no %s", name)
	}
	kb, err := strconv.ParseInt(string(found[1]), 10, 64)
	return kb << 10, err
}

// leastCopier returns a caller of a program that does nothing but copy: what is posted goes to a second one, and what is asked for
// comes from there, as a file passes between a client and Rocket.Chat.
func leastCopier(t testing.TB) caller {
	t.Helper()
	far := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			_, _ = io.Copy(w, noise(benchFile))
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	t.Cleanup(far.Close)
	near := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		req, err := http.NewRequestWithContext(r.Context(), r.Method, far.URL, r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		resp, err := far.Client().Do(req)
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.Copy(w, resp.Body)
		_ = resp.Body.Close()
	}))
	t.Cleanup(near.Close)
	return rest(t, strings.TrimPrefix(near.URL, "http://"), nil)
}

// post sends a body of any length.
func (c caller) post(body io.Reader) {
	c.t.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, c.base, body)
	if err != nil {
		c.t.Fatal(err)
	}
	resp, err := c.client.Do(req)
	if err != nil {
		c.t.Fatal(err)
	}
	_ = resp.Body.Close()
}
