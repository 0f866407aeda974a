package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// byCursor is a Subscribe that sends each stream what a test gives it, by the cursor that the stream asked with.
func byCursor(told map[string]chan *livechatv1.SubscribeResponse) func(*livechatv1.SubscribeRequest, events) error {
	return func(req *livechatv1.SubscribeRequest, out events) error {
		if err := out.Send(subscribed()); err != nil {
			return err
		}
		for {
			select {
			case r, ok := <-told[req.GetCursor()]:
				if !ok {
					return out.Send(goodbye())
				}
				if err := out.Send(r); err != nil {
					return err
				}
			case <-out.Context().Done():
				return out.Context().Err()
			}
		}
	}
}

func TestManyStreamsShareOneConnectionOverHTTP2(t *testing.T) {
	const streams = 100
	told := make(map[string]chan *livechatv1.SubscribeResponse)
	for i := range streams {
		told[fmt.Sprint(i)] = make(chan *livechatv1.SubscribeResponse)
	}
	var connections atomic.Int32
	server := startWith(t, &services{subscribe: byCursor(told)}, true, func(*net.TCPConn) { connections.Add(1) })
	readers := make(map[string]*bufio.Reader)
	for cursor := range told {
		resp := open(t, server, "/v1/events?cursor="+cursor, nil)
		readers[cursor] = bufio.NewReader(resp.Body)
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	for cursor, r := range readers {
		told[cursor] <- message("after "+cursor, "to "+cursor)
		close(told[cursor])
		for _, want := range []string{"", "after " + cursor, "c9"} {
			if e, ok := nextEvent(t, r); !ok || e.id != want {
				t.Fatalf("stream %s: event %+v, want that with the id %q", cursor, e, want)
			}
		}
	}
}

func TestAReaderThatDoesNotReadHoldsUpNobodyOnItsConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const patience = 45 * time.Second
		began, gone := time.Now(), make(chan time.Duration, 1)
		told := map[string]chan *livechatv1.SubscribeResponse{
			"a": make(chan *livechatv1.SubscribeResponse), "b": make(chan *livechatv1.SubscribeResponse),
		}
		tell := byCursor(told)
		s := &services{subscribe: func(req *livechatv1.SubscribeRequest, out events) error {
			if req.GetCursor() != "stuck" {
				return tell(req, out)
			}
			for out.Send(message("c", strings.Repeat("x", 1<<16))) == nil {
			}
			gone <- time.Since(began)
			return out.Context().Err()
		}}
		client := memory(t, s, gateway.Options{StreamWriteTimeout: patience}, &http.Server{Protocols: protocols()["over HTTP/2"]})
		connections := 0
		transport := client.Transport.(*http.Transport)
		connect := transport.DialContext
		transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
			connections++
			return connect(ctx, network, address)
		}
		follow := func(cursor string) *bufio.Reader {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://gateway.test/v1/events?cursor="+cursor, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = resp.Body.Close() })
			return bufio.NewReader(resp.Body)
		}
		follow("stuck")
		synctest.Wait() // Now nothing on the way to its reader takes any more.
		readers := map[string]*bufio.Reader{"a": follow("a"), "b": follow("b")}
		if connections != 1 {
			t.Errorf("%d connections", connections)
		}
		hear := func(cursor, kind string) {
			t.Helper()
			if e, ok := nextEvent(t, readers[cursor]); !ok || e.kind != kind {
				t.Fatalf("stream %s: %+v, want %s", cursor, e, kind)
			}
		}
		for cursor := range readers {
			hear(cursor, "subscribed")
		}
		for range 100 {
			for cursor := range readers {
				told[cursor] <- message("c", "text")
				hear(cursor, "message_created")
			}
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("the others wait %v", took)
		}
		if took := <-gone; took != patience {
			t.Errorf("it is let go after %v", took)
		}
		for cursor := range readers {
			close(told[cursor])
			hear(cursor, "goodbye")
		}
	})
}
