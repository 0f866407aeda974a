package acceptance_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	livechatv1 "github.com/rocketline/rocketline/gen/go/rocketline/livechat/v1"
	"github.com/rocketline/rocketline/rocketchat"
	"github.com/rocketline/rocketline/sandbox"
)

// secrets are the tokens and keys of a run.
type secrets []string

// traces are what shows secrets that no test knows beforehand: the beginnings of a signed link's token, queries that carry a token, routes of
// Rocket.Chat that have one in their path, and the links with which it gives out files.
var traces = []string{
	"eyJhbGciOi", "eyJ0eXAiOi", "?token=", "&token=", "rc_token=", "livechat/visitor/", "livechat/agent.info/", "livechat/agent.next/",
	"file-upload/",
}

// found lists the secrets in a text, also those inside of a page token or a cursor.
func (s secrets) found(text string) []string {
	var all []string
	look := func(where, text, secret string) {
		if at := strings.Index(text, secret); at >= 0 {
			all = append(all, fmt.Sprintf("%q%s: …%s…", secret, where, text[max(0, at-100):min(len(text), at+100)]))
		}
	}
	for _, secret := range append(traces, s...) {
		look("", text, secret)
	}
	words := map[string]bool{}
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r >= utf8.RuneSelf || !base64Letter[r] }) {
		if len(word) < 16 || words[word] {
			continue
		}
		words[word] = true
		for _, code := range []*base64.Encoding{base64.RawURLEncoding, base64.RawStdEncoding} {
			inside, _ := code.DecodeString(word) // as far as it can be read
			for _, secret := range s {
				look(" inside of "+word, string(inside), secret)
			}
		}
	}
	return all
}

// base64Letter has the letters of both alphabets.
var base64Letter = func() (is [utf8.RuneSelf]bool) {
	for _, r := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/" {
		is[r] = true
	}
	return is
}()

func TestASecretThatIsToldIsFound(t *testing.T) {
	const token = "theTokenThatIsToldInATestOfTheTests"
	all := secrets{"anotherToken", token}
	for what, text := range map[string]string{
		"in a log line":         `{"level":"INFO","msg":"call","who":"` + token + `"}`,
		"in a metric":           `rocketline_failures_total{reason="` + token + `"} 1`,
		"in a URL":              "GET /v1/visitors/" + token,
		"in a header":           "map[Location:[https://example.com/?t=" + token + "]]",
		"in a cursor":           `{"cursor":"` + base64.RawURLEncoding.EncodeToString([]byte("1 "+token)) + `"}`,
		"a link to a file":      `"publicFilePath":"http://x/file-upload/1/a.png?token=` + "eyJhbGciOiJIUzI1NiJ9.eyJyaWQiOiJ4In0.x" + `"`,
		"a route with a token":  "Get https://x/api/v1/livechat/visitor/abc: connection refused",
		"a token in a query":    "Get https://x/api/v1/livechat/config?token=abc: connection refused",
		"a grant with a token":  "https://x/?rc_room_type=l&rc_token=abc",
		"between other letters": "x" + token + "x",
	} {
		if len(all.found(text)) == 0 {
			t.Errorf("%s it is not found", what)
		}
	}
	if got := all.found(`{"visitor":{"id":"abc"},"cursor":"AAAAAAAAAAAAAAAAAAAA"}`); len(got) > 0 {
		t.Errorf("found where there is none: %v", got)
	}
	registration := methodOf(&livechatv1.RegisterVisitorRequest{})
	if kept := tapeOf(registration, `{"visitorToken": "`+token+`"}`); len(all.found(kept)) > 0 {
		t.Errorf("the token that a registration gives out is taken for a leak: %s", kept)
	}
	if kept := tapeOf(registration, `{"visitorToken": "`+token+`", "visitor": {"id": "`+token+`"}}`); len(all.found(kept)) == 0 {
		t.Errorf("the token beside the one that a registration gives out is not found")
	}
}

// confessions are answers of a Rocket.Chat, or of what stands in front of it, that repeat what they were asked.
var confessions = map[string]func(w http.ResponseWriter, r *http.Request, told string){
	"500 in JSON": func(w http.ResponseWriter, _ *http.Request, told string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, `{"success":false,"error":"for %s"}`, told)
	},
	"400 with a new code": func(w http.ResponseWriter, _ *http.Request, told string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"success":false,"error":"no %s","errorType":"error-new"}`, told)
	},
	"429": func(w http.ResponseWriter, _ *http.Request, told string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusTooManyRequests)
		fmt.Fprintf(w, `{"success":false,"error":"%s must wait 100 seconds"}`, told)
	},
	"502 in HTML": func(w http.ResponseWriter, r *http.Request, told string) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprintf(w, "<html>%s %s</html>", r.URL, told)
	},
	"a page": func(w http.ResponseWriter, r *http.Request, told string) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<html>%s %s</html>", r.URL, told)
	},
	"a redirect to itself": func(w http.ResponseWriter, r *http.Request, _ string) {
		http.Redirect(w, r, r.URL.String(), http.StatusFound)
	},
	"a redirect to elsewhere": func(w http.ResponseWriter, r *http.Request, _ string) {
		http.Redirect(w, r, "http://127.0.0.2:1"+r.URL.String(), http.StatusFound)
	},
	"the connection's end": func(http.ResponseWriter, *http.Request, string) { panic(http.ErrAbortHandler) },
	"half an answer": func(w http.ResponseWriter, _ *http.Request, told string) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "1000")
		fmt.Fprintf(w, `{"success":true,"token":"%s"`, told)
	},
}

// brief lets a broken connection be made again at once, again and again.
var brief = rocketchat.Options{Realtime: rocketchat.RealtimeOptions{RedialMin: time.Millisecond, RedialMax: 20 * time.Millisecond}}

func TestNoSecretIsToldInAWholeRun(t *testing.T) {
	t.Parallel()
	for _, version := range versions {
		t.Run(string(version), func(t *testing.T) {
			t.Parallel()
			chat, tape := newChat(t, workspace(version)), &notebook{}
			site := newReplica(t, chat, how{chat: brief, keys: serviceKeys, tape: tape})
			all := secrets{crmKey, statsKey}
			for i, d := range site.drivers() {
				s := newScript(t, d, chat, version, caller{key: crmKey})
				s.play()
				p := newPerson(t, d, caller{key: crmKey, address: fmt.Sprintf("10.8.0.%d", i)}, "Vera"+d.name(), sales)
				nobody := "nobodysToken" + d.name()
				all = append(all, s.who.token, p.token, nobody)
				for _, who := range []caller{
					{key: statsKey, token: p.token}, {token: p.token}, {key: statsKey}, {key: p.token}, {key: crmKey + "x", token: p.token},
				} {
					if version == sandbox.V6_5 { // they do not come as far as Rocket.Chat
						converses(t, d, who, p)
					}
				}
				converses(t, d, caller{key: crmKey, token: nobody}, p)
				converses(t, d, p.caller, p) // which ends the visitor
			}
			finds(t, site, tape, all, "VISITOR_UNKNOWN")
		})
	}
}

func TestNoSecretIsToldThatRocketChatRepeats(t *testing.T) {
	t.Parallel()
	chat := newChat(t, workspace(sandbox.V6_5))
	alone := how{chat: brief, keys: serviceKeys}
	alone.chat.URL = deserted(t, chat)
	p := newPerson(t, newReplica(t, chat, how{}).grpc, caller{address: "10.8.2.1"}, "Vera", sales)
	p.key = crmKey
	all := secrets{crmKey, p.token}
	for what, confess := range confessions {
		t.Run(what, func(t *testing.T) {
			chat.Intercept(func(w http.ResponseWriter, r *http.Request) bool {
				confess(w, r, strings.Join(all, " "))
				return true
			})
			tape := &notebook{}
			site := newReplica(t, chat, how{chat: brief, keys: serviceKeys, tape: tape})
			converses(t, site.rest, p.caller, p) // which goes through everything, gRPC too
			finds(t, site, tape, all, "reason")
		})
	}
	t.Run("where nobody listens", func(t *testing.T) {
		alone.tape = &notebook{}
		site := newReplica(t, chat, alone)
		converses(t, site.rest, p.caller, p)
		finds(t, site, alone.tape, all, "UPSTREAM_UNAVAILABLE")
	})
}

// converses makes every call about what a person has, however it may end. The last ones end the room and the visitor.
func converses(t *testing.T, d driver, who caller, p *person) {
	t.Helper()
	var calls sync.WaitGroup
	for _, m := range forVisitors {
		if m.short() != "DeleteVisitor" && m.short() != "CloseRoom" {
			calls.Go(func() { tries(t.Context(), d, who, m.short(), p.about("aWord")) })
		}
	}
	calls.Wait()
	tries(t.Context(), d, who, "CloseRoom", p.about("aWord"))
	tries(t.Context(), d, who, "DeleteVisitor", p.about("aWord"))
}

// finds searches what a replica keeps, shows and has told its callers. A word that the callers must have heard shows that there is
// something to search.
func finds(t *testing.T, r *replica, tape *notebook, all secrets, heard string) {
	t.Helper()
	places := map[string]string{
		"the log": r.log.String(), "the metrics": r.metrics(), "the edge's URLs and headers": r.edge.String(), "what is told": tape.String(),
	}
	for where, word := range map[string]string{
		"the log": "request_id", "the metrics": "rocketline_failures_total", "the edge's URLs and headers": "/v1/rooms", "what is told": heard,
	} {
		if !strings.Contains(places[where], word) {
			t.Errorf("%s does not hold %q: there is nothing to look into", where, word)
		}
	}
	for where, text := range places {
		for _, leak := range all.found(text) {
			t.Errorf("%s holds %s", where, leak)
		}
	}
}

func TestATokenThatIsPutWhereItDoesNotBelongIsKeptNowhere(t *testing.T) {
	t.Parallel()
	site := newReplica(t, newChat(t, workspace(sandbox.V6_5)), how{})
	rest := site.rest.(*restDriver)
	p := newPerson(t, rest, caller{address: "10.8.1.1"}, "Vera", sales)
	body := func(text string) httpRequest {
		return httpRequest{verb: "POST", path: "/v1/visitors", body: strings.NewReader(text), header: http.Header{"Content-Type": {"application/json"}}}
	}
	for what, h := range map[string]httpRequest{
		"a query's value":      {verb: "GET", path: "/v1/rooms", query: "token=" + p.token},
		"a query's known key":  {verb: "GET", path: "/v1/rooms", query: "pageToken=" + p.token},
		"a query's key":        {verb: "GET", path: "/v1/rooms", query: p.token},
		"an unknown path":      {verb: "GET", path: "/v1/visitors/" + p.token},
		"a room":               {verb: "GET", path: "/v1/rooms/" + p.token},
		"a verb":               {verb: p.token, path: "/v1/rooms"},
		"a custom verb":        {verb: "POST", path: "/v1/rooms/aRoom:" + p.token},
		"a field's name":       body(`{"` + p.token + `": 1}`),
		"a field's value":      body(`{"email": "` + p.token + `"}`),
		"a body without signs": body(p.token),
		"a header's value":     {verb: "GET", path: "/v1/events", header: http.Header{"Accept": {p.token}}},
		"a request's key":      {verb: "GET", path: "/v1/rooms", header: http.Header{"Idempotency-Key": {p.token}}},
		"a cookie":             {verb: "GET", path: "/v1/rooms", header: http.Header{"Cookie": {"rc_token=" + p.token}}},
	} {
		if r := rest.unary(t.Context(), p.caller, methodOf(&livechatv1.ListRoomsRequest{}), h); r.wire == "" {
			t.Errorf("%s: no answer: %v", what, r.err)
		}
		all := secrets{p.token}
		for where, text := range map[string]string{"the log": site.log.String(), "the metrics": site.metrics()} {
			for _, leak := range all.found(text) {
				t.Errorf("after the token was sent as %s, %s holds %s", what, where, leak)
			}
		}
	}
}
