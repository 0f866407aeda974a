package fault

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// ordered is a call of the control endpoint with its answer.
type ordered struct {
	call   string // method, path, body
	status int
	answer string
}

// perform makes a call as curl would.
func perform(i *Injector, call string, change func(*http.Request)) *httptest.ResponseRecorder {
	parts := strings.SplitN(call+"  ", " ", 3)
	body := strings.TrimSpace(parts[2])
	r := httptest.NewRequest(parts[0], "http://127.0.0.1:3001"+parts[1], strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	i.Control().ServeHTTP(w, r)
	return w
}

func check(t *testing.T, i *Injector, c ordered) {
	t.Helper()
	w := perform(i, c.call, nil)
	if w.Code != c.status {
		t.Errorf("%s: status %d", c.call, w.Code)
	}
	if diff := cmp.Diff(c.answer, strings.TrimSpace(w.Body.String())); diff != "" {
		t.Errorf("%s: %s", c.call, diff)
	}
	if kind := w.Header().Get("Content-Type"); kind != "application/json" && w.Body.Len() > 0 {
		t.Errorf("%s: the answer is %s", c.call, kind)
	}
}

func TestControl(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	fresh := func() *Injector { return New(7, func() time.Time { return at }) }
	for name, steps := range map[string][]ordered{
		"a rule is added, listed with its counts, and removed": {
			{`GET /faults`, 200, `{"seed":7,"faults":[]}`},
			{`POST /faults {"kind":"delay","delay":"250ms","match":{"path":"/x"},"times":1}`, 201, `{"id":"fault-1"}`},
			{`POST /faults {"id":"mine","kind":"reorder"}`, 201, `{"id":"mine"}`},
			{`GET /faults`, 200, `{"seed":7,"faults":[` +
				`{"rule":{"id":"fault-1","kind":"delay","match":{"path":"/x"},"times":1,"delay":"250ms"},"matched":0,"fired":0,"spent":false},` +
				`{"rule":{"id":"mine","kind":"reorder","delay":"1s"},"matched":0,"fired":0,"spent":false}]}`},
			{`DELETE /faults/fault-1`, 204, ``},
			{`DELETE /faults/fault-1`, 404, `{"error":"there is no fault fault-1"}`},
			{`DELETE /faults`, 204, ``},
			{`GET /faults`, 200, `{"seed":7,"faults":[]}`},
		},
		"the log tells what fired": {
			{`GET /log`, 200, `{"log":[]}`},
			{`POST /connections/drop`, 200, `{"cut":2}`},
			{`GET /log`, 200, `{"log":[{"at":"2026-01-02T03:04:05Z","kind":"drop","on":"connection 1"},` +
				`{"at":"2026-01-02T03:04:05Z","kind":"drop","on":"connection 2"}]}`},
			{`DELETE /faults`, 204, ``},
			{`GET /log`, 200, `{"log":[]}`},
		},
		"connections are listed and cut": {
			{`GET /connections`, 200, `{"connections":[{"number":1},{"number":2}]}`},
			{`POST /connections/close {"connection":1,"code":1012,"reason":"restart"}`, 200, `{"cut":1}`},
			{`POST /connections/drop {"connection":1}`, 404, `{"error":"there is no open connection 1"}`},
			{`POST /connections/half-open {}`, 200, `{"cut":1}`},
			{`GET /connections`, 200, `{"connections":[{"number":1,"cut":"close"},{"number":2,"cut":"half-open"}]}`},
			{`POST /connections/drop`, 200, `{"cut":0}`},
		},
		"a cut that makes no sense is refused": {
			{`POST /connections/gap`, 404, `{"error":"there is no /connections/gap"}`},
			{`POST /connections/drop {"connection":3}`, 404, `{"error":"there is no open connection 3"}`},
			{`POST /connections/drop {"connection":-1}`, 400, `{"error":"connection: must not be negative","field":"connection"}`},
			{`POST /connections/drop {"code":1001}`, 400, `{"error":"code: has no use with the kind \"drop\"","field":"code"}`},
			{`POST /connections/drop {"which":1}`, 400, `{"error":"which: there is no such field","field":"which"}`},
			{`GET /connections`, 200, `{"connections":[{"number":1},{"number":2}]}`},
		},
		"the clock is moved, stopped and set right": {
			{`GET /clock`, 200, `{"now":"2026-01-02T03:04:05Z","skew":"0s","drift":0,"freeze":false}`},
			{`PUT /clock {"skew":"-2m","drift":0.5,"freeze":"5s"}`, 200, `{"now":"2026-01-02T03:02:05Z","skew":"-2m0s","drift":0.5,"freeze":"5s"}`},
			{`PUT /clock {"freeze":true}`, 200, `{"now":"2026-01-02T03:04:05Z","skew":"0s","drift":0,"freeze":true}`},
			{`PUT /clock {}`, 200, `{"now":"2026-01-02T03:04:05Z","skew":"0s","drift":0,"freeze":false}`},
			{`PUT /clock {"freeze":false}`, 200, `{"now":"2026-01-02T03:04:05Z","skew":"0s","drift":0,"freeze":false}`},
		},
		"a clock that makes no sense is refused": {
			{`PUT /clock`, 415, `{"error":"the Content-Type must be application/json"}`},
			{`PUT /clock {"skew":"much"}`, 400, `{"error":"skew: \"much\" is no duration such as \"250ms\"","field":"skew"}`},
			{`PUT /clock {"freeze":5}`, 400, `{"error":"freeze: must be true, false or a duration such as \"5s\"","field":"freeze"}`},
			{`PUT /clock {"freeze":"-5s"}`, 400, `{"error":"freeze: must not be negative","field":"freeze"}`},
			{`PUT /clock {"drift":-1}`, 400, `{"error":"drift: must be above -1 and at most 10","field":"drift"}`},
			{`PUT /clock {"now":"2026-01-02T03:04:05Z"}`, 400, `{"error":"now: is not set, but moved by skew","field":"now"}`},
		},
		"a rule that makes no sense is refused": {
			{`POST /faults`, 415, `{"error":"the Content-Type must be application/json"}`},
			{`POST /faults {`, 400, `{"error":"the body is not JSON: unexpected EOF"}`},
			{`POST /faults {} {}`, 400, `{"error":"the body has something behind its JSON value"}`},
			{`POST /faults []`, 400, `{"error":"the body is a JSON array, wanted is an object"}`},
			{`POST /faults null`, 400, `{"error":"kind: is missing","field":"kind"}`},
			{`POST /faults {"kind":"delay"}`, 400, `{"error":"delay: is needed with the kind \"delay\"","field":"delay"}`},
			{`POST /faults {"kind":"delay","delay":"250"}`, 400, `{"error":"delay: \"250\" is no duration such as \"250ms\"","field":"delay"}`},
			{`POST /faults {"kind":"lost","colour":"red"}`, 400, `{"error":"colour: there is no such field","field":"colour"}`},
			{`POST /faults {"kind":"lost","match":{"path":"x"}}`, 400, `{"error":"match.path: must begin with /","field":"match.path"}`},
			{`POST /faults {"id":"one","kind":"lost"}`, 201, `{"id":"one"}`},
			{`POST /faults {"id":"one","kind":"lost"}`, 409, `{"error":"id \"one\": another fault has this id"}`},
		},
		"what is not there is told": {
			{`GET /`, 404, `{"error":"there is no /"}`},
			{`GET /rules`, 404, `{"error":"there is no /rules"}`},
			{`PUT /faults {}`, 405, `{"error":"the methods here are DELETE, GET, POST"}`},
			{`GET /faults/one`, 405, `{"error":"the methods here are DELETE"}`},
			{`GET /connections/drop`, 405, `{"error":"the methods here are POST"}`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			i := fresh()
			for range 2 {
				c := i.Open(httptest.NewRequest(http.MethodGet, "/websocket", nil), &sink{})
				defer c.Close()
			}
			for _, step := range steps {
				check(t, i, step)
			}
		})
	}
}

func TestControlIsForThisMachineAlone(t *testing.T) {
	for name, c := range map[string]struct {
		host   string
		header map[string]string
		status int
	}{
		"a call to localhost is heard":                 {"localhost:3001", nil, 200},
		"a call to 127.0.0.1 is heard":                 {"127.0.0.1:3001", nil, 200},
		"a call to ::1 is heard":                       {"[::1]:3001", nil, 200},
		"a call without a port is heard":               {"[::1]", nil, 200},
		"a person who types the address is heard":      {"localhost", map[string]string{"Sec-Fetch-Site": "none"}, 200},
		"another machine's address is not":             {"192.168.1.5:3001", nil, 403},
		"a name that was made to point here is not":    {"localhost.evil.example:3001", nil, 403},
		"a call without a host is not":                 {"", nil, 403},
		"a web page is not":                            {"127.0.0.1", map[string]string{"Origin": "https://evil.example"}, 403},
		"a web page of this machine is not either":     {"127.0.0.1", map[string]string{"Origin": "http://127.0.0.1:3000"}, 403},
		"a page that hides where it is from is not":    {"127.0.0.1", map[string]string{"Origin": "null"}, 403},
		"an image on a web page is not":                {"127.0.0.1", map[string]string{"Sec-Fetch-Site": "cross-site"}, 403},
		"an image on another port's page is not":       {"127.0.0.1", map[string]string{"Sec-Fetch-Site": "same-site"}, 403},
		"a web page is not, whatever path it asks for": {"127.0.0.1", map[string]string{"Origin": "null"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			i := injector(t)
			w := perform(i, "GET /log", func(r *http.Request) {
				r.Host = c.host
				for name, value := range c.header {
					r.Header.Set(name, value)
				}
			})
			if w.Code != c.status {
				t.Errorf("status %d: %s", w.Code, w.Body)
			}
		})
	}
	t.Run("a form that a page could send without asking is refused", func(t *testing.T) {
		w := perform(injector(t), `POST /faults {"kind":"lost"}`, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") })
		if w.Code != http.StatusUnsupportedMediaType {
			t.Errorf("status %d", w.Code)
		}
	})
	t.Run("a body has a largest size", func(t *testing.T) {
		i := injector(t)
		w := perform(i, `POST /faults {"kind":"html","body":"`+strings.Repeat("x", maxControlBody)+`"}`, nil)
		if w.Code != http.StatusRequestEntityTooLarge {
			t.Errorf("status %d: %s", w.Code, w.Body)
		}
		w = perform(i, fmt.Sprintf(`POST /faults {"kind":"html","body":"%s"}`, strings.Repeat(`\u0041`, maxAnswer)), nil)
		if w.Code != http.StatusCreated {
			t.Errorf("the largest body that a rule may have, escaped: status %d: %s", w.Code, w.Body)
		}
	})
}

func TestAFaultThatIsSetFromOutside(t *testing.T) {
	i := injector(t)
	server := site(t, i, &store{}, Hooks{})
	control := httptest.NewServer(i.Control())
	defer control.Close()
	resp, err := control.Client().Post(control.URL+"/faults", "application/json; charset=utf-8",
		strings.NewReader(`{"kind":"status","status":503,"times":1,"match":{"method":"POST","path":"/api/v1/livechat/message*"}}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	var got []int
	for range 2 {
		resp, _, err := post(server, "/api/v1/livechat/message", "hello")
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, resp.StatusCode)
	}
	if diff := cmp.Diff([]int{503, 201}, got); diff != "" {
		t.Error(diff)
	}
}
