package certs_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocketline/rocketline/internal/certs"
)

const recheck = 5 * time.Second

// pair makes a certificate and its key, PEM, for a name.
func pair(t *testing.T, name string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// folder holds the two files of a server.
type folder struct {
	t    *testing.T
	path string
}

func (f folder) cert() string { return filepath.Join(f.path, "cert.pem") }
func (f folder) key() string  { return filepath.Join(f.path, "key.pem") }

// put writes a file as if at a moment after the one before: file systems count too coarsely for a test.
func (f folder) put(path string, text []byte) {
	f.t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		f.t.Fatal(err)
	}
	if err := os.Chtimes(path, time.Time{}, time.Now()); err != nil {
		f.t.Fatal(err)
	}
}

// presented is the name in the certificate that a handshake gets.
func presented(t *testing.T, config *tls.Config) string {
	t.Helper()
	here, there := net.Pipe()
	server := tls.Server(there, config)
	failed := make(chan error, 1)
	go func() { failed <- server.Handshake() }()
	client := tls.Client(here, &tls.Config{InsecureSkipVerify: true}) // the test looks at what it gets
	err := client.Handshake()
	if serverErr := <-failed; err != nil || serverErr != nil {
		t.Fatalf("handshake: %v, %v", err, serverErr)
	}
	_, _ = here.Close(), there.Close()
	return client.ConnectionState().PeerCertificates[0].Subject.CommonName
}

func TestACertificateFollowsItsFiles(t *testing.T) {
	oldCert, oldKey := pair(t, "old")
	newCert, newKey := pair(t, "new")
	for name, c := range map[string]struct {
		change func(f folder)
		want   string
		warns  bool
	}{
		"nothing changes":                       {func(folder) {}, "old", false},
		"both files are new":                    {func(f folder) { f.put(f.cert(), newCert); f.put(f.key(), newKey) }, "new", false},
		"only one is new yet":                   {func(f folder) { f.put(f.cert(), newCert) }, "old", true},
		"one is half written":                   {func(f folder) { f.put(f.cert(), newCert[:100]); f.put(f.key(), newKey) }, "old", true},
		"one is gone":                           {func(f folder) { _ = os.Remove(f.key()) }, "old", true},
		"they are renamed into place, as links": {func(f folder) { relink(f, newCert, newKey) }, "new", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				f := folder{t, dir}
				f.put(f.cert(), oldCert)
				f.put(f.key(), oldKey)
				var log bytes.Buffer
				config, err := certs.Server(f.cert(), f.key(), recheck, slog.New(slog.NewTextHandler(&log, nil)))
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Second)
				c.change(f)
				if got := presented(t, config); got != "old" {
					t.Errorf("before it looks again it presents %s", got)
				}
				time.Sleep(recheck)
				if got := presented(t, config); got != c.want {
					t.Errorf("it presents %s", got)
				}
				if warned := strings.Contains(log.String(), "level=WARN"); warned != c.warns {
					t.Errorf("it logs %q", log.String())
				}
				if !c.warns {
					return
				}
				_ = presented(t, config) // a broken pair is looked at, and told, once in a while, not once a handshake
				if n := strings.Count(log.String(), "level=WARN"); n != 1 {
					t.Errorf("it warns %d times", n)
				}
				f.put(f.cert(), newCert)
				f.put(f.key(), newKey)
				time.Sleep(recheck)
				if got := presented(t, config); got != "new" {
					t.Errorf("when the pair is whole it presents %s", got)
				}
			})
		})
	}
}

// relink does what Kubernetes does with a secret: the files are links into a folder that is a link itself.
func relink(f folder, cert, key []byte) {
	f.t.Helper()
	fresh := folder{f.t, filepath.Join(f.path, "fresh")}
	if err := os.Mkdir(fresh.path, 0o700); err != nil {
		f.t.Fatal(err)
	}
	fresh.put(fresh.cert(), cert)
	fresh.put(fresh.key(), key)
	for from, to := range map[string]string{fresh.cert(): f.cert(), fresh.key(): f.key()} {
		if err := os.Symlink(from, to+".link"); err != nil {
			f.t.Fatal(err)
		}
		if err := os.Rename(to+".link", to); err != nil {
			f.t.Fatal(err)
		}
	}
}

func TestACertificateThatCannotBeReadIsAnErrorAtTheStart(t *testing.T) {
	cert, key := pair(t, "a")
	_, other := pair(t, "b")
	for name, files := range map[string][2][]byte{
		"no certificate": {nil, key}, "no key": {cert, nil}, "the key of another": {cert, other}, "words": {[]byte("words"), []byte("words")},
	} {
		t.Run(name, func(t *testing.T) {
			f := folder{t, t.TempDir()}
			for i, path := range []string{f.cert(), f.key()} {
				if files[i] != nil {
					f.put(path, files[i])
				}
			}
			if _, err := certs.Server(f.cert(), f.key(), recheck, slog.New(slog.DiscardHandler)); err == nil {
				t.Error("no error")
			}
		})
	}
}

func TestOldVersionsOfTLSAreRefused(t *testing.T) {
	f := folder{t, t.TempDir()}
	cert, key := pair(t, "a")
	f.put(f.cert(), cert)
	f.put(f.key(), key)
	config, err := certs.Server(f.cert(), f.key(), recheck, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	here, there := net.Pipe()
	go func() {
		_ = tls.Server(there, config).Handshake()
		_ = there.Close()
	}()
	old := &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11} // to be refused
	if err := tls.Client(here, old).HandshakeContext(context.Background()); err == nil {
		t.Error("TLS 1.1 is let in")
	}
	_, _ = io.Copy(io.Discard, here)
}

func TestAClientTrustsTheFileBesideTheSystem(t *testing.T) {
	ca, _ := pair(t, "authority.test")
	f := folder{t, t.TempDir()}
	f.put(f.cert(), ca)
	config, err := certs.Client(f.cert())
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(ca)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cert.Verify(x509.VerifyOptions{Roots: config.RootCAs, DNSName: "authority.test"}); err != nil {
		t.Errorf("the authority of the file is not trusted: %v", err)
	}
	if none, err := certs.Client(""); none != nil || err != nil {
		t.Errorf("without a file: %v, %v", none, err)
	}
	f.put(f.cert(), []byte("words"))
	for _, path := range []string{f.cert(), f.key()} {
		if _, err := certs.Client(path); err == nil {
			t.Errorf("%s: no error", filepath.Base(path))
		}
	}
}
