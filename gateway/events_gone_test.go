package gateway_test

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rocketline/rocketline/gateway"
	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
)

// startWith starts the gateway as an HTTP server that speaks HTTP/2, with TLS, or HTTP/1.1, and hands every connection that its client
// makes to see.
func startWith(t *testing.T, s *services, http2 bool, see func(*net.TCPConn)) *httptest.Server {
	t.Helper()
	handler, err := gateway.New(gateway.Options{Conn: dial(t, s)})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.EnableHTTP2 = http2
	if http2 {
		server.StartTLS()
	} else {
		server.Start()
	}
	t.Cleanup(server.Close)
	server.Client().Transport.(*http.Transport).DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			see(conn.(*net.TCPConn))
		}
		return conn, err
	}
	return server
}

// Nothing happens in the room: that the reader has gone is all that there is to notice.
func TestSubscriptionsEndWithTheirReader(t *testing.T) {
	leave := map[string]func(*http.Response, *net.TCPConn){
		"it ends the request":   func(resp *http.Response, _ *net.TCPConn) { _ = resp.Body.Close() },
		"its connection closes": func(_ *http.Response, conn *net.TCPConn) { _ = conn.Close() },
		"it will send no more":  func(_ *http.Response, conn *net.TCPConn) { _ = conn.CloseWrite() },
		"its connection is reset": func(_ *http.Response, conn *net.TCPConn) {
			_ = conn.SetLinger(0)
			_ = conn.Close()
		},
	}
	for version, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		for _, accept := range []string{"text/event-stream", "application/x-ndjson"} {
			for how, leaves := range leave {
				t.Run(accept+" over "+version+", "+how, func(t *testing.T) {
					gone := make(chan struct{})
					s := &services{subscribe: func(_ *livechatv1.SubscribeRequest, out events) error {
						defer close(gone)
						_ = out.Send(subscribed())
						<-out.Context().Done()
						return out.Context().Err()
					}}
					var conn *net.TCPConn
					server := startWith(t, s, http2, func(c *net.TCPConn) { conn = c })
					resp := open(t, server, "/v1/events", http.Header{"Accept": {accept}})
					if _, err := bufio.NewReader(resp.Body).ReadString('\n'); err != nil {
						t.Fatal(err)
					}
					leaves(resp, conn)
					<-gone
				})
			}
		}
	}
}
