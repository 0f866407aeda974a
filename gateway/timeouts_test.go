package gateway_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/test/bufconn"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// memory starts the gateway behind an HTTP server that listens in memory, so that a bubble's clock rules its deadlines, and returns a
// client of it. The address is any.
func memory(t *testing.T, s *services, o gateway.Options, server *http.Server) *http.Client {
	t.Helper()
	o.Conn = dial(t, s)
	handler, err := gateway.New(o)
	if err != nil {
		t.Fatal(err)
	}
	lis := bufconn.Listen(1 << 16)
	server.Handler = handler
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(lis) })
	transport := &http.Transport{
		Protocols:   server.Protocols,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return lis.DialContext(ctx) },
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		serving.Wait()
	})
	return &http.Client{Transport: transport}
}

// stream opens a stream through such a server.
func stream(t *testing.T, s *services, o gateway.Options, server *http.Server) *http.Response {
	t.Helper()
	client := memory(t, s, o, server)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://gateway.test/v1/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// protocols are those that a stream is tried over; HTTP/2 without TLS, because only its deadlines are of interest.
func protocols() map[string]*http.Protocols {
	one, two := &http.Protocols{}, &http.Protocols{}
	one.SetHTTP1(true)
	two.SetUnencryptedHTTP2(true)
	return map[string]*http.Protocols{"over HTTP/1.1": one, "over HTTP/2": two}
}

func TestStreamsOutliveTheServersTimeouts(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &services{subscribe: func(_ *livechatv1.SubscribeRequest, out events) error {
					_ = out.Send(subscribed())
					time.Sleep(time.Hour) // In the bubble's time.
					return out.Send(goodbye())
				}}
				resp := stream(t, s, gateway.Options{}, &http.Server{ReadTimeout: time.Second, WriteTimeout: time.Second, Protocols: protocol})
				r := bufio.NewReader(resp.Body)
				for _, want := range []string{"subscribed", "goodbye"} {
					if e, ok := nextEvent(t, r); !ok || e.kind != want {
						t.Errorf("%+v, want %s", e, want)
					}
				}
				if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
					t.Errorf("%q, %v", rest, err)
				}
			})
		})
	}
}

func TestReadersThatStopReadingAreLetGo(t *testing.T) {
	for name, protocol := range protocols() {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				var took time.Duration
				gone := make(chan struct{})
				s := &services{subscribe: func(_ *livechatv1.SubscribeRequest, out events) error {
					defer close(gone)
					for out.Send(message("c", strings.Repeat("x", 1<<16))) == nil {
					}
					took = time.Since(began)
					return out.Context().Err()
				}}
				_ = stream(t, s, gateway.Options{StreamWriteTimeout: 3 * time.Second}, &http.Server{Protocols: protocol})
				<-gone
				if took != 3*time.Second {
					t.Errorf("after %v, want 3s", took)
				}
			})
		})
	}
}

func TestAnAnswerThatNobodyReadsIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Bool
		s := &services{answer: func(context.Context, any) (any, error) {
			return &livechatv1.GetRoomResponse{Room: &livechatv1.Room{CloseComment: strings.Repeat("x", 1<<20)}}, nil
		}}
		handler, err := gateway.New(gateway.Options{
			Conn: dial(t, s), Observe: func(string, string, int, time.Duration) { ended.Store(true) },
		})
		if err != nil {
			t.Fatal(err)
		}
		lis := bufconn.Listen(1 << 16)
		server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Second}
		var serving sync.WaitGroup
		serving.Go(func() { _ = server.Serve(lis) })
		conn, err := lis.DialContext(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, "GET /v1/rooms/r1 HTTP/1.1\r\nHost: gateway.test\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute) // In the bubble's time.
		if !ended.Load() {
			t.Error("the handler still writes")
		}
		_ = conn.Close()
		_ = server.Close()
		serving.Wait()
	})
}
