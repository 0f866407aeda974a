package rocketchat

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// store is a server beside the site, to which downloads are redirected.
type store struct {
	*httptest.Server
	seen []*http.Request
}

func newStore(t *testing.T, start func(*httptest.Server), handler http.HandlerFunc) *store {
	t.Helper()
	s := &store{}
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.seen = append(s.seen, r)
		handler(w, r)
	}))
	start(s.Server)
	t.Cleanup(s.Close)
	return s
}

func loopback(t *testing.T, list ...string) Redirects {
	t.Helper()
	r, err := ParseRedirects(list)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhereARedirectMayLead(t *testing.T) {
	file := sends(200, digitsFile)
	byName := func(s *store) string { return strings.Replace(s.URL, "127.0.0.1", "localhost", 1) }
	for name, tt := range map[string]struct {
		listed   []string
		tls      bool
		to       func(*store) string
		answer   http.HandlerFunc
		followed bool
		cause    error
	}{
		"nowhere private, unlisted":                   {nil, true, func(s *store) string { return s.URL }, file, false, errStranger},
		"nowhere private, in plain":                   {nil, false, func(s *store) string { return s.URL }, file, false, errStranger},
		"nor by a name that resolves to it":           {nil, false, byName, file, false, errStranger},
		"nor to another address than the listed ones": {[]string{"10.0.0.0/8", "store.example"}, false, func(s *store) string { return s.URL }, file, false, errStranger},
		"to a listed block, in plain":                 {[]string{"127.0.0.0/8"}, false, func(s *store) string { return s.URL }, file, true, nil},
		"to a listed block over https":                {[]string{"127.0.0.0/8"}, true, func(s *store) string { return s.URL }, file, true, nil},
		"to a listed address by a name":               {[]string{"127.0.0.1", "::1"}, false, byName, file, true, nil},
		"to a listed host":                            {[]string{"LocalHost"}, false, byName, file, true, nil},
		"only once": {[]string{"127.0.0.1"}, false, func(s *store) string { return s.URL },
			http.RedirectHandler("/again", http.StatusFound).ServeHTTP, true, errRedirect},
		"to no store that fails": {[]string{"127.0.0.1"}, false, func(s *store) string { return s.URL }, sends(403, ""), true, errForeign},
		"with no password": {[]string{"127.0.0.1"}, false, func(s *store) string { return strings.Replace(s.URL, "://", "://u:p@", 1) },
			file, false, errStranger},
		"to no other scheme":         {[]string{"127.0.0.1"}, false, func(*store) string { return "file:///etc/passwd" }, file, false, errStranger},
		"not with the grant":         {[]string{"127.0.0.1"}, false, func(s *store) string { return s.URL + "/x?t=" + testToken.Reveal() }, file, false, errRedirect},
		"not with the grant as path": {[]string{"127.0.0.1"}, false, func(s *store) string { return s.URL + "/" + testToken.Reveal() }, file, false, errRedirect},
	} {
		t.Run(name, func(t *testing.T) {
			start := (*httptest.Server).Start
			if tt.tls {
				start = (*httptest.Server).StartTLS
			}
			there := newStore(t, start, tt.answer)
			o := Options{RedirectsTo: loopback(t, tt.listed...)}
			if tt.tls {
				o.TLS = there.Client().Transport.(*http.Transport).TLSClientConfig
			}
			site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Location", tt.to(there))
				w.Header().Set("Set-Cookie", "sid=1")
				w.WriteHeader(http.StatusFound)
			}))
			t.Cleanup(site.Close)
			c := newClientOf(t, site.URL, o)
			ctx := WithClientAddress(t.Context(), netip.MustParseAddr("203.0.113.7"))
			d, err := c.Download(ctx, testToken, fileOf(nil))
			if got := take(t, d, err); (got.text == digitsFile) != (tt.cause == nil) {
				t.Errorf("%+v, %v", got, err)
			}
			if tt.cause != nil && !errors.Is(err, tt.cause) {
				t.Errorf("%v, want %v", err, tt.cause)
			}
			if followed := len(there.seen) > 0; followed != tt.followed || len(there.seen) > 1 {
				t.Errorf("%d calls", len(there.seen))
			}
			for _, r := range there.seen {
				want := http.Header{"Accept-Encoding": {"identity"}, "User-Agent": {userAgent}, "Connection": {"close"}}
				if diff := cmp.Diff(want, r.Header); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestARedirectWithinTheSite(t *testing.T) {
	for name, tt := range map[string]struct {
		to   string
		want string
	}{
		"is followed":                   {"/chat/elsewhere/f1", digitsFile},
		"is followed once":              {"/chat/file-upload/f1/x", ""},
		"is not followed out of it":     {"/other/f1", ""},
		"is not followed out by a step": {"/chat/../other/f1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if strings.HasPrefix(r.URL.Path, "/chat/file-upload/") {
					w.Header().Set("Location", tt.to)
					w.WriteHeader(http.StatusTemporaryRedirect)
					return
				}
				sends(200, digitsFile)(w, r)
			}))
			t.Cleanup(server.Close)
			d, err := newClientOf(t, server.URL+"/chat", Options{}).Download(t.Context(), testToken, fileOf(nil))
			if got := take(t, d, err); got.text != tt.want {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestARedirectKeepsTheRange(t *testing.T) {
	there := newStore(t, (*httptest.Server).Start, sends(206, "234", "Content-Range: bytes 2-4/10"))
	site := httptest.NewServer(http.RedirectHandler(there.URL, http.StatusSeeOther))
	t.Cleanup(site.Close)
	c := newClientOf(t, site.URL, Options{RedirectsTo: loopback(t, "127.0.0.1")})
	d, err := c.Download(t.Context(), testToken, fileOf(&FileRange{2, 4}))
	if got := take(t, d, err); got.text != "234" || there.seen[0].Header.Get("Range") != "bytes=2-4" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestThereIsNoProxyBetweenTheCheckAndARedirect(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	if transport := newStrangerTransport(Options{}); transport.Proxy != nil {
		t.Error("it has a proxy")
	}
}

func TestPublicAddresses(t *testing.T) {
	for text, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "::ffff:8.8.8.8": true, "169.253.0.1": true,
		"127.0.0.1": false, "::1": false, "::ffff:127.0.0.1": false, "0.0.0.0": false, "::": false,
		"10.0.0.1": false, "172.16.0.1": false, "192.168.1.1": false, "fd00::1": false,
		"169.254.169.254": false, "fe80::1": false, "fe80::1%eth0": false, "fd00:ec2::254": false, "100.100.100.200": false,
		"192.0.0.192": false, "168.63.129.16": false, "100.64.0.1": false, "224.0.0.1": false, "ff02::1": false, "255.255.255.255": false,
		"64:ff9b::a9fe:a9fe": false, "2002:7f00:1::": false, "2001::1": false, "::7f00:1": false, "198.18.0.1": false, "fec0::1": false,
		"240.0.0.1": false, "0.1.2.3": false, "::ffff:0:a9fe:a9fe": false, "64:ff9b:1:fffe::a9fe:a9fe": false, "100::1": false, "4000::1": false,
		"2001:db8::1": false, "3fff::1": false, "2a00:1450:4001:812::200e": true,
	} {
		address := net.JoinHostPort(text, "443")
		if err := (Redirects{}).admit(t.Context(), address); (err == nil) != want {
			t.Errorf("%s: %v", text, err)
		}
	}
	if (Redirects{}).admit(t.Context(), "not an address") == nil {
		t.Error("what is no address passes")
	}
}

func TestListsOfRedirects(t *testing.T) {
	for item, want := range map[string]Redirects{
		"10.1.2.3/8":             {Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}},
		"fd00::1":                {Addresses: []netip.Prefix{netip.MustParsePrefix("fd00::1/128")}},
		"::ffff:10.0.0.1":        {Addresses: []netip.Prefix{netip.MustParsePrefix("10.0.0.1/32")}},
		" Minio.Internal. ":      {Hosts: []string{"minio.internal"}},
		"minio":                  {Hosts: []string{"minio"}},
		"10.0.0.0/33":            {},
		"10.0.0":                 {},
		"https://minio":          {},
		"minio:9000":             {},
		"":                       {},
		"two words":              {},
		"-x":                     {},
		"user@minio":             {},
		strings.Repeat("x", 300): {},
	} {
		got, err := ParseRedirects([]string{item})
		if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" || (err == nil) != (want.Hosts != nil || want.Addresses != nil) {
			t.Errorf("%q: %v %s", item, err, diff)
		}
	}
}

func TestTheSitesOwnAddresses(t *testing.T) {
	r := newClientOf(t, "http://chat.example:3000/chat", Options{}).rest
	for address, want := range map[string]bool{
		"http://chat.example:3000/chat/x":        true,
		"https://chat.example/chat/x":            true,
		"http://chat.example:3000/chat/../x":     false,
		"http://chat.example:3000/chat/%2e%2e/x": false,
		"http://chat.example:3000/chatter/x":     false,
		"http://chat.example/chat/x":             false,
		"http://other.example:3000/chat/x":       false,
	} {
		to, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if r.ownSite(to) != want {
			t.Errorf("%s", address)
		}
	}
}
