package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"strings"

	"github.com/rocketline/rocketline/internal/certs"
	"github.com/rocketline/rocketline/internal/keys"
	"github.com/rocketline/rocketline/rocketchat"
)

// serve runs the service in front of a Rocket.Chat.
type serve struct {
	RocketChatURL string   `name:"rocketchat-url" env:"ROCKETLINE_ROCKETCHAT_URL" placeholder:"URL" help:"The Rocket.Chat to stand in front of, https://chat.example.org. It may be down when this starts."`
	RocketChatCA  string   `name:"rocketchat-ca" env:"ROCKETLINE_ROCKETCHAT_CA" type:"path" placeholder:"FILE" help:"Certificates, PEM, that it is trusted by beside the system's."`
	FileRedirects []string `name:"file-redirects-to" env:"ROCKETLINE_FILE_REDIRECTS_TO" placeholder:"CIDR|HOST" help:"Where Rocket.Chat may redirect downloads to although it is private or not https: a file store beside it. None by default."`
	ServiceKeys   string   `env:"ROCKETLINE_SERVICE_KEYS" type:"path" placeholder:"FILE" help:"Services that may call, with the hashes of their keys and their grants; 'rocketline key' makes an entry."`
	Open          bool     `env:"ROCKETLINE_OPEN" help:"Let everyone register, and present visitor tokens. For development: refused on a public address without TLS."`

	Account accountFlags `embed:""`

	Edge edgeFlags `embed:""`
	TLS  tlsFlags  `embed:""`
	Log  logFlags  `embed:""`
}

// garbage is how much of it there may be before it is collected, in percent of what is in use: Go's GOGC, a third of what it is by itself. Most of
// the memory is what idle readers hold, and readers come in crowds: what such an arrival leaves behind, and the holes between what stays, would
// be theirs for good. GOGC in the environment goes before.
const garbage = 33

// Run serves until ctx ends.
func (c *serve) Run(ctx context.Context, io console) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}
	if err := c.check(); err != nil {
		return errUsage{err}
	}
	if err := c.Edge.check(); err != nil {
		return err
	}
	logger, err := c.Log.logger(io.log)
	if err != nil {
		return err
	}
	s := service{edge: c.Edge, open: c.Open, site: c.RocketChatURL, logger: logger}
	if s.certificate, err = c.TLS.config(logger); err != nil {
		return fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	if s.siteCA, err = certs.Client(c.RocketChatCA); err != nil {
		return fmt.Errorf("--rocketchat-ca: %w", err)
	}
	if s.redirects, err = rocketchat.ParseRedirects(c.FileRedirects); err != nil {
		return errUsage{fmt.Errorf("--file-redirects-to: %w", err)}
	}
	if s.account, err = c.Account.account(); err != nil {
		return errUsage{err}
	}
	if c.ServiceKeys != "" {
		if s.keys, err = keys.Load(c.ServiceKeys); err != nil {
			return errUsage{fmt.Errorf("--service-keys: %w", err)}
		}
		logger.InfoContext(ctx, "service keys are read", slog.Int("services", s.keys.Len()))
	}
	if c.Open {
		logger.WarnContext(ctx, "open mode: anyone who reaches this service may register visitors; not for production")
	}
	return s.run(ctx)
}

// check says everything that is missing at once.
func (c *serve) check() error {
	var missing []string
	if c.RocketChatURL == "" {
		missing = append(missing, "--rocketchat-url: which Rocket.Chat to stand in front of")
	}
	if c.ServiceKeys == "" && !c.Open {
		missing = append(missing, "--service-keys: who may call ('rocketline key' makes an entry), or --open, for development")
	}
	if (c.TLS.TLSCert == "") != (c.TLS.TLSKey == "") {
		missing = append(missing, "--tls-cert or --tls-key: they go together")
	}
	if len(missing) > 0 {
		return fmt.Errorf("serve lacks\n  %s", strings.Join(missing, "\n  "))
	}
	if at := public(c.Edge.GRPC, c.Edge.HTTP); c.Open && at != "" && c.TLS.TLSCert == "" {
		return fmt.Errorf("--open on %s, which other machines can reach, wants TLS (--tls-cert, --tls-key); without it, listen on 127.0.0.1", at)
	}
	if c.Open && c.ServiceKeys != "" {
		return errors.New("--open and --service-keys contradict each other: with --open, keys keep nobody out")
	}
	return nil
}
