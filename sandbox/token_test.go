package sandbox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
)

func TestTheFiftyFirstLoginEndsTheOldest(t *testing.T) {
	for _, test := range []struct {
		profile sandbox.Profile
		caps    bool // createToken ends the oldest too (since 6.8)
	}{{sandbox.V6_5, false}, {sandbox.V7_0, true}} {
		r := start(t, sandbox.Options{Profile: test.profile, Accounts: staff(), CreateTokens: true})
		for range 50 {
			if status, got, _ := r.as("root", "POST", "users.createToken", map[string]any{"username": "bob"}); status != http.StatusOK {
				t.Fatal(got)
			}
		}
		if status, _, _ := r.as("bob", "GET", "me", nil); (status == http.StatusUnauthorized) != test.caps {
			t.Errorf("%s: after 50 tokens made for him: %d", test.profile, status)
		}
		if status, got, _ := r.as("", "POST", "login", map[string]any{"user": "bob", "password": "bob-pw"}); status != http.StatusOK {
			t.Fatal(got)
		}
		if status, _, _ := r.as("bob", "GET", "me", nil); status != http.StatusUnauthorized {
			t.Errorf("%s: after another login: %d", test.profile, status)
		}
	}
}

func TestATokenThatIsTooOldStillWorksOverRESTUntilTheSweep(t *testing.T) {
	clock := newClock()
	r := start(t, sandbox.Options{Accounts: staff(), Now: clock.Now})
	clock.pass(90*24*time.Hour - time.Minute)
	if status, _, _ := r.as("bob", "GET", "me", nil); status != http.StatusOK {
		t.Errorf("before its day: %d", status)
	}
	clock.pass(2 * time.Minute) // the sweep was a minute before the day
	if status, _, _ := r.as("bob", "GET", "me", nil); status != http.StatusOK {
		t.Errorf("after its day, before the sweep: %d", status)
	}
	if _, got, _ := r.as("", "POST", "login", map[string]any{"resume": "token of bob"}); got["error"] != 403.0 ||
		got["message"] != "Your session has expired. Please log in again." {
		t.Errorf("resume: %v", got)
	}
	clock.pass(10 * time.Minute)
	if status, _, _ := r.as("bob", "GET", "me", nil); status != http.StatusUnauthorized {
		t.Errorf("after the sweep: %d", status)
	}
}

func TestPersonalAccessTokensOutliveOtherLogoutsButNotUsersLogout(t *testing.T) {
	r := start(t, sandbox.Options{Accounts: staff()})
	named := map[string]any{"tokenName": "ci"}
	_, made, _ := r.as("bob", "POST", "users.generatePersonalAccessToken", named)
	token, _ := made["token"].(string)
	if len(token) != 43 {
		t.Fatalf("made %v", made)
	}
	for path, want := range map[string]string{
		"users.generatePersonalAccessToken": "A token with this name already exists [error-token-already-exists]",
	} {
		if status, got, _ := r.as("bob", "POST", path, named); status != http.StatusBadRequest || got["error"] != want {
			t.Errorf("%s again: %d %v", path, status, got)
		}
	}
	if _, got, _ := r.as("bob", "POST", "users.generatePersonalAccessToken", map[string]any{}); got["error"] != "The 'tokenName' param is required" {
		t.Errorf("without a name: %v", got)
	}
	if _, got, _ := r.as("robo", "POST", "users.generatePersonalAccessToken", named); got["error"] != "Not Authorized [not-authorized]" {
		t.Errorf("a bot: %v", got)
	}
	_, list, _ := r.as("bob", "GET", "users.getPersonalAccessTokens", nil)
	if tokens := list["tokens"].([]any); len(tokens) != 1 || tokens[0].(map[string]any)["lastTokenPart"] != token[37:] {
		t.Errorf("listed %v", list)
	}
	r.as("bob", "POST", "users.logoutOtherClients", map[string]any{})
	if status, _, _ := r.as("bob/"+token, "GET", "me", nil); status != http.StatusOK {
		t.Errorf("after logoutOtherClients: %d", status)
	}
	if status, got, _ := r.as("ann", "POST", "users.logout", map[string]any{"userId": "bob1"}); status != http.StatusForbidden {
		t.Errorf("users.logout by another user: %d %v", status, got)
	}
	r.as("root", "POST", "users.logout", map[string]any{"userId": "bob1"})
	if status, _, _ := r.as("bob/"+token, "GET", "me", nil); status != http.StatusUnauthorized {
		t.Errorf("after users.logout: %d", status)
	}
}

func TestNewerServersMakeTokensOnlyWithTheirSecret(t *testing.T) {
	for _, test := range []struct {
		name, secret string
		body         map[string]any
		status       int
		err          any
	}{
		{"the secret", "s3", map[string]any{"userId": "bob1", "secret": "s3"}, http.StatusOK, nil},
		{"another secret", "s3", map[string]any{"userId": "bob1", "secret": "x"}, http.StatusBadRequest, "Not authorized [error-not-authorized]"},
		{"a server without one", "", map[string]any{"userId": "bob1", "secret": ""}, http.StatusBadRequest, "Not authorized [error-not-authorized]"},
		{"no secret", "s3", map[string]any{"userId": "bob1"}, http.StatusBadRequest, "must have required property 'secret' [invalid-params]"},
		{"a username", "s3", map[string]any{"username": "bob", "secret": "s3"}, http.StatusBadRequest, "must have required property 'userId' [invalid-params]"},
	} {
		r := start(t, sandbox.Options{Profile: sandbox.Later, Accounts: staff(), CreateTokens: true, CreateTokensSecret: test.secret})
		status, got, _ := r.as("root", "POST", "users.createToken", test.body)
		if status != test.status || got["error"] != test.err {
			t.Errorf("%s: %d %v", test.name, status, got)
		}
	}
}
