package rocketchat

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// parseSite reads a site's address. Its errors never repeat the address, which may hold a password by mistake.
func parseSite(address string) (*url.URL, error) {
	site, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, errors.New("rocketchat: the site's URL cannot be read")
	case site.Scheme != "http" && site.Scheme != "https":
		return nil, errors.New("rocketchat: the site's URL must begin with http:// or https://")
	case site.Hostname() == "":
		return nil, errors.New("rocketchat: the site's URL has no host")
	case site.User != nil:
		return nil, errors.New("rocketchat: the site's URL must not hold credentials")
	case site.RawQuery != "" || site.ForceQuery || site.Fragment != "":
		return nil, errors.New("rocketchat: the site's URL must not have a query or a fragment")
	}
	prefix := strings.TrimRight(site.EscapedPath(), "/")
	clean, err := url.Parse(prefix)
	if err != nil {
		return nil, errors.New("rocketchat: the path of the site's URL cannot be read")
	}
	return &url.URL{Scheme: site.Scheme, Host: site.Host, Path: clean.Path, RawPath: clean.RawPath}, nil
}

// withDefaults fills in what was left out.
func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Observe == nil {
		o.Observe = func(string, string, time.Duration) {}
	}
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{
		{&o.Timeout, 10 * time.Second},
		{&o.LimitWait, 30 * time.Second},
		{&o.Realtime.PingAfter, 20 * time.Second},
		{&o.Realtime.PingTimeout, 10 * time.Second},
		{&o.Realtime.RedialMin, time.Second},
		{&o.Realtime.RedialMax, 30 * time.Second},
	} {
		if *d.value <= 0 {
			*d.value = d.usual
		}
	}
	return o
}

// proxy is how a transport finds the proxy for a request: nil for none.
func (o Options) proxy() func(*http.Request) (*url.URL, error) {
	if o.DialContext != nil {
		return nil
	}
	return http.ProxyFromEnvironment
}
