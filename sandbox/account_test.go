package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"
	"github.com/rocketline/rocketline/sandbox"
)

// staff are the accounts of these tests; each one's first token is "token of <username>".
func staff() []sandbox.Account {
	return []sandbox.Account{
		{ID: "admin1", Username: "root", Password: "root-pw", Roles: []string{"admin"}, Tokens: []string{"token of root"}},
		{ID: "ann1", Username: "ann", Password: "ann-pw", Roles: []string{"user", "livechat-agent"}, Tokens: []string{"token of ann"}},
		{ID: "bob1", Username: "bob", Password: "bob-pw", Tokens: []string{"token of bob"}},
		{ID: "bot1", Username: "robo", Roles: []string{"bot"}, Tokens: []string{"token of robo"}},
	}
}

// as sends a request with somebody's headers: "ann" stands for her id and first token, "" for nobody, "ann/x" for another token.
func (r *box) as(who, method, path string, body any, header ...string) (int, map[string]any, http.Header) {
	r.t.Helper()
	data := ""
	if body != nil {
		text, _ := json.Marshal(body)
		data = string(text)
	}
	if !strings.HasPrefix(path, "/") {
		path = "/api/v1/" + path
	}
	req, err := http.NewRequest(method, r.srv.URL()+path, strings.NewReader(data))
	if err != nil {
		r.t.Fatal(err)
	}
	if data != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	name, token, other := strings.Cut(who, "/")
	for _, a := range staff() {
		if a.Username == name {
			req.Header.Set("X-User-Id", a.ID)
			req.Header.Set("X-Auth-Token", a.Tokens[0])
		}
	}
	if other {
		req.Header.Set("X-Auth-Token", token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	status, h, answer := r.send(req)
	var out map[string]any
	_ = json.Unmarshal(answer, &out)
	return status, out, h
}

// clockAt is a clock that a test moves.
type clockAt struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clockAt { return &clockAt{now: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)} }

func (c *clockAt) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clockAt) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func TestLoginsAreRefusedInTheWordsOfTheVersion(t *testing.T) {
	vague := map[string]any{"status": "error", "error": "Unauthorized", "message": "Unauthorized"}
	wrong := map[string]any{"status": "error", "error": 403.0, "message": "Incorrect password"}
	unknown := map[string]any{"status": "error", "error": 400.0, "message": "Unrecognized options for login request"}
	shape := map[string]any{
		"status": "error", "message": "Match error: Failed Match.OneOf, Match.Maybe or Match.Optional validation in field password",
	}
	for _, test := range []struct {
		profile sandbox.Profile
		body    any
		want    map[string]any
	}{
		{sandbox.V3_4, map[string]any{"user": "ann", "password": "no"}, vague},
		{sandbox.V7_0, map[string]any{"user": "ann", "password": "no"}, wrong},
		{sandbox.V7_0, map[string]any{"user": "nobody@example.com", "password": "no"}, vague},
		{sandbox.V7_0, map[string]any{"user": "ann"}, unknown},
		{sandbox.V7_0, map[string]any{"user": "ann", "password": 7}, shape},
		{sandbox.V7_0, map[string]any{"user": "ann", "password": map[string]any{"digest": "short", "algorithm": "sha-256"}}, shape},
	} {
		r := start(t, sandbox.Options{Profile: test.profile, Accounts: staff()})
		status, got, _ := r.as("", "POST", "login", test.body)
		if diff := cmp.Diff(test.want, got); status != http.StatusUnauthorized || diff != "" {
			t.Errorf("%s %v: %d %s", test.profile, test.body, status, diff)
		}
	}
}

func TestEveryFormOfLoginGivesATokenThatWorks(t *testing.T) {
	r := start(t, sandbox.Options{Accounts: staff()})
	for _, body := range []map[string]any{
		{"user": "ann", "password": "ann-pw"},
		{"user": "ANN@example.com", "password": "ann-pw", "code": "123456"},
		{"username": "ann", "password": "ann-pw"},
		{"email": "ann@example.com", "password": "ann-pw"},
		{"user": map[string]any{"email": "ann@example.com"}, "password": "ann-pw"},
		{"resume": "token of ann"},
	} {
		status, got, _ := r.as("", "POST", "login", body)
		data, _ := got["data"].(map[string]any)
		token, _ := data["authToken"].(string)
		if status != http.StatusOK || got["success"] != nil || data["userId"] != "ann1" {
			t.Errorf("%v: %d %v", body, status, got)
		}
		if status, me, _ := r.as("ann/"+token, "GET", "me", nil); status != http.StatusOK || me["username"] != "ann" {
			t.Errorf("%v: me %d %v", body, status, me)
		}
	}
}

func TestTenFailuresBlockAUserForFiveMinutes(t *testing.T) {
	clock := newClock()
	r := start(t, sandbox.Options{Accounts: staff(), Now: clock.Now})
	login := func(password string) any {
		_, got, _ := r.as("", "POST", "login", map[string]any{"user": "bob", "password": password})
		return got["error"]
	}
	for range 10 {
		if got := login("no"); got != 403.0 {
			t.Fatalf("got %v", got)
		}
	}
	if got := login("bob-pw"); got != "error-login-blocked-for-user" {
		t.Errorf("the right password: %v", got)
	}
	clock.pass(5*time.Minute + time.Second)
	if got := login("bob-pw"); got != nil {
		t.Errorf("five minutes later: %v", got)
	}
}

func TestASecondFactorIsAskedForWhereItIsSwitchedOn(t *testing.T) {
	r := start(t, sandbox.Options{
		Accounts: staff(), Settings: map[string]any{"Accounts_TwoFactorAuthentication_Enabled": true},
	})
	value := map[string]any{"value": "x"}
	_, got, _ := r.as("root", "POST", "settings/Livechat_title", value)
	want := map[string]any{
		"success": false, "error": "TOTP Required [totp-required]", "errorType": "totp-required",
		"details": map[string]any{"method": "password", "codeGenerated": false, "availableMethods": []any{}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	const digest = "2ae5b16b8dcd8ef24d9fc1d2bb4a0e4c7ee3ee7bd5ff16b1f7d1e4cdb5a2fd01"
	if _, got, _ := r.as("root", "POST", "settings/Livechat_title", value, "x-2fa-method", "password", "x-2fa-code", digest); got["errorType"] != "totp-invalid" {
		t.Errorf("a wrong code: %v", got)
	}
	right := fmt.Sprintf("%x", sha256Of("root-pw"))
	for _, header := range [][]string{{"x-2fa-method", "password", "x-2fa-code", right}, nil} { // the second time it is remembered
		if status, got, _ := r.as("root", "POST", "settings/Livechat_title", value, header...); status != http.StatusOK {
			t.Errorf("%v: %v", header, got)
		}
	}
	_, got, _ = r.as("bob", "POST", "users.generatePersonalAccessToken", map[string]any{"tokenName": "ci"})
	if details, _ := got["details"].(map[string]any); details["method"] != "email" || details["codeGenerated"] != true {
		t.Errorf("a user with a verified address: %v", got)
	}
}

func TestWhoeverIsDeactivatedIsOutEverywhere(t *testing.T) {
	r := start(t, sandbox.Options{Accounts: staff(), CreateTokens: true})
	c := r.loggedIn("bob")
	off := map[string]any{"userId": "bob1", "activeStatus": false}
	if status, got, _ := r.as("ann", "POST", "users.setActiveStatus", off); status != http.StatusForbidden {
		t.Errorf("by another user: %d %v", status, got)
	}
	r.as("root", "POST", "users.setActiveStatus", off)
	if status := websocket.CloseStatus(c.ended()); status != websocket.StatusNormalClosure {
		t.Errorf("his socket: %v", status)
	}
	_, got, _ := r.as("", "POST", "login", map[string]any{"user": "bob", "password": "bob-pw"})
	if got["error"] != "error-user-is-not-activated" {
		t.Errorf("login: %v", got)
	}
	_, made, _ := r.as("root", "POST", "users.createToken", map[string]any{"userId": "bob1"})
	token := made["data"].(map[string]any)["authToken"].(string)
	if status, me, _ := r.as("bob/"+token, "GET", "me", nil); status != http.StatusOK || me["active"] != false {
		t.Errorf("me with a token made later: %d %v", status, me)
	}
}

func TestADeletedUserIsTakenFromItsOwnConnection(t *testing.T) {
	r := start(t, sandbox.Options{Accounts: staff()})
	c := r.loggedIn("bob")
	r.as("root", "POST", "users.delete", map[string]any{"userId": "bob1"})
	if got := string(c.next("control")); !strings.Contains(got, `"removed"`) || !strings.Contains(got, `"bob1"`) {
		t.Errorf("first %s", got)
	}
	if status := websocket.CloseStatus(c.ended()); status != websocket.StatusNormalClosure {
		t.Errorf("then %v", status)
	}
	if status, got, _ := r.as("root", "GET", "users.info?userId=bob1", nil); status != http.StatusBadRequest || got["error"] != "User not found." {
		t.Errorf("users.info: %d %v", status, got)
	}
}
