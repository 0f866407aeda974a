package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// collector is a proxy that passes a response on only when it has collected size bytes of it, or, if pause is set, when so long has
// passed since the first of them. At the response's end it passes on the rest.
type collector struct {
	backend http.RoundTripper
	size    int
	pause   time.Duration
}

// ServeHTTP implements http.Handler.
func (c collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out := r.Clone(r.Context())
	out.URL.Scheme, out.URL.Host, out.RequestURI = "http", "gateway.test", ""
	resp, err := c.backend.RoundTrip(out)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	chunks := make(chan []byte)
	go func() {
		defer close(chunks)
		for {
			chunk := make([]byte, 512)
			n, err := resp.Body.Read(chunk)
			if n > 0 {
				chunks <- chunk[:n]
			}
			if err != nil {
				return
			}
		}
	}()
	w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
	var collected []byte
	var late <-chan time.Time
	for open := true; open; {
		var chunk []byte
		select {
		case chunk, open = <-chunks:
			if collected = append(collected, chunk...); late == nil && c.pause > 0 {
				late = time.After(c.pause)
			}
			if open && len(collected) < c.size {
				continue
			}
		case <-late:
		}
		_, _ = w.Write(collected)
		_ = http.NewResponseController(w).Flush()
		collected, late = nil, nil
	}
}

// behind puts a proxy in front of what a client reaches, and returns a client of the proxy.
func behind(t *testing.T, proxy http.Handler) *http.Client {
	t.Helper()
	lis := bufconn.Listen(1 << 16)
	server := &http.Server{Handler: proxy, ReadHeaderTimeout: time.Minute}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(lis) })
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return lis.DialContext(ctx) }}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		serving.Wait()
	})
	return &http.Client{Transport: transport}
}

// at is a cursor as long as real ones are.
func at(i int) string { return fmt.Sprintf("%080d", i) }

// heartbeats is a Subscribe that sends a message every minute, five in all, and meanwhile a heartbeat every five seconds.
func heartbeats(_ *livechatv1.SubscribeRequest, out events) error {
	if err := out.Send(subscribed()); err != nil {
		return err
	}
	for i := range 60 {
		r := message(at(i), "text")
		if i%12 != 0 {
			r = &livechatv1.SubscribeResponse{Cursor: at(i), Event: &livechatv1.SubscribeResponse_Heartbeat{Heartbeat: &livechatv1.Heartbeat{}}}
		}
		if err := out.Send(r); err != nil {
			return err
		}
		time.Sleep(5 * time.Second) // In the bubble's time.
	}
	return out.Send(goodbye())
}

func TestEventsThroughProxies(t *testing.T) {
	tests := map[string]struct {
		proxy func(http.RoundTripper) http.Handler
		// late is how long an event may be on its way.
		late time.Duration
	}{
		"one that passes everything on at once": {func(backend http.RoundTripper) http.Handler {
			return &httputil.ReverseProxy{
				Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(&url.URL{Scheme: "http", Host: "gateway.test"}) },
				Transport: backend,
			}
		}, 0},
		"one that collects for half a second": {func(backend http.RoundTripper) http.Handler {
			return collector{backend, 1 << 12, 500 * time.Millisecond}
		}, 500 * time.Millisecond},
		// 4 KiB are fewer than 40 heartbeats, of more than 100 bytes each.
		"one that collects 4 KiB, however long that takes: heartbeats push": {func(backend http.RoundTripper) http.Handler {
			return collector{backend, 1 << 12, 0}
		}, 40 * 5 * time.Second},
	}
	for name, tt := range tests {
		for _, accept := range []string{"text/event-stream", "application/x-ndjson"} {
			t.Run(name+", "+accept, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s := &services{subscribe: heartbeats}
					client := behind(t, tt.proxy(memory(t, s, gateway.Options{}, &http.Server{}).Transport))
					began := time.Now()
					req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://proxy.test/v1/events", nil)
					if err != nil {
						t.Fatal(err)
					}
					req.Header.Set("Accept", accept)
					resp, err := client.Do(req)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { _ = resp.Body.Close() })
					next := sequence(t, accept, resp.Body)
					var got, want []string
					for r := next(); r != nil; r = next() {
						got = append(got, r.GetCursor())
						if r.GetMessageCreated() == nil {
							continue
						}
						i, _ := strconv.Atoi(r.GetCursor())
						if late := time.Since(began) - time.Duration(i)*5*time.Second; late > tt.late {
							t.Errorf("message %d comes %v late", i, late)
						}
					}
					want = append(want, "")
					for i := range 60 {
						want = append(want, at(i))
					}
					if diff := cmp.Diff(append(want, "c9"), got); diff != "" {
						t.Error(diff)
					}
				})
			})
		}
	}
}

// sequence returns what reads one response after the other; nil at the end.
func sequence(t *testing.T, mediaType string, body io.Reader) func() *livechatv1.SubscribeResponse {
	r := bufio.NewReader(body)
	if mediaType == "text/event-stream" {
		return func() *livechatv1.SubscribeResponse {
			e, _ := nextEvent(t, r)
			return e.data
		}
	}
	return func() *livechatv1.SubscribeResponse {
		line, err := r.ReadBytes('\n')
		if err == io.EOF && len(line) == 0 {
			return nil
		}
		got := &livechatv1.SubscribeResponse{}
		if err != nil || protojson.Unmarshal(line, got) != nil {
			t.Fatalf("%v in %q", err, line)
		}
		return got
	}
}
