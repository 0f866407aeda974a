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
	"net/netip"
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

// player answers the one exchange that is being played, and compares the request with the recorded one. What a call asks beside it gets
// an answer that lets it go on.
type player struct {
	t     *testing.T
	x     exchange
	all   []exchange
	known map[string]json.RawMessage // visitors by token, for History's question who the visitor is
	calls int
}

func (p *player) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file := p.x.route(p.t).op == routeFile.op
	if r.Method != p.x.Request.Method || r.URL.Path != p.x.url().Path || file && !cmp.Equal(p.x.url().Query(), r.URL.Query()) {
		p.besides(w, r)
		return
	}
	p.calls++
	if diff := cmp.Diff(p.x.url().Query(), r.URL.Query()); diff != "" {
		p.t.Errorf("%s: query (-recorded +sent)\n%s", p.x.key(), diff)
	}
	if r.Header.Get("User-Agent") != userAgent || r.Header.Get("Cookie") != "" {
		p.t.Errorf("%s: headers %v", p.x.key(), r.Header)
	}
	switch p.x.route(p.t).op {
	case routeUpload.op:
		p.compareForm(r)
	case routeFile.op:
		if a, ok := p.x.file(); ok && a.part != nil && r.Header.Get("Range") != p.x.Request.Headers["range"] {
			p.t.Errorf("%s: asked for the part %q", p.x.key(), r.Header.Get("Range"))
		}
	default:
		p.compareJSON(r)
	}
	a := p.x.answer()
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

func (p *player) compareJSON(r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Error(err)
	}
	if diff := cmp.Diff(anyJSON(p.x.Request.Body), anyJSON(body)); diff != "" {
		p.t.Errorf("%s: body (-recorded +sent)\n%s", p.x.key(), diff)
	}
	if r.Header.Get("Content-Type") != "application/json" {
		p.t.Errorf("%s: headers %v", p.x.key(), r.Header)
	}
}

func (p *player) compareForm(r *http.Request) {
	sent, err := readForm(r.Header.Get("Content-Type"), r.Body)
	if err != nil {
		p.t.Errorf("%s: %v", p.x.key(), err)
	}
	recorded, _ := p.x.form()
	if diff := cmp.Diff(recorded, sent); diff != "" {
		p.t.Errorf("%s: form (-recorded +sent)\n%s", p.x.key(), diff)
	}
	if r.Header.Get("X-Visitor-Token") != p.x.Request.Headers["x-visitor-token"] {
		p.t.Errorf("%s: another token", p.x.key())
	}
}

// besides answers what a call asks beside the recorded question: the configuration, which has no room and the departments that the
// recorded request names; the visitor, for History, and none for RegisterVisitor; the history of the room, for Upload.
func (p *player) besides(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	switch op := p.x.route(p.t).op; {
	case r.URL.Path == routeConfig.path:
		var body registerBody
		_ = json.Unmarshal(p.x.Request.Body, &body)
		name := body.Visitor.Department
		answerJSON(w, http.StatusOK, fmt.Sprintf(
			`{"config":{"enabled":true,"departments":[{"_id":%q,"name":%q}]},"success":true}`, name, name))
	case op == routeFile.op && strings.HasPrefix(r.URL.Path, routeFile.path):
		w.WriteHeader(http.StatusForbidden) // the way before the recorded one
	case op == routeFile.op && strings.HasPrefix(r.URL.Path, routeMessage.path):
		link := ""
		if a, ok := p.x.file(); ok && a.link {
			link = "https://chat.example" + p.x.Request.Path
		}
		answerJSON(w, http.StatusOK, fmt.Sprintf(
			`{"message":{"_id":"message","rid":"room","fileUpload":{"publicFilePath":%q}},"success":true}`, link))
	case (op == routeHistory.op || op == routeUpload.op) && strings.HasPrefix(r.URL.Path, routeVisitor.path+"/"):
		visitor := p.known[token]
		if visitor == nil { // registered where it was not recorded
			visitor = json.RawMessage(`{"_id":"another-visitor","token":"another-token"}`)
		}
		answerJSON(w, http.StatusOK, `{"visitor":`+string(visitor)+`,"success":true}`)
	case op == routeRegister.op && strings.HasPrefix(r.URL.Path, routeVisitor.path+"/"):
		answerJSON(w, http.StatusOK, `{"success":true}`)
	case op == routeUpload.op && strings.HasPrefix(r.URL.Path, routeHistory.path+"/"):
		p.history(w)
	default:
		p.t.Errorf("%s: asked %s %s", p.x.key(), r.Method, r.URL.EscapedPath())
		w.WriteHeader(http.StatusTeapot)
	}
}

// history answers with what was recorded of the upload's room: that it is not the visitor's, that it is closed, or what stands in it.
func (p *player) history(w http.ResponseWriter) {
	if code, ok := refusedUploads[p.x.key()]; ok && code != CodeRoomClosed {
		answerJSON(w, http.StatusBadRequest, fmt.Sprintf(`{"success":false,"error":%q}`, code))
		return
	} else if ok {
		answerJSON(w, http.StatusOK, `{"messages":[{"_id":"end","rid":"room","t":"livechat-close","u":{"_id":"agent"}}],"success":true}`)
		return
	}
	later, ok := p.x.laterHistory(p.all)
	if !ok {
		p.t.Errorf("%s: nobody read the room afterwards", p.x.key())
	}
	answerJSON(w, http.StatusOK, string(later.Response.JSON))
}

func answerJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func TestEveryRecordedExchangeIsUnderstood(t *testing.T) {
	all := recordings(t)
	people := knownVisitors(all)
	play := &player{t: t, all: all, known: people.byToken}
	client := newTestClient(t, play)
	used, typed, count := make(map[string]bool), make(map[string]int), make(map[string]int)
	for i, x := range all {
		if x.aside() >= 0 {
			continue
		}
		count[x.recording]++
		play.x, play.calls = x, 0
		var got any
		var err error
		if call := x.typed(t, all); call != nil {
			typed[x.recording]++
			client.rest.current = x.version()
			// Each from an address of its own: one that was refused for the rate limit must not stop the others.
			got, err = call(WithClientAddress(t.Context(), netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})), client)
			if play.calls != 1 {
				t.Errorf("%s: %d calls instead of one", x.key(), play.calls)
			}
		} else {
			got, err = x.decodeDirectly(t, client)
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
	exchanges, through := 0, 0
	for _, recording := range slices.Sorted(maps.Keys(count)) {
		t.Logf("%-60s %3d exchanges, %3d of them through the client", recording, count[recording], typed[recording])
		exchanges, through = exchanges+count[recording], through+typed[recording]
	}
	t.Logf("%d exchanges, %d of them through the client", exchanges, through)
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
