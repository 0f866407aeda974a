package sandbox_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/rocketline/rocketline/sandbox"
	"github.com/rocketline/rocketline/sandbox/internal/replay"
)

// accounts are the users of the recorded server, with the tokens that were valid before a scenario began.
func accounts(t *testing.T, version string) []replay.Account {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(recordings, version, "accounts.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []replay.Account
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	for i, a := range list {
		var valid []string
		for _, token := range a.Tokens {
			if len(token) == 43 { // "bad" is one that the recorder tried
				valid = append(valid, token)
			}
		}
		list[i].Tokens = valid
		if right, wrong := corrections[a.ID]; wrong {
			list[i].ID, list[i].Tokens = right.ID, right.Tokens
		}
		if a.Username == "plain1" && version == "6.5.3" {
			list[i].Tokens = plainTokens
		}
	}
	return list
}

// corrections of accounts.json by its ids, from what 6.5.3 answers: the id and tokens listed for rcadmin are those of plain1, and
// the id listed for plain1 is that of a user whom auth-users creates and deletes.
var corrections = map[string]replay.Account{
	"ZLfirZpqwPtbTjvM2": {ID: "6b00f3a9811fc4904030a15b", Tokens: []string{
		"B30oUHJ0Wiz_m3OdD-b1VSymYeFwt5BBt4K7Yg4pu6D", "J5rHFixwzUynarurN_wtQx_HneeOWf6e2pQUYLY891O",
		"vNx3jdKGEV34AmMOoGh50KIF3gsj2ZGo3XaO5SQHocH", "XH-yfgjzGiL9wf9tw063zBied33i1yG8DihA6kd3TTo",
		"AbTb5dfq_A8lJqxXshXxjDLF9efWbjjelffeiy-mG8c", "D0yA29_3PsGAvu1z7Z6g8XU83B9AeulLwxVG5kSBPYx",
		"kCPoFuKfKolK_7-9tLeIkXFwvy4ckVoxwpt0lJd0vRs", "TJiAlbSz4X5xl7XzRn8ux2tTavAtdHF8N0LrCjCU5lH",
		"K1pYaokLL-yV2L2I16VBriwiLolB9X8_ePx3UZ1EpuD", "_YTSFrKMkg5HU4Gt0kr4G4BvxZiWOgCz56XKe1L6qgk",
	}},
	"25W2mXDfjjGpCAK9Q": {ID: "ZLfirZpqwPtbTjvM2"},
}

// plainTokens are the tokens that accounts.json lists for rcadmin.
var plainTokens = []string{
	"3g-sNiBYEJ8ZJuRWt4BPv__t1mwgcMSStPUCZwSCmdO", "9Ho8DrMSFjZADwN-zctQSfYNDKNxxyZsOsXyMwFqWRw",
	"IMhacC2UTgVO2VC84DjYDfDcfdnyfYSKCW_Oo6YzHYO", "a1qFURWH4J3W7eN2UWK9C9Jfn8rJ5V0gcYGaupllLoH",
	"g5df35tM7N7iZcfrSdnUPXthR0S2TDkxv5yfVnQaYW6", "pHs5r0Xe-MzC2QDeq-jUl43Azg_tDu9cjbp7XGdOdi0",
}

// known are the accounts whose ids and tokens are the recorded ones when a scenario begins: where it makes users and tokens itself,
// only the administrator and no token.
func known(t *testing.T, version, scenario string) []replay.Account {
	t.Helper()
	list := accounts(t, version)
	if scenario != "login-and-setup" {
		return list
	}
	list = slices.DeleteFunc(list, func(a replay.Account) bool { return !slices.Contains(a.Roles, "admin") })
	for i := range list {
		list[i].Tokens = nil
	}
	return list
}

// fullNames are the display names, which accounts.json does not tell.
var fullNames = map[string]map[string]string{
	"3.4.0": {"admin": "Admin", "agent1": "AGENT1", "agent2": "AGENT2", "plain1": "PLAIN1"},
	"6.5.3": {"rcadmin": "Admin", "agent1": "Agent 1", "agent2": "Agent 2", "plain1": "Plain 1"},
}

// mails are the addresses that do not follow from the username.
var mails = map[string]string{"rcadmin": "admin@example.com"}

// preludes are the recordings whose outcome a scenario began with.
func preludes(version, scenario string) []string {
	switch {
	case version != "3.4.0" || scenario == "login-and-setup":
		return nil
	case scenario == "agent-rest": // it lists what all the others left; ddp-login leaves agent1 available, whatever a logout does
		return []string{
			"login-and-setup", "config-offline", "visitor", "room-message", "ddp-visitor-methods", "ddp-subs",
			"flow-manual", "flow-auto", "settings-variants",
		}
	case scenario == "ddp-visitor-methods": // it reads a visitor and a room of these
		return []string{"login-and-setup", "config-offline", "visitor", "room-message"}
	}
	return []string{"login-and-setup"} // it makes the users and the departments of all
}

// What changed for good on the 6.5.3 server while scenarios were recorded: when an earlier run of misc-livechat made the custom
// fields (their _updatedAt), and when misc-livechat switched the check off.
var (
	fieldsMade            = time.Date(2026, 11, 21, 1, 34, 5, 0, time.UTC)
	offlineMailsUnchecked = time.Date(2026, 11, 21, 1, 38, 46, 0, time.UTC)
)

// options describe the workspace that a scenario was recorded in.
func options(t *testing.T, rec *replay.Recording) sandbox.Options {
	t.Helper()
	version, scenario := rec.Version, rec.Scenario
	opts := sandbox.Options{Routing: sandbox.ManualSelection, Seed: 1, CreateTokens: true}
	for _, a := range accounts(t, version) {
		if version == "3.4.0" { // login-and-setup makes the users, and all tokens
			if !slices.Contains(a.Roles, "admin") {
				continue
			}
			a.Tokens = nil
		}
		opts.Accounts = append(opts.Accounts, sandbox.Account{
			ID: a.ID, Username: a.Username, Name: fullNames[version][a.Username],
			Password: a.Password, Roles: a.Roles, Tokens: a.Tokens, Email: mails[a.Username],
		})
	}
	switch version {
	case "6.5.3":
		opts.Profile = sandbox.V6_5
		opts.Settings = map[string]any{
			"Livechat_title":                         "Support",
			"Livechat_registration_form_message":     "Hello there",
			"Livechat_conversation_finished_message": "Bye",
		}
		if rec.Start.After(fieldsMade) {
			opts.VisitorFields = []sandbox.CustomField{{Key: "plan", Label: "Plan"}}
			opts.RoomFields = []sandbox.CustomField{{Key: "order", Label: "Order"}}
		}
		if rec.Start.After(offlineMailsUnchecked) {
			opts.Settings["Livechat_validate_offline_email"] = false
		}
	default:
		opts.Profile, opts.Routing = sandbox.V3_4, sandbox.AutoSelection
		if scenario != "login-and-setup" && scenario != "config-offline" && scenario != "agent-rest" {
			opts.Settings = map[string]any{"Livechat_validate_offline_email": false} // left by config-offline
		}
	}
	switch scenario {
	case "auth-users-createToken-disabled":
		opts.CreateTokens = false
	case "ddp-idle-heartbeat", "ddp-connect":
		opts.Heartbeat = 50 * time.Millisecond
	}
	return opts
}
