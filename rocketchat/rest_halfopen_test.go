package rocketchat

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// balancer passes connections on, and drops the bytes of the first one in silence once told to, as a balancer does with a connection that
// it has forgotten.
type balancer struct {
	net.Listener
	to      string
	dropped atomic.Bool
	work    sync.WaitGroup
}

func (b *balancer) run() {
	for first := true; ; first = false {
		client, err := b.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", b.to)
		if err != nil {
			_ = client.Close()
			continue
		}
		forgettable := first
		for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
			b.work.Go(func() {
				defer func() { _, _ = way[0].Close(), way[1].Close() }()
				some := make([]byte, 4096)
				for {
					n, err := way[0].Read(some)
					if err != nil {
						return
					}
					if forgettable && b.dropped.Load() {
						continue
					}
					if _, err := way[1].Write(some[:n]); err != nil {
						return
					}
				}
			})
		}
	}
}

func TestAConnectionThatIsDroppedInSilenceIsGivenUp(t *testing.T) {
	for name, h2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		t.Run(name, func(t *testing.T) {
			site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, `{"success":true,"config":{"enabled":true}}`)
			}))
			site.EnableHTTP2 = h2
			site.Config.ErrorLog = log.New(io.Discard, "", 0) // connections that end in a handshake
			site.StartTLS()
			defer site.Close()
			lis, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			b := &balancer{Listener: lis, to: site.Listener.Addr().String()}
			defer b.work.Wait()
			b.work.Go(b.run)
			defer func() { _ = b.Close() }()

			trust := site.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
			c, err := New(Options{
				URL: "https://" + lis.Addr().String(), TLS: &tls.Config{RootCAs: trust, ServerName: "example.com", MinVersion: tls.VersionTLS12},
				Timeout: 400 * time.Millisecond,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.Config(t.Context(), "", ""); err != nil {
				t.Fatal(err)
			}
			b.dropped.Store(true)
			failed := 0
			for range 8 {
				if _, err := c.Config(t.Context(), "", ""); err != nil {
					failed++
				}
			}
			if failed == 8 {
				t.Error("every call went the way of the first")
			}
		})
	}
}
