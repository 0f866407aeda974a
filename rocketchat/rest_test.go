package rocketchat

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSiteAddress(t *testing.T) {
	tests := []struct{ address, base string }{
		{"https://chat.example", "https://chat.example"},
		{"http://chat.example:3000/", "http://chat.example:3000"},
		{"https://chat.example/a%2Fb/team//", "https://chat.example/a%2Fb/team"},
		{"http://[::1]:3000", "http://[::1]:3000"},
		{"", ""},
		{"chat.example", ""},
		{"ftp://chat.example", ""},
		{"https://", ""},
		{"https://user:hush@chat.example", ""},
		{"https://chat.example/?key=hush", ""},
		{"https://chat.example/#hush", ""},
		{"https://hush.example\x7f", ""},
	}
	for _, tt := range tests {
		site, err := parseSite(tt.address)
		if err != nil {
			if tt.base != "" || strings.Contains(err.Error(), "hush") {
				t.Errorf("%q: %v", tt.address, err)
			}
			continue
		}
		if site.String() != tt.base {
			t.Errorf("%q became %q, want %q", tt.address, site, tt.base)
		}
	}
}

func TestDefaults(t *testing.T) {
	o := Options{Realtime: RealtimeOptions{PingAfter: time.Minute}}.withDefaults()
	want := RealtimeOptions{PingAfter: time.Minute, PingTimeout: 10 * time.Second, RedialMin: time.Second, RedialMax: 30 * time.Second}
	if o.Timeout != 10*time.Second || o.Realtime != want || o.Logger == nil || o.Observe == nil {
		t.Errorf("%+v", o)
	}
}

func TestTheClientAddressIsToldInBothHeaders(t *testing.T) {
	var got http.Header
	c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		answerJSON(w, http.StatusOK, `{"config":{"enabled":true},"success":true}`)
	}))
	for _, tt := range []struct{ addr, want string }{
		{"203.0.113.7", "203.0.113.7"},
		{"::ffff:203.0.113.7", "203.0.113.7"},
		{"fd00::1%eth0", "fd00::1"},
		{"", ""},
	} {
		addr, _ := netip.ParseAddr(tt.addr)
		if _, err := c.Config(WithClientAddress(t.Context(), addr), "", ""); err != nil {
			t.Fatal(err)
		}
		if got.Get("X-Real-IP") != tt.want || got.Get("X-Forwarded-For") != tt.want {
			t.Errorf("%q: %q, %q", tt.addr, got.Get("X-Real-IP"), got.Get("X-Forwarded-For"))
		}
	}
}

func TestIDsAndTokensAreEscaped(t *testing.T) {
	const odd = `a/b?c#d%e+f g&h=ü`
	var path string
	var query url.Values
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, query = r.URL.Path, r.URL.Query()
		answerJSON(w, http.StatusOK, `{"success":false,"error":"invalid-token"}`)
	}))
	t.Cleanup(server.Close)
	c := newClientOf(t, server.URL+"/prefix", Options{})
	_, err := c.Message(t.Context(), odd, odd, odd)
	if e := (*Error)(nil); !errors.As(err, &e) || e.Code != CodeInvalidToken || e.Kind != KindRefused {
		t.Errorf("a refusal with status 200 reads as %v", err)
	}
	if want := "/prefix/api/v1/livechat/message/" + odd; path != want {
		t.Errorf("path %q, want %q", path, want)
	}
	if diff := cmp.Diff(url.Values{"token": {odd}, "rid": {odd}}, query); diff != "" {
		t.Error(diff)
	}
	for _, id := range []string{"", ".", ".."} {
		path = ""
		_, err := c.Message(t.Context(), testToken, "r", id)
		if e := (*Error)(nil); !errors.As(err, &e) || e.Code != CodeInvalidParams || path != "" {
			t.Errorf("id %q: %v, asked %q", id, err, path)
		}
	}
}

func TestARedirectOnTheSameHostTellsNoOneWhereItCameFrom(t *testing.T) {
	c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !strings.HasSuffix(r.URL.Path, "/moved"):
			http.Redirect(w, r, r.URL.Path+"/moved", http.StatusTemporaryRedirect)
		case r.Header.Get("Referer") != "":
			answerJSON(w, http.StatusBadRequest, `{"success":false,"error":"referer"}`)
		default:
			answerJSON(w, http.StatusOK, `{"success":true}`)
		}
	}))
	if err := c.CloseRoom(t.Context(), testToken, "r"); err != nil {
		t.Error(err)
	}
}

func TestEveryCallIsObservedOnce(t *testing.T) {
	answers := map[string]string{
		routeInfo.path:      `{"version":"6.5","success":true}`,
		routeConfig.path:    `{"success":false,"error":"a sentence, or an id like dW3tGxTzaQ7"}`,
		routeCloseRoom.path: `{"success":false,"error":"room-closed"}`,
		routeSend.path:      `<html>`,
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusBadRequest
		if r.URL.Path == routeInfo.path {
			status = http.StatusOK
		}
		answerJSON(w, status, answers[r.URL.Path])
	}))
	t.Cleanup(server.Close)
	var seen []string
	c := newClientOf(t, server.URL, Options{Observe: func(op, outcome string, took time.Duration) {
		seen = append(seen, op+": "+outcome)
		if took < 0 {
			t.Errorf("%s took %v", op, took)
		}
	}})
	_, _ = c.ServerVersion(t.Context())
	_, _ = c.Config(t.Context(), "", "")
	_ = c.CloseRoom(t.Context(), testToken, "r")
	_, _ = c.SendMessage(t.Context(), testToken, NewMessage{})
	want := []string{"read server info: ok", "read config: refused", "close room: room-closed", "send message: unavailable"}
	if !slices.Equal(seen, want) {
		t.Errorf("%q, want %q", seen, want)
	}
}

func TestTheVersionIsReadOnceAndAgainOnDemand(t *testing.T) {
	var calls atomic.Int32
	gate := make(chan struct{})
	c := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		<-gate
		version := map[int32]string{1: "3.4.0", 2: "6.5"}[calls.Add(1)]
		answerJSON(w, http.StatusOK, `{"version":"`+version+`","success":true}`)
	}))
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.ServerVersion(impatient); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who gave up got %v", err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if v, err := c.ServerVersion(t.Context()); err != nil || v != (Version{3, 4, 0}) {
				t.Errorf("%v, %v", v, err)
			}
		})
	}
	close(gate)
	group.Wait()
	if calls.Load() != 1 {
		t.Errorf("%d calls for one version", calls.Load())
	}
	if v, err := c.RefreshServerVersion(t.Context()); err != nil || v != (Version{6, 5, 0}) {
		t.Errorf("%v, %v", v, err)
	}
	if v, err := c.RefreshServerVersion(t.Context()); err == nil {
		t.Errorf("an empty version reads as %v", v)
	}
	if v, err := c.ServerVersion(t.Context()); err != nil || v != (Version{6, 5, 0}) {
		t.Errorf("after a failed refresh: %v, %v", v, err)
	}
}

func TestVersions(t *testing.T) {
	for _, tt := range []struct {
		text string
		want Version
	}{
		{"3.4.0", Version{3, 4, 0}}, {"6.5", Version{6, 5, 0}}, {"7.0.0-rc.1", Version{7, 0, 0}}, {"8.1.2.3", Version{8, 1, 2}},
	} {
		if got, err := parseVersion(tt.text); err != nil || got != tt.want {
			t.Errorf("%q: %v, %v", tt.text, got, err)
		}
	}
	for _, text := range []string{"", "7", "seven.0", "7.x", "-1.2", "99999999.1"} {
		if got, err := parseVersion(text); err == nil {
			t.Errorf("%q reads as %v", text, got)
		}
	}
	old, middle, recent := Version{3, 4, 0}, Version{3, 17, 0}, Version{7, 0, 0}
	for f := range since {
		if old.has(f) || !recent.has(f) {
			t.Errorf("feature %d: 3.4 %v, 7.0 %v", f, old.has(f), recent.has(f))
		}
	}
	if !middle.has(openRoomFindsOpenOne) || middle.has(userActivity) || middle.has(historyOffset) {
		t.Error("3.17 only finds the open room")
	}
}
