package rocketchat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// newTestClient returns a client of a test server, without realtime.
func newTestClient(t testing.TB, handler http.Handler) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return newClientOf(t, server.URL, Options{})
}

func newClientOf(t testing.TB, address string, o Options) *Client {
	t.Helper()
	site, err := parseSite(address)
	if err != nil {
		t.Fatal(err)
	}
	c := &Client{rest: newREST(site, o.withDefaults())}
	c.rest.retrying = func(ctx context.Context) error { return ctx.Err() }
	t.Cleanup(c.rest.close)
	return c
}

// player answers the one exchange that is being played, and compares the request with the recorded one.
type player struct {
	t     *testing.T
	x     exchange
	known map[string]json.RawMessage // visitors by token, for History's question who the visitor is
	calls int
}

func (p *player) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	own := p.x.route(p.t)
	switch {
	case own.op == routeOpenRoom.op && r.URL.Path == routeConfig.path:
		answerJSON(w, http.StatusOK, `{"config":{"enabled":true},"success":true}`)
		return
	case own.op == routeHistory.op && strings.HasPrefix(r.URL.Path, routeVisitor.path+"/"):
		visitor := p.known[strings.TrimPrefix(r.URL.Path, routeVisitor.path+"/")]
		if visitor == nil { // registered where it was not recorded
			visitor = json.RawMessage(`{"_id":"another-visitor","token":"another-token"}`)
		}
		answerJSON(w, http.StatusOK, `{"visitor":`+string(visitor)+`,"success":true}`)
		return
	}
	p.calls++
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Error(err)
	}
	if r.Method != p.x.Request.Method || r.URL.EscapedPath() != p.x.url().EscapedPath() {
		p.t.Errorf("%s: asked %s %s", p.x.key(), r.Method, r.URL.EscapedPath())
	}
	if diff := cmp.Diff(p.x.url().Query(), r.URL.Query()); diff != "" {
		p.t.Errorf("%s: query (-recorded +sent)\n%s", p.x.key(), diff)
	}
	if diff := cmp.Diff(anyJSON(p.x.Request.Body), anyJSON(body)); diff != "" {
		p.t.Errorf("%s: body (-recorded +sent)\n%s", p.x.key(), diff)
	}
	if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("User-Agent") != userAgent || r.Header.Get("Cookie") != "" {
		p.t.Errorf("%s: headers %v", p.x.key(), r.Header)
	}
	a := p.x.answer()
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

func answerJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func TestEveryRecordedExchangeIsUnderstood(t *testing.T) {
	all := recordings(t)
	people := knownVisitors(all)
	play := &player{t: t, known: people.byToken}
	client := newTestClient(t, play)
	used, typed, count := make(map[string]bool), make(map[string]int), make(map[string]int)
	for _, x := range all {
		count[x.recording]++
		var got any
		var err error
		if call := x.typed(t); call != nil {
			typed[x.recording]++
			play.x, play.calls = x, 0
			client.rest.current = x.version()
			got, err = call(t.Context(), client)
			if play.calls != 1 {
				t.Errorf("%s: %d calls instead of one", x.key(), play.calls)
			}
		} else {
			got, err = x.decodeDirectly(t)
		}
		if want, fails := failures[x.key()]; fails {
			used[x.key()] = true
			checkRefusal(t, x, err, want)
		} else if err != nil {
			t.Errorf("%s: %v", x.key(), err)
		} else {
			checkSuccess(t, x, got)
		}
		checkNoSecret(t, x, got, err, people)
	}
	for key := range failures {
		if !used[key] {
			t.Errorf("no exchange %q", key)
		}
	}
	for _, recording := range slices.Sorted(maps.Keys(recorded)) {
		if count[recording] != recorded[recording] {
			t.Errorf("%s: %d exchanges played, want %d", recording, count[recording], recorded[recording])
		}
		t.Logf("%-60s %3d exchanges, %3d of them through the client", recording, count[recording], typed[recording])
	}
	t.Logf("%d exchanges in all", len(all))
}

func checkRefusal(t *testing.T, x exchange, err error, want failure) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Errorf("%s: %v, want an *Error", x.key(), err)
		return
	}
	if got := (failure{e.Kind, e.Code}); got != want || e.Op == "" || e.HTTPStatus != x.Response.Status || e.Ambiguous {
		t.Errorf("%s: %+v, status %d, ambiguous %v, want %+v", x.key(), got, e.HTTPStatus, e.Ambiguous, want)
	}
	if m := regexp.MustCompile(`wait (\d+) seconds`).FindStringSubmatch(string(x.Response.JSON)); m != nil {
		if got := fmt.Sprint(e.RetryAfter.Seconds()); got != m[1] {
			t.Errorf("%s: retry after %s s, want %s", x.key(), got, m[1])
		}
	} else if e.RetryAfter != 0 {
		t.Errorf("%s: retry after %v", x.key(), e.RetryAfter)
	}
}

// visitors are all visitors of the recordings, found by walking their answers, without this package's decoders.
type visitors struct {
	byToken map[string]json.RawMessage
	tokens  map[string]bool // of visitors, and of signed links
}

var signedLink = regexp.MustCompile(`\?token=([^"&]+)`)

func knownVisitors(all []exchange) visitors {
	v := visitors{byToken: make(map[string]json.RawMessage), tokens: make(map[string]bool)}
	for _, x := range all {
		for _, m := range signedLink.FindAllSubmatch(x.Response.JSON, -1) {
			v.tokens[string(m[1])] = true
		}
		if asked := x.url().Query().Get("token"); len(asked) > 7 {
			v.tokens[asked] = true
		}
		v.walk("", anyJSON(x.Response.JSON))
	}
	return v
}

func (v visitors) walk(key string, value any) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			v.walk(key, item)
		}
	case map[string]any:
		token, _ := value["token"].(string)
		id, _ := value["_id"].(string)
		if token != "" {
			v.tokens[token] = true
		}
		if slices.Contains([]string{"visitor", "guest", "v"}, key) && id != "" {
			if raw, err := json.Marshal(value); err == nil && token != "" {
				v.byToken[token] = raw
			}
		}
		for k, item := range value {
			v.walk(k, item)
		}
	}
}

// checkNoSecret looks for any token of the recordings in whatever a caller could print, log or store.
func checkNoSecret(t *testing.T, x exchange, got any, err error, people visitors) {
	t.Helper()
	encoded, _ := json.Marshal(got)
	shown := fmt.Sprintf("%+v %#v %s %v %+v", got, got, encoded, err, err)
	if e := (*Error)(nil); errors.As(err, &e) {
		shown += fmt.Sprintf("%+v", *e)
	}
	for token := range people.tokens {
		if strings.Contains(shown, token) {
			t.Errorf("%s: a token survives in what the caller gets", x.key())
		}
	}
}
