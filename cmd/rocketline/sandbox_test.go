package main

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	rocketbox "github.com/rocketline/rocketline/sandbox"
)

// written makes a file of the test's own.
func written(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// ask makes a request with headers, given in pairs, and answers status and body.
func ask(t *testing.T, method, url, body string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return 0, err.Error()
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return resp.StatusCode, err.Error()
	}
	return resp.StatusCode, string(text)
}

const accountsFile = `[{"_id":"rootid","username":"root","password":"s3cret","roles":["admin"],"tokens":["root-token"]}]`

const workspaceFile = `
routing: Manual_Selection
agents: [{username: ann, name: Ann}]
departments: [{name: Sales, agents: [ann]}]
settings: {Livechat_title: From a file}
`

func TestTheSandboxTakesAccountsAndAWorkspaceFromFiles(t *testing.T) {
	t.Parallel()
	box := start(t, nil, "sandbox", "--addr=127.0.0.1:0", "--profile=7.0",
		"--accounts="+written(t, "accounts.json", accountsFile), "--workspace="+written(t, "workspace.yaml", workspaceFile))
	site := box.printed(`http://\S+`)[0]
	for path, want := range map[string]string{
		"/api/v1/me":                  `"username":"root"`,
		"/api/v1/livechat/config":     `"title":"From a file"`,
		"/api/v1/livechat/department": `"name":"Sales"`,
	} {
		status, body := ask(t, http.MethodGet, site+path, "", "X-User-Id", "rootid", "X-Auth-Token", "root-token")
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("%s: %d %s, want %s", path, status, body, want)
		}
	}
}

func TestTheSandboxsStateOutlivesIt(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	room := ""
	for _, run := range []string{"first", "second"} {
		box := start(t, nil, "sandbox", "--addr=127.0.0.1:0", "--state="+state)
		site := box.printed(`http://\S+`)[0]
		if run == "first" {
			ask(t, http.MethodPost, site+"/api/v1/livechat/visitor", `{"visitor":{"token":"t-1"}}`)
			_, room = ask(t, http.MethodGet, site+"/api/v1/livechat/room?token=t-1", "")
		} else if _, again := ask(t, http.MethodGet, site+"/api/v1/livechat/room?token=t-1", ""); again != strings.Replace(room, `"newRoom":true`, `"newRoom":false`, 1) {
			t.Errorf("the room is %s, was %s", again, room)
		}
		if err := box.stop(); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Stat(state); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the state's file: %v %v, want one that nobody else reads", info.Mode(), err)
	}
}

func TestLimitsHoldOverALoadedState(t *testing.T) {
	t.Parallel()
	state := filepath.Join(t.TempDir(), "state")
	if err := start(t, nil, "sandbox", "--addr=127.0.0.1:0", "--state="+state).stop(); err != nil {
		t.Fatal(err)
	}
	box := start(t, nil, "sandbox", "--addr=127.0.0.1:0", "--state="+state, "--limits")
	site := box.printed(`http://\S+`)[0]
	status := 0
	for range 11 {
		status, _ = ask(t, http.MethodGet, site+"/api/v1/livechat/config", "")
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("the eleventh call answers %d, want %d", status, http.StatusTooManyRequests)
	}
}

func TestARunCanBeRepeatedByTheSeedInItsLog(t *testing.T) {
	t.Parallel()
	visitor := func(flags ...string) (body, seed string) {
		box := start(t, nil, append([]string{"sandbox", "--addr=127.0.0.1:0", "--profile=3.4"}, flags...)...)
		_, body = ask(t, http.MethodPost, box.printed(`http://\S+`)[0]+"/api/v1/livechat/visitor", `{"visitor":{"token":"t-1"}}`)
		return regexp.MustCompile(`"_id":"(\w+)"`).FindString(body), box.logged(`seed=(\d+)`)[1]
	}
	first, seed := visitor()
	if second, _ := visitor("--seed=" + seed); first == "" || second != first {
		t.Errorf("the visitor is %s, and with the seed of that run %s", first, second)
	}
}

func TestTheRequestLogIsJSONWhereTheLogIs(t *testing.T) {
	t.Parallel()
	box := start(t, nil, "sandbox", "--addr=127.0.0.1:0", "--log-format=json")
	ask(t, http.MethodGet, box.printed(`http://\S+`)[0]+"/api/v1/livechat/room?token=nobody", "")
	box.logged(`"verb":"GET","name":"livechat/room","outcome":"400"`)
	for line := range strings.Lines(box.log.String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("%q is no JSON", line)
		}
	}
}

func TestFaultsAreInjectedIntoARunningSandbox(t *testing.T) {
	t.Parallel()
	box := start(t, nil, "sandbox", "--addr=127.0.0.1:0", "--control=127.0.0.1:0")
	site, control := box.printed(`http://\S+`)[0], box.logged(`control=(http://\S+)`)[1]
	status, body := ask(t, http.MethodPost, control+"/faults", `{"kind":"status","status":503,"times":1,"match":{"path":"/api/v1/livechat/*"}}`)
	if status != http.StatusCreated {
		t.Fatalf("%d %s", status, body)
	}
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusOK} {
		if status, body := ask(t, http.MethodGet, site+"/api/v1/livechat/config", ""); status != want {
			t.Errorf("config answers %d %s, want %d", status, body, want)
		}
	}
}

func TestTheRequestLogIsReadableAndHoldsNoSecret(t *testing.T) {
	t.Parallel()
	box := start(t, nil, "sandbox", "--addr=127.0.0.1:0", "--accounts="+written(t, "accounts.json", accountsFile))
	site := box.printed(`http://\S+`)[0]
	const secret = "visitors-secret-token"
	ask(t, http.MethodPost, site+"/api/v1/livechat/visitor", `{"visitor":{"token":"`+secret+`"}}`)
	ask(t, http.MethodGet, site+"/api/v1/livechat/visitor/"+secret, "")
	ask(t, http.MethodGet, site+"/api/v1/livechat/visitor/"+secret+"/nothing/here", "")
	ask(t, http.MethodGet, site+"/api/v1/livechat/room?token="+secret+"&rid=nope", "")
	ask(t, http.MethodPost, site+"/api/v1/login", `{"user":"root","password":"s3cret"}`)
	ask(t, http.MethodGet, site+"/api/v1/me", "", "X-User-Id", "rootid", "X-Auth-Token", "wrong-token")
	for _, line := range []string{
		`\d\d:\d\d:\d\d\.\d{3}  POST    livechat/visitor +200 `, `GET     livechat/visitor/:token +200 `,
		`GET     livechat/room +400 .* invalid-room`, `POST    login +200 `, `GET     me +401 `,
	} {
		box.logged(line)
	}
	for _, word := range []string{secret, "s3cret", "root-token", "wrong-token"} {
		if strings.Contains(box.log.String()+box.out.String(), word) {
			t.Errorf("%q stands in the log", word)
		}
	}
}

func TestANameThatAClientMadeUpCannotForgeALineOfTheLog(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	(&requestLog{w: &text}).write(rocketbox.Call{Verb: "method", Name: "x\n12:00:00.000  GET \x1b[31m", Outcome: "error", Refusal: "404"})
	if strings.Count(text.String(), "\n") != 1 || strings.Contains(text.String(), "\x1b") {
		t.Errorf("the log says %q", text.String())
	}
}

func TestTheSandboxRefusesFilesThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ flag, text, want string }{
		"accounts that are none":      {"--accounts=", `{}`, `--accounts: read accounts: want a JSON list of objects, got object$`},
		"accounts of another kind":    {"--accounts=", `[{"roles":"admin"}]`, `--accounts: read accounts: roles: want a list, got a string$`},
		"accounts in an empty file":   {"--accounts=", ``, `--accounts: read accounts: it is empty$`},
		"accounts and something else": {"--accounts=", `[] []`, `--accounts: read accounts: .*behind the list$`},
		"the same account twice":      {"--accounts=", `[{"username":"ann"},{"username":"ann"}]`, `"ann" is there twice`},
		"an account without a name":   {"--accounts=", `[{"_id":"x"}]`, `--accounts: .*number 1 has no username`},
		"an unknown key":              {"--workspace=", `agent: [ann]`, `--workspace: .*field agent not found$`},
		"an unknown setting":          {"--workspace=", `settings: {Livechat_titel: x}`, `^--workspace: .*Livechat_titel`},
		"a setting of another kind":   {"--workspace=", `settings: {Livechat_enabled: "yes"}`, `^--workspace: .*Livechat_enabled.*want a bool`},
		"the same username twice":     {"--workspace=", `agents: [{username: ann}, {username: ann}]`, `"ann" is there twice`},
		"a department with no name":   {"--workspace=", `departments: [{id: x}]`, `has no name`},
		"an unknown routing":          {"--workspace=", `routing: Round_Robin`, `^--workspace: .*unknown routing "Round_Robin"`},
		"a state that is none":        {"--state=", `hello`, `--state .*load state: it is no state of a sandbox`},
		"delays that are no number":   {"--delays=NaN#", ``, `scale of delays is NaN`},
		"a state without a folder":    {"--state=/no/such/folder/state#", ``, `^--state: .*no such file`},
		"a control for other people":  {"--control=0.0.0.0:0#", ``, `loopback`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			flag, isAddress := strings.CutSuffix(c.flag, "#")
			if !isAddress {
				flag += written(t, "file", c.text)
			}
			_, _, err := perform(t, nil, "sandbox", "--addr=127.0.0.1:0", flag)
			if err == nil || !regexp.MustCompile(`(?s)`+c.want).MatchString(err.Error()) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
