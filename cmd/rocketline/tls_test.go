package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/internal/certs"
)

// keyPair is a certificate for 127.0.0.1 and its key, in files, and what a client needs to trust it.
type keyPair struct {
	cert, key string
	trust     *tls.Config
}

// selfSigned makes one.
func selfSigned(t *testing.T) keyPair {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(cert)
	return keyPair{
		cert:  file(t, "cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))),
		key:   file(t, "key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))),
		trust: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
	}
}

func TestBothListenersSpeakTLSAndNothingElse(t *testing.T) {
	t.Parallel()
	pair := selfSigned(t)
	_, at := startServe(t, "--open", "--rocketchat-url="+startSite(t).url, "--tls-cert="+pair.cert, "--tls-key="+pair.key)

	t.Run("REST over HTTP/2, streams too", func(t *testing.T) {
		visitor := rest(t, at.http, pair.trust)
		token := visitor.register("Zoe")
		visitor = visitor.as(token)
		room := visitor.open()
		stream := visitor.follow("text/event-stream")
		visitor.say(room, "Hello!")
		stream.message("Hello!")
		over := subscribe(t, dial(t, at.grpc, pair.trust), token)
		over.message("Hello!")
		resp, err := visitor.send(http.MethodGet, "/v1/config", "")
		if err != nil || resp.ProtoMajor != 2 {
			t.Errorf("%v, %v", resp, err)
		}
	})
	t.Run("REST over HTTP/1.1", func(t *testing.T) {
		one := pair.trust.Clone()
		one.NextProtos = []string{"http/1.1"}
		c := rest(t, at.http, one)
		c.client.Transport.(*http.Transport).ForceAttemptHTTP2 = false
		resp, err := c.send(http.MethodGet, "/v1/config", "")
		if err != nil || resp.ProtoMajor != 1 || resp.StatusCode != http.StatusOK {
			t.Errorf("%v, %v", resp, err)
		}
	})
	t.Run("no plaintext", func(t *testing.T) {
		if resp, err := rest(t, at.http, nil).send(http.MethodGet, "/v1/config", ""); err == nil && resp.StatusCode != http.StatusBadRequest {
			t.Errorf("REST answers %s", resp.Status)
		}
		_, err := livechatv1.NewConfigServiceClient(dial(t, at.grpc, nil)).GetConfig(call(t), &livechatv1.GetConfigRequest{})
		if status.Code(err) != codes.Unavailable {
			t.Errorf("gRPC answers %v", err)
		}
	})
	t.Run("admin without TLS", func(t *testing.T) {
		if code, _, _ := rest(t, at.admin, nil).do(http.MethodGet, "/readyz", ""); code != http.StatusOK {
			t.Errorf("readyz answers %d", code)
		}
	})
}

// Package certs has tests of every way in which files change; here only that both listeners follow them.
func TestANewCertificateIsTakenWithoutARestart(t *testing.T) {
	t.Parallel()
	before, after := selfSigned(t), selfSigned(t)
	certificate, err := certs.Server(before.cert, before.key, time.Millisecond, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	here := edgeFlags{
		GRPC: "127.0.0.1:0", HTTP: "127.0.0.1:0", Admin: "127.0.0.1:0", CallTimeout: patience, MaxBody: 1 << 20, MaxStreams: 1,
		StreamsPerCaller: 1, Drain: patience, UpstreamCheck: patience, Recheck: patience, ReplayMemory: 1 << 20,
	}
	started, ended := make(chan addresses, 1), make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		ended <- service{
			edge: here, certificate: certificate, open: true, site: "http://127.0.0.1:1", logger: slog.New(slog.DiscardHandler),
			started: func(grpc, http, admin net.Addr) { started <- addresses{grpc.String(), http.String(), admin.String()} },
		}.run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	at := <-started
	if code, _, _ := rest(t, at.http, before.trust).do(http.MethodGet, "/", ""); code != http.StatusNotFound {
		t.Errorf("the first certificate: status %d", code)
	}
	for from, to := range map[string]string{after.cert: before.cert, after.key: before.key} {
		if err := os.WriteFile(to, []byte(read(t, from)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, address := range map[string]string{"REST": at.http, "gRPC": at.grpc} {
		eventually(t, name+" presents the new certificate", func() bool {
			trust := after.trust.Clone()
			trust.NextProtos = []string{"h2"}
			conn, err := (&tls.Dialer{Config: trust}).DialContext(t.Context(), "tcp", address)
			if err == nil {
				_ = conn.Close()
			}
			return err == nil
		})
	}
}

func TestRocketChatMayHaveACertificateOfItsOwnAuthority(t *testing.T) {
	t.Parallel()
	for name, http2 := range map[string]bool{"that speaks HTTP/2": true, "that does not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			upstream := startSite(t)
			at, err := url.Parse(upstream.url)
			if err != nil {
				t.Fatal(err)
			}
			backend := &http.Transport{}
			t.Cleanup(backend.CloseIdleConnections)
			quiet := log.New(io.Discard, "", 0) // the stranger below hangs up in the middle of the handshake
			proxy := httptest.NewUnstartedServer(&httputil.ReverseProxy{
				Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(at) }, Transport: backend, ErrorLog: quiet,
			})
			proxy.EnableHTTP2 = http2
			proxy.Config.ErrorLog = quiet
			proxy.StartTLS()
			t.Cleanup(proxy.Close)
			t.Cleanup(upstream.DropConnections) // sockets that proxy waits for
			ca := file(t, "ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: proxy.Certificate().Raw})))

			stranger, _ := startServe(t, "--open", "--rocketchat-url="+proxy.URL)
			if line := stranger.logged(`rocket.chat does not answer.*`)[0]; !strings.Contains(line, "certificate") {
				t.Errorf("the log does not say why: %s", line)
			}
			_, served := startServe(t, "--open", "--rocketchat-url="+proxy.URL, "--rocketchat-ca="+ca)
			visitor := rest(t, served.http, nil)
			visitor = visitor.as(visitor.register("Zoe"))
			room := visitor.open()
			stream := visitor.follow("text/event-stream")
			stream.caughtUp()
			if _, err := upstream.Agent("ann").Send(room, "over the socket"); err != nil {
				t.Fatal(err)
			}
			stream.message("over the socket")
		})
	}
}
