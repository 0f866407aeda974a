package rocketchat

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"
)

func TestAFewHandshakesAreMadeAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		dials, most := 0, 0
		s.slow = func() { // a handshake that takes a second
			s.set(func() { dials++; most = max(most, dials) })
			time.Sleep(time.Second)
			s.set(func() { dials-- })
		}
		r := s.realtime("6.5")
		var all errgroup.Group
		feeds := make([]*Feed, 40*roomsPerSocket)
		for i := range feeds {
			all.Go(func() (err error) {
				feeds[i], err = r.follow(t.Context(), "tok-secret", fmt.Sprintf("R%d", i))
				return err
			})
		}
		if err := all.Wait(); err != nil {
			t.Fatal(err)
		}
		s.cut()
		for _, feed := range feeds {
			expectKinds(t, feed, EventBroken, EventRestored)
		}
		if most != maxDials || len(s.open()) != 40 {
			t.Errorf("%d handshakes at a time, %d connections", most, len(s.open()))
		}
	})
}

func TestOneConnectionsDeathTouchesItsRoomsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSite(t)
		r := s.realtime("6.5")
		var struck, spared []*Feed
		for i := range roomsPerSocket {
			struck = append(struck, follow(t, r, fmt.Sprintf("R%d", i)))
		}
		first := s.open()[0]
		for i := range roomsPerSocket {
			spared = append(spared, follow(t, r, fmt.Sprintf("S%d", i)))
		}
		_ = first.raw.Close()
		for _, feed := range struck {
			expectKinds(t, feed, EventBroken, EventRestored)
		}
		silent(t, spared...)
		s.say("S0", "m1")
		hears(t, "m1", spared[0])
	})
}

// An attempt that fails, however it does, is told to who is about to follow, and is repeated for who follows already.
func TestAnAttemptMayFailInAnyWay(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the redirect was followed") }))
	defer elsewhere.Close()
	answers := func(status int, kind, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Location", elsewhere.URL+"/websocket")
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	refuses := func(err error) func(context.Context, string, string) (net.Conn, error) {
		return func(context.Context, string, string) (net.Conn, error) { return nil, err }
	}
	hijacked := func(text string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, text)
			_ = conn.Close()
		}
	}
	for name, tt := range map[string]struct {
		dial    func(context.Context, string, string) (net.Conn, error) // nil for a site that answers
		answer  func(http.ResponseWriter)
		overTLS bool
	}{
		"a host name that is not found":      {dial: refuses(&net.DNSError{Err: "no such host", Name: "secret.example", IsNotFound: true})},
		"a connection that is refused":       {dial: refuses(&net.OpError{Op: "dial", Err: errors.New("refused")})},
		"a certificate that nobody vouches":  {overTLS: true},
		"a bad gateway":                      {answer: answers(http.StatusBadGateway, "text/html", "<html>Bad Gateway</html>")},
		"a page":                             {answer: answers(http.StatusOK, "text/html", "<html>Rocket.Chat</html>")},
		"a redirect":                         {answer: answers(http.StatusFound, "text/html", "")},
		"a connection that ends in between":  {answer: func(http.ResponseWriter) { panic(http.ErrAbortHandler) }},
		"an upgrade to something else":       {answer: answers(http.StatusUpgradeRequired, "text/plain", "")},
		"an answer that is no HTTP at all":   {answer: hijacked("SSH-2.0-OpenSSH\r\n")},
		"a handshake without the right key":  {answer: hijacked("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n")},
		"a socket that closes before a word": {answer: hijacked("")},
	} {
		t.Run(name, func(t *testing.T) {
			attempts := make(chan struct{}, 100)
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				attempts <- struct{}{}
				tt.answer(w)
			}))
			server.Config.ErrorLog = log.New(io.Discard, "", 0)
			if server.Start(); tt.overTLS {
				server.Close()
				server = httptest.NewUnstartedServer(nil)
				server.Config.ErrorLog = log.New(io.Discard, "", 0)
				server.StartTLS()
			}
			defer server.Close()
			address, _ := url.Parse(server.URL)
			o := Options{Realtime: RealtimeOptions{RedialMin: time.Millisecond, RedialMax: 2 * time.Millisecond}}
			o.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
				if tt.answer == nil {
					attempts <- struct{}{}
				}
				if tt.dial != nil {
					return tt.dial(ctx, network, address)
				}
				return new(net.Dialer).DialContext(ctx, network, address)
			}
			r := newRealtime(address, o.withDefaults(), func(context.Context) (Version, error) { return Version{}, nil }, nil)
			defer r.close()
			_, err := r.follow(t.Context(), "tok-secret", "R1")
			var failure *Error
			if !errors.As(err, &failure) || failure.Kind != KindUnavailable {
				t.Errorf("err: %v", err)
			}
			s := newSocket(r) // who follows already has a socket, which goes on
			r.running.Go(s.run)
			for range 5 {
				<-attempts
			}
			s.cancel()
		})
	}
}
