// Package certs keeps a TLS certificate current: it is read again when its files change, without a restart.
package certs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Server reads a certificate and its key, PEM, and returns a configuration that follows their changes: a handshake looks at the files
// again if that was longer than recheck ago. A pair that does not fit together, as in the middle of a renewal, is logged, and the one
// before stays in use.
func Server(certFile, keyFile string, recheck time.Duration, logger *slog.Logger) (*tls.Config, error) {
	p := &pair{certFile: certFile, keyFile: keyFile, recheck: recheck, logger: logger}
	if err := p.load(); err != nil {
		return nil, fmt.Errorf("read the TLS certificate: %w", err)
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(h *tls.ClientHelloInfo) (*tls.Certificate, error) { return p.current(h.Context()), nil },
	}, nil
}

// Client returns a configuration that trusts the system's authorities and those in a PEM file; without a file it returns nil, which
// means the system's alone.
func Client(caFile string) (*tls.Config, error) {
	if caFile == "" {
		return nil, nil
	}
	text, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("read the CA certificates: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // an image without any
	}
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("read the CA certificates: the file holds none")
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}, nil
}

// pair is a certificate and its key, as their files last had them.
type pair struct {
	certFile, keyFile string
	recheck           time.Duration
	logger            *slog.Logger

	mu      sync.Mutex
	cert    *tls.Certificate
	changed [2]time.Time
	looked  time.Time
}

func (p *pair) current(ctx context.Context) *tls.Certificate {
	p.mu.Lock()
	defer p.mu.Unlock()
	if time.Since(p.looked) >= p.recheck {
		if err := p.load(); err != nil {
			p.logger.WarnContext(ctx, "the TLS certificate cannot be read again; the one before stays in use", slog.Any("error", err))
		}
	}
	return p.cert
}

// load reads the files if they have changed. The lock is held, or not needed yet.
func (p *pair) load() error {
	p.looked = time.Now()
	var changed [2]time.Time
	for i, f := range []string{p.certFile, p.keyFile} {
		info, err := os.Stat(f)
		if err != nil {
			return err
		}
		changed[i] = info.ModTime()
	}
	if p.cert != nil && changed == p.changed {
		return nil
	}
	cert, err := tls.LoadX509KeyPair(p.certFile, p.keyFile)
	if err != nil {
		return err
	}
	p.cert, p.changed = &cert, changed
	return nil
}
