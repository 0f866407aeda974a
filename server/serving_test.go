package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	reflectionv1 "google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/server"
)

func TestHealthTellsOfThisServerAndOfRocketChatApart(t *testing.T) {
	s := newSite(t, setup{services: services, server: server.Options{UpstreamCheck: 10 * time.Millisecond}})
	health := healthv1.NewHealthClient(s.conn)
	ctx, cancel := context.WithCancel(s.context())
	defer cancel()
	upstream, err := health.Watch(ctx, &healthv1.HealthCheckRequest{Service: server.UpstreamHealth})
	if err != nil {
		t.Fatal(err)
	}
	becomes := func(want healthv1.HealthCheckResponse_ServingStatus) {
		t.Helper()
		for {
			got, err := upstream.Recv()
			if err != nil {
				t.Fatalf("waiting for %v: %v", want, err)
			}
			if got.GetStatus() == want {
				return
			}
		}
	}
	itself := func() healthv1.HealthCheckResponse_ServingStatus {
		t.Helper()
		got, err := health.Check(s.context(), &healthv1.HealthCheckRequest{})
		if err != nil {
			t.Fatal(err)
		}
		return got.GetStatus()
	}
	becomes(healthv1.HealthCheckResponse_SERVING)
	if !s.server.UpstreamUp() {
		t.Error("UpstreamUp says no")
	}
	at := strings.TrimPrefix(s.chat.URL(), "http://")
	if err := s.chat.Close(); err != nil {
		t.Fatal(err)
	}
	becomes(healthv1.HealthCheckResponse_NOT_SERVING)
	if got := itself(); got != healthv1.HealthCheckResponse_SERVING || s.server.UpstreamUp() {
		t.Errorf("rocket.chat is gone: this server is %v, UpstreamUp says %v", got, s.server.UpstreamUp())
	}
	back, err := sandbox.New(sandbox.Options{Addr: at})
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	becomes(healthv1.HealthCheckResponse_SERVING)

	s.server.Drain()
	if got := itself(); got != healthv1.HealthCheckResponse_NOT_SERVING || !s.server.Draining() {
		t.Errorf("while it drains: %v", got)
	}
	if _, err := s.config.GetConfig(s.context(), &livechatv1.GetConfigRequest{}); err != nil {
		t.Errorf("while it drains, calls go on: %v", err)
	}
	cancel()
	if err := s.server.Shutdown(s.context()); err != nil {
		t.Fatal(err)
	}
	if up, down := strings.Count(s.log.String(), "rocket.chat answers"), strings.Count(s.log.String(), "does not answer"); up != 2 || down != 1 {
		t.Errorf("%d lines say that it answers, %d that it does not: want one a change", up, down)
	}
}

func TestAServerStartsWhileRocketChatIsDown(t *testing.T) {
	chat, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := chat.Close(); err != nil {
		t.Fatal(err)
	}
	s := newReplica(t, chat, setup{})
	got, err := healthv1.NewHealthClient(s.conn).Check(s.context(), &healthv1.HealthCheckRequest{})
	if err != nil || got.GetStatus() != healthv1.HealthCheckResponse_SERVING {
		t.Errorf("%v, %v", got, err)
	}
}

func TestReflectionListsTheContract(t *testing.T) {
	s := newSite(t, setup{services: services}) // and asks for no credential
	ctx, cancel := context.WithCancel(s.context())
	defer cancel()
	stream, err := reflectionv1.NewServerReflectionClient(s.conn).ServerReflectionInfo(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.Send(&reflectionv1.ServerReflectionRequest{
		MessageRequest: &reflectionv1.ServerReflectionRequest_ListServices{ListServices: "*"},
	}); err != nil {
		t.Fatal(err)
	}
	got, err := stream.Recv()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, service := range got.GetListServicesResponse().GetService() {
		names = append(names, service.GetName())
	}
	for _, m := range contractMethods(t) {
		if !slices.Contains(names, string(m.Parent().FullName())) {
			t.Errorf("%s is not in %q", m.Parent().FullName(), names)
		}
	}
}

func TestTLSOutsideAndNoneInside(t *testing.T) {
	certificate, roots := certificate(t)
	s := newSite(t, setup{server: server.Options{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}}})
	outside := clientsOf(s.listen(credentials.NewTLS(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12})))
	plain := clientsOf(s.listen(insecure.NewCredentials()))
	if _, err := outside.config.GetConfig(s.context(), &livechatv1.GetConfigRequest{}); err != nil {
		t.Errorf("over TLS: %v", err)
	}
	if _, err := s.config.GetConfig(s.context(), &livechatv1.GetConfigRequest{}); err != nil {
		t.Errorf("in process: %v", err)
	}
	if _, err := plain.config.GetConfig(s.context(), &livechatv1.GetConfigRequest{}); status.Code(err) != codes.Unavailable {
		t.Errorf("without TLS from outside: %v", err)
	}
}

// certificate makes one for 127.0.0.1, and the roots that trust it.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
