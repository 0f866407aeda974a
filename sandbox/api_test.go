package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rocketline/rocketline/sandbox"
)

func TestWhoIsNotLoggedInIsToldSoInTheWayOfTheVersion(t *testing.T) {
	const text = "You must be logged in to do this."
	for profile, want := range map[sandbox.Profile]map[string]any{
		sandbox.V3_4:  {"status": "error", "message": text},
		sandbox.V7_0:  {"status": "error", "message": text},
		sandbox.Later: {"status": "error", "message": text, "success": false, "error": text},
	} {
		r := start(t, sandbox.Options{Profile: profile, Accounts: staff()})
		for _, who := range []string{"", "bob/token of ann", "bob/"} { // id and token must be a pair
			status, got, _ := r.as(who, "GET", "me", nil)
			if diff := cmp.Diff(want, got); status != http.StatusUnauthorized || diff != "" {
				t.Errorf("%s %q: %d %s", profile, who, status, diff)
			}
		}
	}
}

func TestPathsThatRocketChatDoesNotHaveAreAnsweredAsItDoes(t *testing.T) {
	const page, nothing, missing = "<!DOCTYPE html>", "", "404 Not Found"
	for _, test := range []struct {
		profile      sandbox.Profile
		method, path string
		status       int
		body         string
	}{
		{sandbox.V3_4, "GET", "/api/v1/no.such", 200, page},
		{sandbox.V3_4, "POST", "/api/v1/no.such", 200, page},
		{sandbox.V3_4, "GET", "/health", 200, page},
		{sandbox.V6_5, "GET", "/api/v1/no.such", 200, page},
		{sandbox.V6_5, "POST", "/api/v1/no.such", 405, nothing},
		{sandbox.V6_5, "GET", "/anything", 200, page},
		{sandbox.V7_0, "DELETE", "/api/v1/me", 405, `{"message":"API endpoint does not exist","status":"error"}`},
		{sandbox.Later, "GET", "/api/v1/no.such", 404, missing},
		{sandbox.Later, "DELETE", "/api/v1/me", 404, missing},
		{sandbox.Later, "GET", "/anything", 200, page},
		{sandbox.Later, "GET", "/api/v1/teams.list", 501, `{"error":"sandbox: not implemented"`},
	} {
		r := start(t, sandbox.Options{Profile: test.profile})
		req, _ := http.NewRequest(test.method, r.srv.URL()+test.path, nil)
		status, _, body := r.send(req)
		if status != test.status || !strings.HasPrefix(string(body), test.body) || test.body == nothing && len(body) > 0 {
			t.Errorf("%s %s %s: %d %q", test.profile, test.method, test.path, status, body)
		}
	}
}

func TestCrossOriginAnswersFollowTheVersionAndItsSettings(t *testing.T) {
	const origin, other = "http://good.example", "http://bad.example"
	on := map[string]any{"API_Enable_CORS": true, "API_CORS_Origin": "http://first.example, " + origin}
	for _, test := range []struct {
		name            string
		profile         sandbox.Profile
		settings        map[string]any
		method, from    string
		status          int
		allowed, varied string
	}{
		{"off", sandbox.Later, nil, "GET", origin, 200, "", "Accept-Encoding"},
		{"a preflight, off", sandbox.Later, nil, "OPTIONS", origin, 405, "", ""},
		{"off", sandbox.V7_0, nil, "GET", origin, 200, "*", "Accept-Encoding"},
		{"a preflight of a listed origin", sandbox.V7_0, on, "OPTIONS", origin, 200, origin, "Origin"},
		{"a preflight of another origin", sandbox.V7_0, on, "OPTIONS", other, 200, "", ""},
		{"a listed origin", sandbox.Later, on, "GET", origin, 200, origin, "Origin, Accept-Encoding"},
		{"another origin", sandbox.Later, on, "GET", other, 403, "", ""},
	} {
		r := start(t, sandbox.Options{Profile: test.profile, Settings: test.settings})
		req, _ := http.NewRequest(test.method, r.srv.URL()+"/api/v1/livechat/config", nil)
		req.Header.Set("Origin", test.from)
		if test.method == http.MethodOptions {
			req.Header.Set("Access-Control-Request-Method", "GET")
		}
		status, h, _ := r.send(req)
		if status != test.status || h.Get("Access-Control-Allow-Origin") != test.allowed || h.Get("Vary") != test.varied {
			t.Errorf("%s, %s: %d, allowed %q, varies by %q", test.profile, test.name, status,
				h.Get("Access-Control-Allow-Origin"), h.Get("Vary"))
		}
	}
}

func TestNewerServersLookAtPermissionsBeforeTheShapeAndCountLast(t *testing.T) {
	body := map[string]any{"nonsense": 1}
	for _, test := range []struct {
		profile sandbox.Profile
		status  int
		counted bool
	}{{sandbox.V7_0, http.StatusBadRequest, true}, {sandbox.Later, http.StatusForbidden, false}} {
		r := start(t, sandbox.Options{Profile: test.profile, Accounts: staff(), RateLimits: true})
		status, got, h := r.as("bob", "POST", "livechat/room.closeByUser", body)
		if status != test.status || (h.Get("X-RateLimit-Limit") != "") != test.counted {
			t.Errorf("%s: %d %v, counted %q", test.profile, status, got, h.Get("X-RateLimit-Limit"))
		}
	}
}

func TestWhoMayBypassLimits(t *testing.T) {
	for _, test := range []struct {
		profile   sandbox.Profile
		who, path string
		limit     string
	}{
		{sandbox.V7_0, "robo", "me", ""},
		{sandbox.V7_0, "bob", "me", "10"},
		{sandbox.V7_0, "robo", "livechat/config", "10"}, // a route for strangers does not look who calls
		{sandbox.Later, "robo", "livechat/config", ""},
		{sandbox.V6_5, "", "livechat/room?token=x", "10"},
		{sandbox.V7_0, "", "livechat/room?token=x", "5"},
	} {
		r := start(t, sandbox.Options{Profile: test.profile, Accounts: staff(), RateLimits: true})
		if _, _, h := r.as(test.who, "GET", test.path, nil); h.Get("X-RateLimit-Limit") != test.limit {
			t.Errorf("%s %s %s: limit %q", test.profile, test.who, test.path, h.Get("X-RateLimit-Limit"))
		}
	}
}

func TestLimitsFollowTheirSettings(t *testing.T) {
	r := start(t, sandbox.Options{Accounts: staff(), RateLimits: true})
	set := func(id string, value any) {
		t.Helper()
		if status, got, _ := r.as("root", "POST", "settings/"+id, map[string]any{"value": value}); status != http.StatusOK {
			t.Fatal(got)
		}
	}
	set("API_Enable_Rate_Limiter_Limit_Calls_Default", 2)
	for i, want := range []int{200, 200, 429} {
		if status, got, _ := r.as("bob", "GET", "me", nil); status != want {
			t.Errorf("call %d: %d %v", i+1, status, got)
		}
	}
	set("API_Enable_Rate_Limiter", false)
	if status, _, h := r.as("bob", "GET", "me", nil); status != 200 || h.Get("X-RateLimit-Limit") != "" {
		t.Errorf("switched off: %d %v", status, h)
	}
}

func TestSettingsTakeAnyValueAndAreReadBack(t *testing.T) {
	r := start(t, sandbox.Options{Accounts: staff()})
	for id, value := range map[string]any{
		"Livechat_title": "Help", "Livechat_enabled": "yes", "FileUpload_MaxFileSize": 100.0, "Hide_System_Messages": []any{"uj"},
	} {
		if status, got, _ := r.as("root", "POST", "settings/"+id, map[string]any{"value": value}); status != http.StatusOK {
			t.Errorf("%s: %v", id, got)
		}
		_, got, _ := r.as("root", "GET", "settings/"+id, nil)
		if diff := cmp.Diff(map[string]any{"_id": id, "value": value, "success": true}, got); diff != "" {
			t.Error(diff)
		}
	}
	for _, test := range []struct {
		who, method, path string
		body              any
		status            int
	}{
		{"bob", "GET", "settings/Livechat_title", nil, 403},
		{"bob", "POST", "settings/Livechat_title", map[string]any{"value": "x"}, 403},
		{"root", "POST", "settings/Livechat_title", map[string]any{}, 400},
		{"root", "GET", "settings/A_setting_that_nobody_knows", nil, 501},
	} {
		if status, got, _ := r.as(test.who, test.method, test.path, test.body); status != test.status {
			t.Errorf("%s %s %s: %d %v", test.who, test.method, test.path, status, got)
		}
	}
	_, got, _ := r.as("", "GET", "settings.public?count=3&offset=1", nil)
	if len(got["settings"].([]any)) != 3 || got["offset"] != 1.0 {
		t.Errorf("public settings: %v", got)
	}
}

func TestTheVersionIsToldInShortAndInFullToAdministrators(t *testing.T) {
	for _, test := range []struct {
		profile     sandbox.Profile
		short, full any
	}{{sandbox.V3_4, "3.4.0", nil}, {sandbox.V6_5, "6.5", "6.5.3"}, {sandbox.V7_0, "7.0", "7.0.0"}, {sandbox.Later, "8.0", "8.0.0"}} {
		r := start(t, sandbox.Options{Profile: test.profile, Accounts: staff()})
		_, stranger, _ := r.as("", "GET", "/api/info", nil)
		_, admin, _ := r.as("root", "GET", "/api/info", nil)
		if stranger["version"] != test.short || stranger["info"] != nil || admin["version"] != test.full || admin["info"] == nil {
			t.Errorf("%s: %v, to the administrator %v", test.profile, stranger, admin)
		}
	}
}

func TestMethodsCanBeCalledOverREST(t *testing.T) {
	r := start(t, sandbox.Options{Accounts: staff()})
	call := func(who, method, params string) string {
		message := fmt.Sprintf(`{"msg":"method","id":"7","method":%q,"params":%s}`, method, params)
		_, got, _ := r.as(who, "POST", "method.call/"+method, map[string]any{"message": message})
		text, _ := got["message"].(string)
		return text
	}
	if got, want := call("bob", "UserPresence:online", "[]"), `{"msg":"result","id":"7","result":true}`; got != want {
		t.Errorf("a result: %s", got)
	}
	var answer struct{ Error map[string]any }
	if err := json.Unmarshal([]byte(call("bob", "no:such", "[]")), &answer); err != nil || answer.Error["error"] != 404.0 {
		t.Errorf("an unknown method: %v", answer)
	}
	if status, got, _ := r.as("", "POST", "method.call/x", map[string]any{"message": "{}"}); status != http.StatusUnauthorized {
		t.Errorf("a stranger: %d %v", status, got)
	}
}

func TestNewUsersAreChecked(t *testing.T) {
	user := func(change map[string]any) map[string]any {
		u := map[string]any{"username": "new", "name": "New", "email": "new@example.com", "password": "pw"}
		for key, value := range change {
			u[key] = value
		}
		return u
	}
	for _, test := range []struct {
		who    string
		change map[string]any
		err    any
	}{
		{"root", nil, nil},
		{"root", map[string]any{"username": "ANN"}, "ANN is already in use :( [error-field-unavailable]"},
		{"root", map[string]any{"email": "ann@example.com"}, "ann@example.com is already in use :( [error-field-unavailable]"},
		{"root", map[string]any{"roles": []string{"astronaut"}}, "The field Roles consist invalid role id [error-action-not-allowed]"},
		{"root", map[string]any{"favourite": "blue"}, "must NOT have additional properties [invalid-params]"},
		{"root", map[string]any{"roles": "user"}, "must be array [invalid-params]"},
		{"ann", nil, "Adding user is not allowed [error-action-not-allowed]"},
	} {
		r := start(t, sandbox.Options{Accounts: staff()})
		if _, got, _ := r.as(test.who, "POST", "users.create", user(test.change)); got["error"] != test.err {
			t.Errorf("%s %v: %v", test.who, test.change, got)
		}
	}
}

func TestAPermissionCanBeGivenToOtherRoles(t *testing.T) {
	r := start(t, sandbox.Options{Accounts: staff(), Permissions: map[string][]string{"logout-other-user": {"user"}}})
	if status, got, _ := r.as("bob", "POST", "users.logout", map[string]any{"userId": "robo"}); status != http.StatusBadRequest {
		t.Errorf("from the start: %d %v", status, got) // the id is nobody's, which is looked at later
	}
	change := map[string]any{"permissions": []map[string]any{{"_id": "logout-other-user", "roles": []string{"admin"}}}}
	if status, got, _ := r.as("root", "POST", "permissions.update", change); status != http.StatusOK {
		t.Fatal(got)
	}
	if status, got, _ := r.as("bob", "POST", "users.logout", map[string]any{"userId": "robo"}); status != http.StatusForbidden {
		t.Errorf("afterwards: %d %v", status, got)
	}
}
