package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rocketline/rocketline/sandbox"
)

// header is one of an answer and what it says, empty for one that is not there.
type header struct{ name, value string }

// TestEachVersionAnswersInItsWay asks for what differs between 6.5, 7.0 and later servers and that neither the visitors' nor the files' tests
// look at. A body that is a JSON object is compared as one; another is a part of the answer's text.
func TestEachVersionAnswersInItsWay(t *testing.T) {
	const (
		v65, v70, later = sandbox.V6_5, sandbox.V7_0, sandbox.Later
		page, missing   = "<!DOCTYPE html>", "404 Not Found"
		noRights        = `{"success":false,"error":"User does not have the permissions required for this action [error-unauthorized]"}`
		nonsense        = `{"nonsense":1}`
	)
	refusal := func(text, kind string) string {
		return `{"success":false,"error":"` + text + `","errorType":"` + kind + `"}`
	}
	lacksID := refusal("must have required property 'inquiryId' [invalid-params]", "invalid-params")
	lacksRoom := refusal("must have required property 'roomId'", "invalid-params")
	deprecated, limited := header{"X-Deprecation-Version", "8.0.0"}, header{"X-RateLimit-Limit", "10"}
	for _, test := range []struct {
		name      string
		profile   sandbox.Profile
		who       string
		method    string
		path      string
		body      string
		status    int
		want      string
		inHeaders header
	}{
		// Paths (rest-agent F.4 and G).
		{"the version has no second path", v70, "", "GET", "/api/v1/info", "", 200, page, header{}},
		{"the version has no second path", later, "", "GET", "/api/v1/info", "", 404, missing, header{"Content-Type", "text/plain; charset=UTF-8"}},
		{"the queue by its old name is there", v65, "ann", "GET", "livechat/inquiries.queued", "", 200, `"inquiries"`, header{}},
		{"the queue by its old name is gone", v70, "ann", "GET", "livechat/inquiries.queued", "", 200, page, header{}},
		{"the queue by its old name is gone", later, "ann", "GET", "livechat/inquiries.queued", "", 404, missing, header{}},
		{"nobody changes a room's visitor any more", v70, "root", "PUT", "livechat/room.visitor", nonsense, 405, "", header{}},
		{"nobody changes a room's visitor any more", later, "root", "PUT", "livechat/room.visitor", nonsense, 404, missing, header{}},
		{"a room goes back to the queue over DDP only", v70, "ann", "POST", "livechat/inquiries.returnAsInquiry", nonsense, 405, "", header{}},

		// Shapes, and what comes before them (rest-agent F.2 and F.3).
		{"a shape is looked at before rights", v70, "bob", "POST", "livechat/inquiries.take", nonsense, 400, lacksID, limited},
		{"rights are looked at before the shape and the count", later, "bob", "POST", "livechat/inquiries.take", nonsense, 403, noRights, header{limited.name, ""}},
		{"a shape is counted and told with its code", later, "ann", "POST", "livechat/inquiries.take", nonsense, 400, lacksID, limited},
		{"a typed shape is neither", later, "ann", "POST", "livechat/inquiries.returnAsInquiry", nonsense, 400, lacksRoom, header{limited.name, ""}},
		{"typed routes count what has a shape", later, "ann", "POST", "livechat/inquiries.returnAsInquiry", `{"roomId":"x"}`, 400,
			`{"success":false,"error":"error-room-not-found"}`, limited},
		{"malformed JSON is a bad request", v70, "", "POST", "livechat/room.close", `{"rid":`, 400, page, header{}},
		{"malformed JSON is an empty body", later, "", "POST", "livechat/room.close", `{"rid":`, 400,
			refusal("must have required property 'rid' [invalid-params]", "invalid-params"), limited},
		{"registering has no limit of its own", v65, "", "POST", "livechat/visitor", `{}`, 400, "", limited},
		{"registering has a limit of its own", v70, "", "POST", "livechat/visitor", `{}`, 400, "", header{limited.name, "5"}},
		{"registering has a limit of its own", later, "", "POST", "livechat/visitor", `{}`, 400, "", header{limited.name, "5"}},
		{"visitors' shapes are told with their code", later, "", "POST", "livechat/room.close", nonsense, 400,
			refusal("must have required property 'rid' [invalid-params]", "invalid-params"), limited},

		// Refusals. That 8.0 says forbidden is what one page supposes; the other knows that it was put off to 9.0 (rest-agent F.2).
		{"a stranger uploads nothing", v70, "", "POST", "livechat/upload/x", "", 403, `{"success":false,"error":"unauthorized"}`, header{}},
		{"a stranger uploads nothing", later, "", "POST", "livechat/upload/x", "", 403, `{"success":false,"error":"unauthorized"}`, header{}},
		{"a bot's headers lift the limit of uploads", v70, "robo", "POST", "livechat/upload/x", "", 403, "", limited},
		{"a bot's headers lift the limit of uploads", later, "robo", "POST", "livechat/upload/x", "", 403, "", header{limited.name, ""}},
		{"a refused login has no success", v70, "", "POST", "login", `{"user":"ann","password":"no"}`, 401,
			`{"status":"error","error":403,"message":"Incorrect password"}`, header{}},
		{"a refused login has success", later, "", "POST", "login", `{"user":"ann","password":"no"}`, 401,
			`{"status":"error","success":false,"error":403,"message":"Incorrect password"}`, header{}},
		{"a login of a wrong shape breaks", later, "", "POST", "login", `{"user":"ann","password":7}`, 500,
			`{"success":false,"error":"Internal server error"}`, header{}},

		// Parameters (rest-agent C.6 and F.5).
		{"the queue is no filter of rooms", v65, "root", "GET", "livechat/rooms?queued=true", "", 400,
			refusal("must NOT have additional properties [invalid-params]", "invalid-params"), header{}},
		{"the queue is a filter of rooms", v70, "root", "GET", "livechat/rooms?queued=true", "", 200, `"total":1`, header{}},
		{"open rooms may be unserved", v65, "root", "GET", "livechat/rooms?open=true", "", 200, `"total":1`, header{}},
		{"open rooms are served", later, "root", "GET", "livechat/rooms?open=true", "", 200, `"total":0`, header{}},
		{"fields are announced to go", v65, "root", "GET", "livechat/rooms?fields=%7B%7D", "", 200, "", header{"X-Deprecation-Version", "7.0.0"}},
		{"fields are ignored in silence", v70, "root", "GET", "livechat/rooms?fields=%7B%7D", "", 200, "", header{"X-Deprecation-Version", ""}},

		// Routes that announce their end, and rooms.
		{"tokens are made without a warning", v65, "root", "POST", "users.createToken", `{"userId":"bob1"}`, 200, "", header{deprecated.name, ""}},
		{"tokens are made with a warning", v70, "root", "POST", "users.createToken", `{"userId":"bob1"}`, 200, `"authToken"`, deprecated},
		{"tokens are made with a secret", later, "root", "POST", "users.createToken", `{"userId":"bob1","secret":"s"}`, 200, `"authToken"`, header{deprecated.name, ""}},
		{"a token for somebody else is not authorized", v70, "bob", "POST", "users.createToken", `{"userId":"ann1"}`, 400,
			`{"success":false,"error":"Not authorized [error-not-authorized]","errorType":"error-not-authorized","details":{"method":"createToken"}}`,
			header{}},
		{"a wrong secret is not authorized", later, "root", "POST", "users.createToken", `{"userId":"ann1","secret":"?"}`, 400,
			refusal("Not authorized [error-not-authorized]", "error-not-authorized"), header{}},
		{"a username names nobody", later, "root", "POST", "users.createToken", `{"username":"bob","secret":"s"}`, 400,
			"must have required property 'userId'", header{}},
		{"uploading in one step ends with 8.0", v70, "", "POST", "rooms.upload/x", "", 401, "", deprecated},
		{"a room has no contact of its own", v70, "", "GET", "livechat/room?token=guest", "", 200, `"cl":false,"departmentId"`, header{}},
		{"a room has a contact of its own", later, "", "GET", "livechat/room?token=guest", "", 200, `"cl":false,"contactId":"$contact"`, header{}},
	} {
		t.Run(string(test.profile)+", "+test.method+" "+test.path+": "+test.name, func(t *testing.T) {
			r := start(t, sandbox.Options{
				Profile: test.profile, Accounts: staff(), CreateTokens: true, CreateTokensSecret: "s", RateLimits: true,
				Routing: sandbox.ManualSelection, Departments: []sandbox.Department{{ID: "D1", Name: "Sales", Agents: []string{"host"}}},
				Agents: []sandbox.AgentSpec{{Username: "host"}},
			})
			r.post("livechat/visitor", map[string]any{"visitor": map[string]any{"token": "guest", "department": "D1"}})
			r.open("guest")
			if !strings.HasPrefix(test.path, "/") {
				test.path = "/api/v1/" + test.path
			}
			status, h, answer := r.send(r.requestAs(test.who, test.method, test.path, test.body))
			_, visitor, _ := r.as("", "GET", "livechat/visitor/guest", nil)
			contact, _ := under(visitor, "visitor", "contactId").(string)
			want, got := strings.ReplaceAll(test.want, "$contact", contact), string(answer)
			same := strings.Contains(got, want)
			if strings.HasPrefix(want, "{") {
				same = cmp.Equal(decoded(t, want), decoded(t, got))
			}
			if status != test.status || !same {
				t.Errorf("%d %s", status, got)
			}
			if has := h.Get(test.inHeaders.name); test.inHeaders.name != "" && has != test.inHeaders.value {
				t.Errorf("%s: %q", test.inHeaders.name, has)
			}
		})
	}
}

// requestAs is a request with somebody's headers, see as.
func (r *box) requestAs(who, method, url, body string) *http.Request {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.srv.URL()+url, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, a := range staff() {
		if a.Username == who {
			req.Header.Set("X-User-Id", a.ID)
			req.Header.Set("X-Auth-Token", a.Tokens[0])
		}
	}
	return req
}

func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	return v
}

// TestOnlyOlderServersHoldRefusalsBack scales the delay so that the older server's is short, and the newer one's, if there were one, longer than
// any client waits.
func TestOnlyOlderServersHoldRefusalsBack(t *testing.T) {
	for _, test := range []struct {
		profile sandbox.Profile
		scale   float64
		least   time.Duration
	}{{sandbox.V7_0, 0.02, 10 * time.Millisecond}, {sandbox.Later, 1000, 0}} {
		for _, path := range []string{"me", "livechat/upload/x"} { // 401 and 403
			r := start(t, sandbox.Options{Profile: test.profile, DelayScale: test.scale})
			began := time.Now()
			status, _, _ := r.as("", map[string]string{"me": "GET", "livechat/upload/x": "POST"}[path], path, nil)
			if took := time.Since(began); took < test.least {
				t.Errorf("%s %s: %d after %v", test.profile, path, status, took)
			}
		}
	}
}

// TestTheQueueOfNewerServers takes a room and gives it back.
func TestTheQueueOfNewerServers(t *testing.T) {
	for _, profile := range newer {
		t.Run(string(profile), func(t *testing.T) {
			s := newStage(t, sandbox.Options{Profile: profile}, false)
			inquiry := under(s.rest("ann", "GET", "livechat/inquiries.getOne?roomId="+s.rid, ""), "inquiry", "_id").(string)
			ask := func(path string, body map[string]any) map[string]any {
				t.Helper()
				return (&widget{t, s.srv}).ask("POST", path, body, "X-User-Id", "ann-id", "X-Auth-Token", "ann-token")
			}
			take := map[string]any{"inquiryId": inquiry}
			equal(t, map[string]any{"success": true, "status": 200}, ask("inquiries.take", take)) // the room is not told
			again := ask("inquiries.take", take)
			equal(t, "Inquiry already taken [error-inquiry-taken]", again["error"])
			equal(t, "error-inquiry-taken", again["errorType"])
			equal(t, "Inquiry not found [error-not-found]", ask("inquiries.take", map[string]any{"inquiryId": "x"})["error"])
			equal(t, "The user is invalid", ask("inquiries.take", map[string]any{"inquiryId": inquiry, "userId": "x"})["error"])
			if profile == sandbox.V7_0 {
				return
			}
			back := map[string]any{"roomId": s.rid}
			equal(t, map[string]any{"success": true, "status": 200, "result": true}, ask("inquiries.returnAsInquiry", back))
			equal(t, map[string]any{"success": true, "status": 200, "result": false}, ask("inquiries.returnAsInquiry", back))
			s.rest("", "POST", "livechat/room.close", `{"token":"guest","rid":"`+s.rid+`"}`)
			equal(t, map[string]any{"success": false, "status": 400, "error": "room-closed"}, ask("inquiries.returnAsInquiry", back))
		})
	}
}
